"""A number that grows whenever what decides visibility or filters changes; inside a transaction."""

from __future__ import annotations

from sqlalchemy.orm import Session

from indexer.store.tables import MetaRow

_NAME = "facts_epoch"


def facts_epoch(session: Session) -> int:
    row = session.get(MetaRow, _NAME)
    return int(row.value["epoch"]) if row else 0


def facts_changed(session: Session) -> None:
    """Count one change; call in an exclusive transaction, for two changes must not share an epoch."""
    session.merge(MetaRow(name=_NAME, value={"epoch": facts_epoch(session) + 1}))
