"""Alembic environment: runs inside the connection the program hands over."""

from __future__ import annotations

from alembic import context

from indexer.store import (
    access_tables,
    classification_tables,
    disposal_tables,
    identity_tables,
    key_tables,
    ledger_tables,
    machine_tables,
    persons_tables,
    reveals_tables,
    review_tables,
    saved_searches_tables,
    supervision_tables,
)

tables = (
    review_tables,
    classification_tables,
    machine_tables,
    access_tables,
    saved_searches_tables,
    key_tables,
    disposal_tables,
    identity_tables,
    supervision_tables,
    ledger_tables,
    reveals_tables,
    persons_tables,
)
"""Whatever has tables is imported, so that their metadata knows them all."""

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=tables[0].Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
