"""What was moved out of the ledger: read back, and checked by its signature."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from indexer.store.ledger_raw import raw, text_of
from indexer.store.ledger_seals import LedgerSeals
from indexer.store.ledger_tables import LedgerArchiveRow
from models.ledger.entries import GENESIS, canonical

_TAMPERED = "移出记录（归档）被改动、缺失或签名不符"


@dataclass(frozen=True, slots=True)
class MovedFile:
    """The file that entries were written to: its name, and the SM3 of its bytes (hex)."""

    name: str
    sm3: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the kept entries begin: after ``size``, whose digest is ``head`` and root ``root`` (hex).

    ``first``: the first entry of the file; ``file``: its name; ``sm3``: of its bytes; times are ISO, UTC.
    """

    number: int = 0
    first: int = 1
    size: int = 0
    head: str = GENESIS
    root: str = ""
    until: str = ""
    """Time of the last entry moved out."""
    at: str = ""
    file: str = ""
    sm3: str = ""

    def body(self) -> str:
        return canonical({"kind": "ledger-archive", **asdict(self)}).decode()


def cuts(session: Session, seals: LedgerSeals) -> list[Cut] | str:
    """Return every move in its order, or what about them does not fit."""
    known, last = list[Cut](), Cut()
    body, signature = (raw(session, c) for c in (LedgerArchiveRow.body, LedgerArchiveRow.signature))
    rows = select(LedgerArchiveRow.number, body.label("body"), signature.label("signature"))
    for row in session.execute(rows.order_by(LedgerArchiveRow.number)):
        cut = _read(text_of(row.body), text_of(row.signature), seals)
        if cut is None or (row.number, cut.number, cut.first) != (
            last.number + 1,
            last.number + 1,
            last.size + 1,
        ):
            return _TAMPERED
        known.append(cut)
        last = cut
    return known


def last_cut(session: Session, seals: LedgerSeals) -> Cut | str:
    """Return where the kept entries begin, or what about the moves does not fit."""
    known = cuts(session, seals)
    if isinstance(known, str):
        return known
    return known[-1] if known else Cut()


def _read(body: str, signature: str, seals: LedgerSeals) -> Cut | None:
    # Ed25519 signs alike what is alike, so signing again is as good as verifying, and strict about spelling.
    if seals.key.sign(body.encode()).hex() != signature:
        return None
    fields = json.loads(body)
    return Cut(**fields) if fields.pop("kind") == "ledger-archive" else None
