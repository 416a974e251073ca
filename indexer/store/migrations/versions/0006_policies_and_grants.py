"""Policies, grants, and the case a document was made in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("activated_by", sa.Text(), nullable=False),
        sa.Column("activated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policies")),
    )
    op.create_table(
        "grants",
        sa.Column("grant_id", sa.String(36), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("doc_ids", _JSON, nullable=False),
        sa.Column("case_key", sa.String(64), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_grants")),
        sa.ForeignKeyConstraint(["subject"], ["accounts.name"], name=op.f("fk_grants_subject_accounts")),
    )
    op.create_index(op.f("ix_grants_subject"), "grants", ["subject"])
    op.add_column("documents", sa.Column("case_key", sa.String(64), server_default="", nullable=False))
    op.create_index(op.f("ix_documents_case_key"), "documents", ["case_key"])


def downgrade() -> None:
    op.drop_index(op.f("ix_documents_case_key"), "documents")
    with op.batch_alter_table("documents") as batch:
        batch.drop_column("case_key")
    for table in ("grants", "policies"):
        op.drop_table(table)
