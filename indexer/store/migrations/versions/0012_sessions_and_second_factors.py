"""Sessions, dated passwords, second factors"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["subject"], ["accounts.name"], name=op.f(f"fk_{table}_subject_accounts"))


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.String(36), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        _of_account("sessions"),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sessions")),
    )
    op.create_table(
        "credentials",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("password_set_at", _TIME, nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("not_before", _TIME, nullable=True),
        sa.Column("secret_key", sa.LargeBinary(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("pending_key", sa.LargeBinary(), nullable=True),
        sa.Column("pending_secret", sa.LargeBinary(), nullable=True),
        _of_account("credentials"),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_credentials")),
    )
    op.create_table(
        "past_passwords",
        sa.Column("number", _KEY, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("replaced_at", _TIME, nullable=False),
        _of_account("past_passwords"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_past_passwords")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_key", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        _of_account("recovery_codes"),
        sa.PrimaryKeyConstraint("code_key", name=op.f("pk_recovery_codes")),
    )
    for table in ("sessions", "past_passwords", "recovery_codes"):
        op.create_index(op.f(f"ix_{table}_subject"), table, ["subject"])


def downgrade() -> None:
    for table in ("recovery_codes", "past_passwords", "credentials", "sessions"):
        op.drop_table(table)
