"""The sealed end of the ledger, so that entries cut off at the end are missed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, bindparam, cast, insert, select, update
from sqlalchemy.orm import Session

from indexer.store.ledger_seals import Head, LedgerSeals
from indexer.store.ledger_tables import LedgerCheckpointRow
from indexer.store.tables import AuditRow, MetaRow
from models.ledger.entries import FIRST, GENESIS

HEAD = "audit_head"
_META = MetaRow.__table__
# Made once: putting a statement together costs more than running it, and every request waits for these.
_LAST = select(AuditRow.seq, AuditRow.digest, AuditRow.version).order_by(AuditRow.seq.desc()).limit(1)
_RAW = select(cast(_META.c.value, LargeBinary)).where(_META.c.name == HEAD)
_VALUE = select(_META.c.value).where(_META.c.name == HEAD)
_RENEW = update(_META).where(_META.c.name == HEAD).values(value=bindparam("given"))  # type: ignore[arg-type]


@dataclass(slots=True)
class StoredHead:
    """``head`` as the next entry follows on it; ``fits`` says whether that is what was sealed."""

    head: Head
    fits: bool
    upgraded: bool = False
    """Sealed before schema 0009: there are no checkpoints yet."""


def read_head(session: Session, seals: LedgerSeals) -> StoredHead:
    """Return the last entry there is, with a break noted where it is not the last that was sealed."""
    last = session.execute(_LAST).first()
    seq, digest = (last.seq, last.digest) if last else (0, GENESIS)
    lies = session.execute(_RAW if session.get_bind().dialect.name == "sqlite" else _VALUE).scalar()
    if lies is None:
        never = last is None and session.execute(select(LedgerCheckpointRow.number).limit(1)).first() is None
        return StoredHead(Head(seq, digest, 0, 0 if never else seq + 1), never)
    value = _value_of(lies)
    known = _head_of(value, seq, digest)
    if known is None:
        return StoredHead(Head(seq, digest, 0, seq + 1), fits=False)
    if "checkpoints" not in value and last is not None and last.version == FIRST:
        if value.get("seal") == seals.first_head(seq, digest):
            return StoredHead(known, fits=True, upgraded=True)
    elif value.get("seal") == seals.head(known):
        return StoredHead(known, fits=True)
    return StoredHead(Head(seq, digest, known.checkpoints, known.broken or seq + 1), fits=False)


def write_head(session: Session, head: Head, seals: LedgerSeals) -> None:
    """Seal the end anew. A break once noted stays, whatever the head says."""
    value = {"seal": seals.head(head), "checkpoints": head.checkpoints, "broken": head.broken}
    done = session.execute(_RENEW, {"given": value})
    if not done.rowcount:  # type: ignore[attr-defined]
        session.execute(insert(MetaRow).values(name=HEAD, value=value))


def _value_of(lies: Any) -> Any:
    """Return the stored value, None where it is not spelled as the program spells it."""
    if not isinstance(lies, bytes):
        return lies
    try:
        value = json.loads(lies)
    except ValueError:
        return None
    return value if json.dumps(value).encode() == lies else None


def _head_of(value: Any, seq: int, digest: str) -> Head | None:
    """Return what the stored value claims of this end, None where it is no head at all."""
    if not isinstance(value, dict) or set(value) not in ({"seal"}, {"seal", "checkpoints", "broken"}):
        return None
    counts = [value.get(name, 0) for name in ("checkpoints", "broken")]
    if any(type(count) is not int for count in counts):
        return None
    return Head(seq, digest, *counts)
