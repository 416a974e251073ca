"""The audit log in SQL: append-only, chained by SM3 (GB/T 32905-2016)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from sqlalchemy import Engine, insert, select

from indexer.store.database import exclusive, transaction
from indexer.store.port import AuditEvent
from indexer.store.sealing import Sealer
from indexer.store.tables import AuditRow, MetaRow

_GENESIS = "0" * 64
_HEAD = "audit_head"


class SqlAuditLog:
    """The `AuditLog` over SQLAlchemy; nothing here updates or deletes."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def record(self, event: AuditEvent) -> None:
        with exclusive(self._engine) as session:  # two writers must not chain to the same entry
            last = session.execute(
                select(AuditRow.seq, AuditRow.digest).order_by(AuditRow.seq.desc()).limit(1)
            ).first()
            seq, previous = (last.seq + 1, last.digest) if last else (1, _GENESIS)
            at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
            digest = _digest(seq, event, previous)
            values = {
                name: getattr(event, name) for name in ("principal", "via", "purpose", "action", "query")
            }
            session.execute(
                insert(AuditRow).values(
                    seq=seq,
                    at=at,
                    doc_ids=list(event.doc_ids),
                    outcome=event.outcome,
                    previous=previous,
                    digest=digest,
                    **values,
                )
            )
            session.merge(MetaRow(name=_HEAD, value={"seal": self._seal(seq, digest)}))

    def query_key(self, text: str) -> str:
        return self._sealer.keyed_hash(text, "query")

    def verify(self) -> int | None:
        previous = _GENESIS
        expected = 1
        for row in self._rows():
            event = event_of(row)
            fits = row.seq == expected and row.previous == previous
            if not fits or row.digest != _digest(row.seq, event, previous):
                return expected
            previous, expected = row.digest, expected + 1
        with transaction(self._engine) as session:
            head = session.get(MetaRow, _HEAD)
            # Entries cut off at the end leave a chain that fits; only the sealed head misses them.
            whole = (
                expected == 1 if head is None else head.value["seal"] == self._seal(expected - 1, previous)
            )
        return None if whole else expected

    def _seal(self, seq: int, digest: str) -> str:
        return self._sealer.keyed_hash(f"{seq}:{digest}", "audit")

    def events(self) -> Iterator[tuple[int, AuditEvent, str]]:
        for row in self._rows():
            yield row.seq, event_of(row), row.digest

    def _rows(self) -> Iterator[AuditRow]:
        with transaction(self._engine) as session:
            ordered = select(AuditRow).order_by(AuditRow.seq)
            yield from session.scalars(ordered.execution_options(yield_per=2000))


def event_of(row: AuditRow) -> AuditEvent:
    return AuditEvent(
        at=datetime.fromisoformat(row.at),
        principal=row.principal,
        via=row.via,
        purpose=row.purpose,
        action=row.action,
        doc_ids=tuple(row.doc_ids),
        query=row.query,
        outcome=row.outcome,
    )


def _digest(seq: int, event: AuditEvent, previous: str) -> str:
    fields = [
        seq,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.principal,
        event.via,
        event.purpose,
        event.action,
        list(event.doc_ids),
        event.query,
        event.outcome,
        previous,
    ]
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    return sm3.finalize().hex()
