"""Entries as the bytes that are stored, for whoever must not trust what a driver makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, Select, cast, select
from sqlalchemy.orm import Session

from indexer.store.tables import AuditRow
from models.ledger.entries import Entry

_TEXTS = (
    "at", "principal", "via", "purpose", "action", "query", "outcome", "previous", "digest",
    "roles", "case_key", "seal",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with what the store says of it."""

    entry: Entry
    digest: str
    seal: str


def raw_entries(
    session: Session, after: int = 0, until: int | None = None
) -> Iterator[tuple[int, StoredEntry | None]]:
    """Yield (seq, entry) ascending, above ``after`` up to ``until``; None where it cannot be read."""
    chosen = _columns(session).where(AuditRow.seq > after).order_by(AuditRow.seq)
    if until is not None:
        chosen = chosen.where(AuditRow.seq <= until)
    for row in session.execute(chosen.execution_options(yield_per=2000)).mappings():
        yield row["seq"], _entry_of(dict(row))


def raw(session: Session, column: Any) -> Any:
    """Return a text column as the bytes that lie there; SQLite alone lets them be no text at all."""
    return cast(column, LargeBinary) if session.get_bind().dialect.name == "sqlite" else column


def text_of(value: Any) -> str:
    """Return what `raw` gave as text; what is no UTF-8 as something no text of ours equals."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _columns(session: Session) -> Select[*tuple[Any, ...]]:
    """Select every column; of SQLite, which checks no types, as the bytes that lie there."""
    if session.get_bind().dialect.name != "sqlite":
        return select(*AuditRow.__table__.columns)
    names = (*_TEXTS, "doc_ids", "version")
    return select(AuditRow.seq, *(raw(session, getattr(AuditRow, name)).label(name) for name in names))


def _entry_of(row: dict[str, Any]) -> StoredEntry | None:
    try:
        texts = {name: _text(row[name]) for name in _TEXTS}
        version, doc_ids = _version(row["version"]), _doc_ids(row["doc_ids"])
    except ValueError:
        return None
    digest, seal = texts.pop("digest"), texts.pop("seal")
    return StoredEntry(Entry(seq=row["seq"], version=version, doc_ids=doc_ids, **texts), digest, seal)


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _version(value: Any) -> int:
    text = _text(value)
    if len(text) != 1:
        raise ValueError("no version")
    return int(text)


def _doc_ids(value: Any) -> tuple[str, ...]:
    """Return the ids; ValueError where the stored JSON is not spelled as the program spells it."""
    if not isinstance(value, bytes):
        return tuple(value)
    text = _text(value)
    doc_ids = json.loads(text)
    if not isinstance(doc_ids, list) or json.dumps(doc_ids) != text:
        raise ValueError("not our spelling")
    if any(not isinstance(doc_id, str) for doc_id in doc_ids):
        raise ValueError("no id")
    return tuple(doc_ids)
