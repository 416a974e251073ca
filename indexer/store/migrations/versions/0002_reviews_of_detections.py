"""Reviews of detections: keys of values, reports' facts, verdicts, allowances, denied values, second looks"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("detections") as batch:
        batch.add_column(sa.Column("value_key", sa.String(64), nullable=False, server_default=""))
        batch.add_column(sa.Column("check_failed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.create_index(batch.f("ix_detections_value_key"), ["value_key"])
    op.create_table(
        "document_privacy",
        _doc_id(),
        sa.Column("detector_version", sa.Text(), nullable=False),
        sa.Column("ocr_confidence", sa.Float(), nullable=True),
        sa.Column("blank_pages", sa.Integer(), nullable=False),
        sa.Column("sample_key", sa.String(64), nullable=False),
        *_keys("document_privacy", "doc_id"),
    )
    op.create_table(
        "document_persons",
        sa.Column("row_id", _BIG, autoincrement=True, nullable=False),
        _doc_id(),
        sa.Column("person_key", sa.String(64), nullable=False),
        sa.Column("quasi_key", sa.String(64), nullable=False),
        *_keys("document_persons", "row_id"),
    )
    op.create_index(op.f("ix_document_persons_doc_id"), "document_persons", ["doc_id"])
    op.create_table(
        "detection_reviews",
        sa.Column("review_id", _BIG, autoincrement=True, nullable=False),
        _doc_id(),
        sa.Column("detection_id", _BIG, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("kind_before", sa.String(32), nullable=False),
        *_act("reason"),
        *_keys("detection_reviews", "review_id"),
        sa.ForeignKeyConstraint(
            ["detection_id"],
            ["detections.detection_id"],
            name=op.f("fk_detection_reviews_detection_id_detections"),
        ),
    )
    for column in ("doc_id", "detection_id"):
        op.create_index(op.f(f"ix_detection_reviews_{column}"), "detection_reviews", [column])
    _allowances()
    op.create_table(
        "denied_values",
        sa.Column("denied_id", _BIG, autoincrement=True, nullable=False),
        sa.Column("value_key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        *_act("value"),
        sa.PrimaryKeyConstraint("denied_id", name=op.f("pk_denied_values")),
        sa.UniqueConstraint("value_key", name=op.f("uq_denied_values_value_key")),
    )
    op.create_table(
        "second_looks",
        _doc_id(),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        *_keys("second_looks", "doc_id"),
    )


def _allowances() -> None:
    op.create_table(
        "allowances",
        sa.Column("allowance_id", sa.String(36), nullable=False),
        sa.Column("value_key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        _doc_id(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("regions", _JSON, nullable=False),
        sa.Column("clearance", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        *_keys("allowances", "allowance_id"),
    )
    op.create_index(op.f("ix_allowances_value_key"), "allowances", ["value_key"])


def _doc_id() -> sa.Column[str]:
    return sa.Column("doc_id", sa.String(36), nullable=False)


def _act(sealed: str) -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column(f"sealed_{sealed}", sa.LargeBinary(), nullable=False),
    )


def _keys(table: str, primary: str) -> tuple[sa.Constraint, ...]:
    foreign = op.f(f"fk_{table}_doc_id_documents")
    return (
        sa.PrimaryKeyConstraint(primary, name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["doc_id"], ["documents.doc_id"], name=foreign),
    )


def downgrade() -> None:
    for table in ("second_looks", "denied_values", "allowances", "detection_reviews", "document_persons"):
        op.drop_table(table)
    op.drop_table("document_privacy")
    with op.batch_alter_table("detections") as batch:
        batch.drop_index(batch.f("ix_detections_value_key"))
        batch.drop_column("check_failed")
        batch.drop_column("value_key")
