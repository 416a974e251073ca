"""Taking old entries out of the table once they lie in a file; the only deletion there is in the ledger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from indexer.store.audit_sqlalchemy import SqlAuditLog
from indexer.store.database import exclusive
from indexer.store.ledger_archives import Cut, MovedFile, last_cut
from indexer.store.ledger_tables import LedgerArchiveRow
from indexer.store.ledger_tree import TAMPERED, StoredTree
from indexer.store.tables import AuditRow
from models.errors import ArtifactTampered, Conflict, InvalidInput
from models.ledger.merkle import TILE
from models.ledger.retention import movable_before


def move_out(log: SqlAuditLog, size: int, file: MovedFile, now: datetime, *, months: int) -> Cut:
    """Delete the entries up to and with ``size`` (whole tiles) and sign where they went.

    Raises:
        InvalidInput: one of them is younger than ``months`` (never less than the law's six).
        Conflict: there is nothing to move, or no checkpoint of that size.
        ArtifactTampered: something does not fit.
    """
    seals = log.seals
    with exclusive(log.engine) as session:
        before = last_cut(session, seals)
        last = session.execute(
            select(AuditRow.seq, AuditRow.at, AuditRow.digest).where(AuditRow.seq == size)
        ).first()
        checkpoint = StoredTree(session, seals).checkpoint_at(size)
        if isinstance(before, str):
            raise ArtifactTampered(TAMPERED)
        if last is None or checkpoint is None or size % TILE or size <= before.size:
            raise Conflict("没有可移出的台账记录。")
        youngest = session.execute(
            select(AuditRow.at).where(AuditRow.seq <= size).order_by(AuditRow.at.desc()).limit(1)
        ).scalar_one()
        if datetime.fromisoformat(youngest) >= movable_before(now, months):
            raise InvalidInput("其中有未满保存期限的记录，没有移出任何一条。")
        cut = Cut(
            number=before.number + 1,
            first=before.size + 1,
            size=size,
            head=last.digest,
            root=checkpoint.root,
            until=last.at,
            at=now.isoformat(timespec="seconds"),
            file=file.name,
            sm3=file.sm3,
        )
        body = cut.body()
        signature = seals.key.sign(body.encode()).hex()
        session.execute(insert(LedgerArchiveRow).values(number=cut.number, body=body, signature=signature))
        session.execute(delete(AuditRow).where(AuditRow.seq <= size))
        return cut
