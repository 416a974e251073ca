"""Saved searches"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("search_id", sa.String(36), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("question_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_question", sa.LargeBinary(), nullable=False),
        sa.Column("shown_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_shown", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("looked_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["subject"], ["accounts.name"], name=op.f("fk_saved_searches_subject_accounts")
        ),
        sa.PrimaryKeyConstraint("search_id", name=op.f("pk_saved_searches")),
    )
    op.create_index(op.f("ix_saved_searches_subject"), "saved_searches", ["subject"])


def downgrade() -> None:
    op.drop_table("saved_searches")
