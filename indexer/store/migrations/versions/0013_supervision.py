"""Supervision of duty"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _sealed() -> tuple[sa.Column[bytes], sa.Column[bytes]]:
    return (
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "supervised_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account_key", sa.String(64), nullable=False),
        *_sealed(),
        sa.PrimaryKeyConstraint("day", "account_key", name=op.f("pk_supervised_days")),
    )
    op.create_table(
        "supervision_alerts",
        sa.Column("alert_id", sa.String(36), nullable=False),
        sa.Column("matter_key", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("raised_at", _TIME, nullable=False),
        *_sealed(),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_supervision_alerts")),
        sa.UniqueConstraint("matter_key", name=op.f("uq_supervision_alerts_matter_key")),
    )
    op.create_index(op.f("ix_supervision_alerts_day"), "supervision_alerts", ["day"])
    op.create_index(op.f("ix_supervision_alerts_state"), "supervision_alerts", ["state"])
    op.create_table(
        "supervision_judgements",
        sa.Column("judgement_id", _BIG, autoincrement=True, nullable=False),
        sa.Column("alert_id", sa.String(36), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        *_sealed(),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["supervision_alerts.alert_id"],
            name=op.f("fk_supervision_judgements_alert_id_supervision_alerts"),
        ),
        sa.PrimaryKeyConstraint("judgement_id", name=op.f("pk_supervision_judgements")),
    )
    op.create_index(op.f("ix_supervision_judgements_alert_id"), "supervision_judgements", ["alert_id"])
    op.create_table(
        "supervision_own_marks",
        sa.Column("account", sa.String(64), nullable=False),
        *_sealed(),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.name"], name=op.f("fk_supervision_own_marks_account_accounts")
        ),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_supervision_own_marks")),
    )


def downgrade() -> None:
    for table in (
        "supervision_own_marks",
        "supervision_judgements",
        "supervision_alerts",
        "supervised_days",
    ):
        op.drop_table(table)
