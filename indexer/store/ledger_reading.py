"""The `Ledger` in SQL: everything here reads, except that checkpoints may be signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Select, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from indexer.store.audit_sqlalchemy import SqlAuditLog
from indexer.store.database import transaction
from indexer.store.ledger_archives import last_cut
from indexer.store.ledger_port import Beginning, Recorded, Wanted
from indexer.store.ledger_tables import LedgerCheckpointRow
from indexer.store.ledger_tree import TAMPERED, StoredTree, signed
from indexer.store.tables import AuditRow
from models.errors import ArtifactTampered, InvalidInput, NotVisible
from models.ledger.checkpoints import Checkpoint
from models.ledger.entries import FIRST, Entry, digest_of
from models.ledger.merkle import consistency_path, inclusion_path, tops_of

_NONE = "没有这一条，或它已移出台账。"


class SqlLedger:
    """Reads what `SqlAuditLog` writes; every entry handed out was checked against its seal."""

    def __init__(self, log: SqlAuditLog) -> None:
        self._log = log
        self._engine, self._seals = log.engine, log.seals

    @property
    def origin(self) -> str:
        return self._seals.key.origin

    @property
    def public_key(self) -> str:
        return self._seals.key.public_hex

    def sign(self, body: bytes) -> str:
        return self._seals.key.sign(body).hex()

    def pseudonym(self, account: str, about: str) -> str:
        return self._seals.pseudonym(account, about)

    def checkpoint(self, at: datetime) -> Checkpoint | None:
        return self._log.checkpoint(at)

    def page(self, wanted: Wanted, before: int | None, limit: int) -> list[Recorded]:
        chosen = _chosen(wanted).order_by(AuditRow.seq.desc()).limit(limit)
        if before is not None:
            chosen = chosen.where(AuditRow.seq < before)
        with self._reading() as session:
            return [self._recorded(row) for row in session.scalars(chosen)]

    def all(self, wanted: Wanted, until: int) -> Iterator[Recorded]:
        chosen = _chosen(wanted).where(AuditRow.seq <= until).order_by(AuditRow.seq)
        with self._reading() as session:
            for row in session.scalars(chosen.execution_options(yield_per=2000)):
                yield self._recorded(row)

    def one(self, seq: int) -> Recorded:
        with self._reading() as session:
            row = session.get(AuditRow, seq)
            if row is None:
                raise NotVisible(_NONE)
            return self._recorded(row)

    def checkpoints(self, before: int | None, limit: int) -> list[Checkpoint]:
        chosen = select(LedgerCheckpointRow.note).order_by(LedgerCheckpointRow.number.desc()).limit(limit)
        if before is not None:
            chosen = chosen.where(LedgerCheckpointRow.number < before)
        with self._reading() as session:
            found = [signed(note, self._seals) for note in session.scalars(chosen)]
        known = [checkpoint for checkpoint in found if checkpoint is not None]
        if len(known) != len(found):
            raise ArtifactTampered(TAMPERED)
        return known

    def inclusion(self, seqs: Sequence[int], size: int) -> list[list[str]]:
        with self._reading() as session:
            tree = self._tree(session)
            if any(seq <= self._cut(session) for seq in seqs):
                raise NotVisible(_NONE)
            paths = [inclusion_path(seq - 1, size, tree.node) for seq in seqs]
            return [[step.hex() for step in path] for path in paths]

    def consistency(self, old: int, size: int) -> list[str]:
        with self._reading() as session:
            if not 0 < old <= size:
                raise InvalidInput("较早的检查点应在较晚的之前，请核对次序。")
            return [step.hex() for step in consistency_path(old, size, self._tree(session).node)]

    def seq_at(self, moment: datetime) -> int:
        with self._reading() as session:
            last = select(func.max(AuditRow.seq)).where(AuditRow.at < _stored(moment))
            return max(session.execute(last).scalar() or 0, self._cut(session))

    def beginning(self, size: int) -> Beginning:
        with self._reading() as session:
            cut = last_cut(session, self._seals)
            if isinstance(cut, str):
                raise ArtifactTampered(TAMPERED)
            if size < cut.size:
                raise NotVisible(_NONE)
            tops = tuple(top.hex() for top in tops_of(size, self._tree(session).node))
            if size == cut.size:
                return Beginning(size, cut.head, tops)
            head = session.execute(select(AuditRow.digest).where(AuditRow.seq == size)).scalar_one()
            return Beginning(size, head, tops)

    def moved_out(self) -> int:
        with self._reading() as session:
            return self._cut(session)

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        """One look; a row that is not even readable was not written by us."""
        try:
            with transaction(self._engine) as session:
                yield session
        except ValueError as error:
            raise ArtifactTampered(TAMPERED) from error

    def _tree(self, session: Session) -> StoredTree:
        return StoredTree(session, self._seals)

    def _cut(self, session: Session) -> int:
        cut = last_cut(session, self._seals)
        if isinstance(cut, str):
            raise ArtifactTampered(TAMPERED)
        return cut.size

    def _recorded(self, row: AuditRow) -> Recorded:
        entry = Entry(
            seq=row.seq,
            version=row.version,
            at=row.at,
            principal=row.principal,
            via=row.via,
            purpose=row.purpose,
            action=row.action,
            doc_ids=tuple(row.doc_ids),
            query=row.query,
            outcome=row.outcome,
            roles=row.roles,
            case_key=row.case_key,
            previous=row.previous,
        )
        secret = self._seals.secret(row.seq)
        sealed = row.version == FIRST or row.seal == self._seals.entry(row.seq, row.digest)
        if not sealed or digest_of(entry, secret) != row.digest:
            raise ArtifactTampered(TAMPERED)
        return Recorded(entry, row.digest, "" if row.version == FIRST else secret)


def _chosen(wanted: Wanted) -> Select[AuditRow]:
    chosen = select(AuditRow)
    if wanted.after:
        chosen = chosen.where(AuditRow.seq > wanted.after)
    if wanted.account:
        chosen = chosen.where(AuditRow.principal == wanted.account)
    if wanted.action:
        chosen = chosen.where(AuditRow.action == wanted.action)
    if wanted.since is not None:
        chosen = chosen.where(AuditRow.at >= _stored(wanted.since))
    if wanted.until is not None:
        chosen = chosen.where(AuditRow.at < _stored(wanted.until))
    if wanted.doc_ids or wanted.asked:
        # Read through rather than through an index: an index is one more thing that could be made to lie.
        ids = cast(AuditRow.doc_ids, Text)
        named = [ids.contains(f'"{doc_id}"', autoescape=True) for doc_id in wanted.doc_ids]
        chosen = chosen.where(or_(*named, AuditRow.query.in_(wanted.asked)))
    return chosen


def _stored(moment: datetime) -> str:
    """Return a moment as entries spell it, so that texts compare as times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
