"""Blind person index

What was stored before has no tokens yet; they are made from the sealed content (`chadang persons rebuild`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "person_documents",
        sa.Column("number", _BIG_KEY, autoincrement=True, nullable=False),
        sa.Column("doc_id", sa.String(36), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.String(48), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["doc_id"], ["documents.doc_id"], name=op.f("fk_person_documents_doc_id_documents")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_person_documents")),
        sa.UniqueConstraint("doc_id", name=op.f("uq_person_documents_doc_id")),
    )
    op.create_table(
        "person_tokens",
        sa.Column("token", sa.LargeBinary(16), nullable=False),
        sa.Column("number", _BIG_KEY, autoincrement=False, nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["person_documents.number"], name=op.f("fk_person_tokens_number_person_documents")
        ),
        sa.PrimaryKeyConstraint("token", "number", name=op.f("pk_person_tokens")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_person_tokens_number"), "person_tokens", ["number"])


def downgrade() -> None:
    op.drop_table("person_tokens")
    op.drop_table("person_documents")
