"""Reports that officers have signed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "signed_reports",
        sa.Column("report_id", sa.String(36), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("regions", _JSON, nullable=False),
        sa.Column("signed_at", _TIME, nullable=False),
        sa.Column("keep_until", _TIME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_signed_reports")),
    )


def downgrade() -> None:
    op.drop_table("signed_reports")
