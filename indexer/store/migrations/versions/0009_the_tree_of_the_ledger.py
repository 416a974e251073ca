"""The tree of the ledger: seals, roles, tops of tiles, checkpoints, archives"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.ledger.merkle import TILE_LEVEL, Frontier, leaf_hash

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("version", sa.Integer(), "1"),
    ("roles", sa.Text(), ""),
    ("case_key", sa.String(64), ""),
    ("seal", sa.String(64), ""),
)
_BATCH = 1000


def upgrade() -> None:
    for name, kind, default in _COLUMNS:
        op.add_column("audit_events", sa.Column(name, kind, server_default=default, nullable=False))
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "ledger_nodes",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", big, autoincrement=False, nullable=False),
        sa.Column("top", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name=op.f("pk_ledger_nodes")),
    )
    op.create_table(
        "ledger_checkpoints",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_checkpoints")),
    )
    op.create_index(op.f("ix_ledger_checkpoints_size"), "ledger_checkpoints", ["size"])
    op.create_table(
        "ledger_archives",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_archives")),
    )
    _plant()


def _plant() -> None:
    """Store the tops of the tiles that the entries written so far fill."""
    connection = op.get_bind()
    frontier, nodes = (
        Frontier(),
        sa.table("ledger_nodes", sa.column("level"), sa.column("position"), sa.column("top")),
    )
    digests = connection.execute(sa.text("SELECT digest FROM audit_events ORDER BY seq")).scalars()
    for digest in digests.all():
        try:
            leaf = bytes.fromhex(digest)
        except ValueError:
            return  # no digest of ours: `chadang audit verify` names the entry
        made = frontier.add(leaf_hash(leaf))
        tops = [{"level": n, "position": p, "top": top} for n, p, top in made if n >= TILE_LEVEL]
        if tops:
            connection.execute(nodes.insert(), tops)


def downgrade() -> None:
    for table in ("ledger_archives", "ledger_checkpoints", "ledger_nodes"):
        op.drop_table(table)
    with op.batch_alter_table("audit_events") as batch:
        for name, *_ in _COLUMNS:
            batch.drop_column(name)
