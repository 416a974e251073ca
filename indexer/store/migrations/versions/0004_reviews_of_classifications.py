"""Reviews of classifications: who works on what, what people decided, whether the line was given"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("documents") as batch:
        batch.add_column(sa.Column("line_given", sa.Boolean(), nullable=True))
    op.create_table(
        "classification_claims",
        sa.Column("doc_id", sa.String(36), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        *_keys("classification_claims", "doc_id"),
    )
    op.create_table(
        "classification_reviews",
        sa.Column("review_id", _BIG, autoincrement=True, nullable=False),
        sa.Column("doc_id", sa.String(36), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("insurance_types", _JSON, nullable=False),
        sa.Column("material_type", sa.Text(), nullable=True),
        sa.Column("predicted", _JSON, nullable=False),
        *_keys("classification_reviews", "review_id"),
    )
    op.create_index(op.f("ix_classification_reviews_doc_id"), "classification_reviews", ["doc_id"])


def _keys(table: str, primary: str) -> tuple[sa.Constraint, ...]:
    foreign = op.f(f"fk_{table}_doc_id_documents")
    return (
        sa.PrimaryKeyConstraint(primary, name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["doc_id"], ["documents.doc_id"], name=foreign),
    )


def downgrade() -> None:
    op.drop_table("classification_reviews")
    op.drop_table("classification_claims")
    with op.batch_alter_table("documents") as batch:
        batch.drop_column("line_given")
