"""The audit log in SQL: append-only, chained by SM3 (GB/T 32905-2016), every entry sealed, tiles signed.

Writing an entry costs a few hashes; every `TILE` entries the tile is closed and a checkpoint signed in the
same transaction. A ledger that somebody else wrote to is written on (no look without a trace), but what
did not fit is kept in the sealed head and never signed over.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from indexer.store.database import exclusive, transaction
from indexer.store.ledger_heads import StoredHead, read_head, write_head
from indexer.store.ledger_seals import Head, LedgerSeals
from indexer.store.ledger_tree import StoredTree
from indexer.store.ledger_verification import Finding, verified
from indexer.store.ledger_witness import Witness
from indexer.store.port import AuditEvent
from indexer.store.sealing import Sealer
from indexer.store.tables import AuditRow
from models.errors import ArtifactTampered
from models.ledger.checkpoints import Checkpoint
from models.ledger.entries import CURRENT, Entry, digest_of
from models.ledger.merkle import TILE

_log = logging.getLogger("chadang.ledger")
_INSERT = insert(AuditRow.__table__)  # type: ignore[arg-type]


class SqlAuditLog:
    """The `AuditLog` over SQLAlchemy; nothing here updates or deletes an entry.

    ``folder``: the state folder, where a mark of the last entry is kept beside the database; None for none.
    """

    def __init__(self, engine: Engine, sealer: Sealer, folder: Path | None = None) -> None:
        self.engine = engine
        self.seals = LedgerSeals(sealer)
        self.witness = Witness(folder / "ledger" / "witness", self.seals) if folder else None

    def record(self, event: AuditEvent) -> None:
        with exclusive(self.engine) as session:  # two writers must not chain to the same entry
            stored = read_head(session, self.seals)
            if stored.upgraded:
                self._begin_tree(session, stored, event.at)
            if not stored.fits:
                _log.error("ledger ALARM: entry %d is not the last one that was sealed", stored.head.seq)
            entry, digest = self._append(session, event, stored.head)
            checkpoints = stored.head.checkpoints + self._close(session, entry.seq, digest, stored, event.at)
            head = Head(entry.seq, digest, checkpoints, stored.head.broken)
            write_head(session, head, self.seals)
        if self.witness:
            self.witness.note(entry.seq, digest)

    def query_key(self, text: str) -> str:
        return self.seals.question(text)

    def verify(self) -> int | None:
        found = self.check()
        return found.seq if found else None

    def check(self, against: tuple[Checkpoint, ...] = ()) -> Finding | None:
        """Return the first thing that does not fit, None where all does.

        ``against``: checkpoints kept elsewhere, their signatures checked already.
        """
        with transaction(self.engine) as session:
            return verified(session, self.seals, self.witness, against)

    def checkpoint(self, at: datetime) -> Checkpoint | None:
        """Sign the ledger as it stands; None for an empty one. The same size is signed once only.

        Raises:
            ArtifactTampered: the ledger does not fit its seals.
        """
        with exclusive(self.engine) as session:
            stored = read_head(session, self.seals)
            if stored.upgraded:
                self._begin_tree(session, stored, at)
                stored = read_head(session, self.seals)
            if not stored.fits or stored.head.broken:
                raise ArtifactTampered("查阅台账与封印不符，没有签署；请运行 chadang audit verify。")
            if stored.head.seq == 0:
                return None
            tree = StoredTree(session, self.seals)
            made = tree.checkpoint_at(stored.head.seq)
            if made is None:
                number = stored.head.checkpoints + 1
                made = tree.issue(number, stored.head.seq, stored.head.digest, at)
                write_head(session, Head(stored.head.seq, stored.head.digest, number), self.seals)
            return made

    def events(self, after: int = 0) -> Iterator[tuple[int, AuditEvent, str]]:
        with transaction(self.engine) as session:
            ordered = select(AuditRow).where(AuditRow.seq > after).order_by(AuditRow.seq)
            for row in session.scalars(ordered.execution_options(yield_per=2000)):
                yield row.seq, event_of(row), row.digest

    def _append(self, session: Session, event: AuditEvent, last: Head) -> tuple[Entry, str]:
        entry = Entry(
            seq=last.seq + 1,
            version=CURRENT,
            at=event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            principal=event.principal,
            via=event.via,
            purpose=event.purpose,
            action=event.action,
            doc_ids=event.doc_ids,
            query=event.query,
            outcome=event.outcome,
            roles=",".join(sorted(event.roles)),
            case_key=event.case_key,
            previous=last.digest,
        )
        digest = digest_of(entry, self.seals.secret(entry.seq))
        values: dict[str, Any] = {name: getattr(entry, name) for name in Entry.__slots__}
        values |= {"doc_ids": list(entry.doc_ids), "digest": digest}
        values["seal"] = self.seals.entry(entry.seq, digest)
        session.execute(_INSERT, values)
        return entry, digest

    def _close(self, session: Session, seq: int, digest: str, stored: StoredHead, at: datetime) -> int:
        """Close the tile that ``seq`` fills and sign; return how many checkpoints that makes: 1 or 0."""
        if seq % TILE or stored.head.broken:
            return 0
        tree = StoredTree(session, self.seals)
        try:
            tree.close_tile(seq)
        except ArtifactTampered:
            # Recording goes on; what does not fit stays unsigned and `verify` names it.
            _log.error("ledger ALARM: the entries up to %d do not fit their seals", seq)
            return 0
        tree.issue(stored.head.checkpoints + 1, seq, digest, at)
        return 1

    def _begin_tree(self, session: Session, stored: StoredHead, at: datetime) -> None:
        """Sign what was written before there were checkpoints; from then on it cannot be rewritten either."""
        tree, head = StoredTree(session, self.seals), stored.head
        for number, size in enumerate(_first_sizes(head.seq), start=1):
            last = session.execute(select(AuditRow.digest).where(AuditRow.seq == size)).scalar_one()
            tree.issue(number, size, last, at)
            stored.head = Head(head.seq, head.digest, number)
        write_head(session, stored.head, self.seals)


def _first_sizes(seq: int) -> list[int]:
    """Return the sizes to sign first: whole tiles, then all."""
    return sorted({size for size in (seq - seq % TILE, seq) if size})


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
        roles=tuple(row.roles.split(",")) if row.roles else (),
        case_key=row.case_key,
    )
