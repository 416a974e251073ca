"""Alembic environment: runs inside the connection the program hands over."""

from __future__ import annotations

from alembic import context

from indexer.store.review_tables import DocumentPrivacyRow

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=DocumentPrivacyRow.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
