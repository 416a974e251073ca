"""Epochs of the master key; disposals"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "key_epochs",
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("check_value", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sealed_keys", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", _TIME, nullable=False),
        sa.Column("destroyed_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_key_epochs")),
    )
    op.create_table(
        "disposals",
        sa.Column("disposal_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", _TIME, nullable=False),
        sa.Column("filed_as", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.Column("supervisors", _JSON, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("disposal_id", name=op.f("pk_disposals")),
    )
    op.create_table(
        "disposal_items",
        sa.Column("disposal_id", sa.String(36), nullable=False),
        sa.Column("document_id", sa.String(36), nullable=False),
        sa.Column("archive_no", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("fonds", sa.Text(), nullable=True),
        sa.Column("region", sa.String(12), nullable=False),
        sa.Column("material_type", sa.Text(), nullable=True),
        sa.Column("retention", sa.String(16), nullable=True),
        sa.Column("formed_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("source_mark", sa.String(64), nullable=False),
        sa.Column("key_fingerprint", sa.String(64), nullable=False),
        sa.Column("file_fingerprint", sa.String(64), nullable=False),
        sa.Column("destroyed_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["disposal_id"], ["disposals.disposal_id"], name=op.f("fk_disposal_items_disposal_id_disposals")
        ),
        sa.PrimaryKeyConstraint("disposal_id", "document_id", name=op.f("pk_disposal_items")),
    )


def downgrade() -> None:
    op.drop_table("disposal_items")
    op.drop_table("disposals")
    op.drop_table("key_epochs")
