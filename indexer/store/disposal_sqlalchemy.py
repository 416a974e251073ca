"""Disposal in SQL: deletes by the foreign keys the database itself names, so that no table is forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime

from sqlalchemy import Engine, MetaData, Select, Table, delete, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from indexer.store import records
from indexer.store.allowed import aware
from indexer.store.database import exclusive, transaction
from indexer.store.disposal_port import Candidate, Certificate, Disposal, DisposalState, Item, Supervisor
from indexer.store.disposal_tables import DisposalItemRow, DisposalRow
from indexer.store.epochs import facts_changed
from indexer.store.originals import SealedFiles
from indexer.store.persons_writing import forget
from indexer.store.sealing import Sealer
from indexer.store.tables import DocumentRow, OutboxRow
from models.archive.documents import DocumentState
from models.archive.levels import Retention
from models.errors import Conflict, NotVisible

_OPEN = (DisposalState.PROPOSED.value, DisposalState.APPROVED.value, DisposalState.EXECUTING.value)
_SLICE = 500
_BUSY = "档案库正忙，或磁盘空间不足以整理，旧页还没有清除；请稍后再运行一次 chadang dispose execute。"
_KEPT = frozenset({"documents", "outbox"})  # deleted last; ids that the indexes still have to learn of


class SqlDisposalStore:
    """The `DisposalStore` over SQLAlchemy; ``files``: the folders of sealed files."""

    def __init__(self, engine: Engine, sealer: Sealer, files: Sequence[SealedFiles]) -> None:
        self._engine = engine
        self._sealer = sealer
        self._files = files

    def candidates(self, doc_ids: Sequence[str]) -> list[Candidate]:
        with transaction(self._engine) as session:
            return [
                Candidate(
                    records.facts_of(row),
                    row.archive_no,
                    row.title,
                    row.fonds,
                    row.retention,
                    row.formed_on,
                    row.due_on,
                    row.page_count,
                    row.source_sha256,
                )
                for begin in range(0, len(doc_ids), _SLICE)
                for row in session.scalars(
                    select(DocumentRow).where(DocumentRow.doc_id.in_(doc_ids[begin : begin + _SLICE]))
                )
            ]

    def due(self, on: date) -> list[str]:
        over = (DocumentRow.due_on <= on) | (DocumentRow.state == DocumentState.WITHDRAWN.value)
        kept = func.coalesce(DocumentRow.retention, "") != Retention.PERMANENT.value
        with transaction(self._engine) as session:
            wanted = (
                select(DocumentRow.doc_id).where(over, kept).order_by(DocumentRow.due_on, DocumentRow.doc_id)
            )
            return list(session.scalars(wanted))

    def add(self, disposal: Disposal) -> None:
        with exclusive(self._engine) as session:
            ids = [item.document_id for item in disposal.items]
            taken = select(DisposalItemRow.document_id).join(DisposalRow).where(DisposalRow.state.in_(_OPEN))
            if set(session.scalars(taken)) & set(ids):
                raise Conflict("所列档案中有的已在另一份待销毁清册里，请先处理那一份。")
            session.add(
                DisposalRow(
                    disposal_id=disposal.disposal_id,
                    state=disposal.state.value,
                    reason=disposal.reason,
                    proposed_by=disposal.proposed_by,
                    proposed_at=disposal.proposed_at,
                    filed_as="",
                    supervisors=[],
                    body=b"",
                    signature="",
                    public_key="",
                )
            )
            session.flush()
            session.add_all(_item_row(disposal.disposal_id, item) for item in disposal.items)

    def disposals(self) -> list[Disposal]:
        with transaction(self._engine) as session:
            rows = session.scalars(_latest_first())
            return [_disposal_of(session, row) for row in rows]

    def disposal(self, disposal_id: str) -> Disposal:
        with transaction(self._engine) as session:
            return _disposal_of(session, _row(session, disposal_id))

    def decide(self, disposal_id: str, state: DisposalState, filed_as: str, by: str, at: datetime) -> None:
        with exclusive(self._engine) as session:
            row = _row(session, disposal_id, DisposalState.PROPOSED)
            row.state, row.filed_as, row.decided_by, row.decided_at = state.value, filed_as, by, at

    def add_supervisor(self, disposal_id: str, supervisor: Supervisor) -> None:
        with exclusive(self._engine) as session:
            row = _row(session, disposal_id, DisposalState.APPROVED)
            if any(one["name"] == supervisor.name for one in row.supervisors):
                raise Conflict("您已经登记为这份清册的监销人，请由另一人登记。")
            row.supervisors = [*row.supervisors, {"name": supervisor.name, "at": supervisor.at.isoformat()}]

    def begin(self, disposal_id: str) -> None:
        with exclusive(self._engine) as session:
            _row(session, disposal_id, DisposalState.APPROVED).state = DisposalState.EXECUTING.value
            for item in _items(session, disposal_id):
                document = session.get(DocumentRow, item.document_id)
                if document is None:
                    raise Conflict("清册中有的档案已经不在库中，没有销毁任何内容；请重新提出。")
                sha256 = document.source_sha256
                item.source_mark = self._sealer.keyed_hash(sha256, "disposed-source")
                item.key_fingerprint = self._sealer.fingerprint(document.wrapped_key, document.doc_id)
                prints = (files.fingerprint(sha256) for files in self._files)
                item.file_fingerprint = next(filter(None, prints), "")
                document.state = DocumentState.WITHDRAWN.value
            facts_changed(session)

    def destroy(self, disposal_id: str, document_id: str, at: datetime) -> None:
        with transaction(self._engine) as session:
            document = session.get(DocumentRow, document_id)
            sha256 = document.source_sha256 if document is not None else ""
        if sha256:
            for files in self._files:  # first: the row is what leads a second run to them
                files.destroy(sha256)
        with exclusive(self._engine) as session:
            forget(session, document_id)
            for owned in _tables_of_documents(self._engine):
                session.execute(delete(owned).where(owned.c.doc_id == document_id))
            session.execute(delete(DocumentRow).where(DocumentRow.doc_id == document_id))
            if sha256:
                session.add(OutboxRow(action="dispose", doc_id=document_id, at=datetime.now(UTC)))
                session.get_one(DisposalItemRow, (disposal_id, document_id)).destroyed_at = at
            facts_changed(session)

    def forget_pages(self) -> None:
        if self._engine.dialect.name != "sqlite":
            return
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM"))
                busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
        except SQLAlchemyError as error:
            raise Conflict(_BUSY) from error
        if busy:
            raise Conflict(_BUSY)

    def end(self, disposal_id: str, certificate: Certificate, at: datetime) -> None:
        with exclusive(self._engine) as session:
            row = _row(session, disposal_id, DisposalState.EXECUTING)
            row.state, row.ended_at, row.body = DisposalState.DONE.value, at, certificate.body
            row.signature, row.public_key = certificate.signature, certificate.public_key


def _tables_of_documents(engine: Engine) -> list[Table]:
    """Return every table with rows about a document, those that nothing else refers to first."""
    metadata = MetaData()
    metadata.reflect(engine)
    return [
        owned
        for owned in reversed(metadata.sorted_tables)
        if "doc_id" in owned.columns and owned.name not in _KEPT
    ]


def _row(session: Session, disposal_id: str, state: DisposalState | None = None) -> DisposalRow:
    row = session.get(DisposalRow, disposal_id)
    if row is None:
        raise NotVisible("没有这份销毁清册，请用 chadang dispose list 核对编号。")
    if state is not None and row.state != state.value:
        raise Conflict("这份清册不在这一步，请用 chadang dispose list 查看它的状态。")
    return row


def _items(session: Session, disposal_id: str) -> Iterator[DisposalItemRow]:
    wanted = select(DisposalItemRow).where(DisposalItemRow.disposal_id == disposal_id)
    yield from session.scalars(wanted.order_by(DisposalItemRow.archive_no, DisposalItemRow.document_id))


def _latest_first() -> Select[DisposalRow]:
    return select(DisposalRow).order_by(DisposalRow.proposed_at.desc(), DisposalRow.disposal_id.desc())


def _item_row(disposal_id: str, item: Item) -> DisposalItemRow:
    return DisposalItemRow(disposal_id=disposal_id, **{f.name: getattr(item, f.name) for f in fields(Item)})


def _item_of(row: DisposalItemRow) -> Item:
    values = {f.name: getattr(row, f.name) for f in fields(Item)}
    return Item(**{**values, "destroyed_at": aware(row.destroyed_at) if row.destroyed_at else None})


def _disposal_of(session: Session, row: DisposalRow) -> Disposal:
    return Disposal(
        disposal_id=row.disposal_id,
        state=DisposalState(row.state),
        reason=row.reason,
        proposed_by=row.proposed_by,
        proposed_at=aware(row.proposed_at),
        items=tuple(_item_of(item) for item in _items(session, row.disposal_id)),
        filed_as=row.filed_as,
        decided_by=row.decided_by,
        decided_at=aware(row.decided_at) if row.decided_at else None,
        supervisors=tuple(Supervisor(s["name"], datetime.fromisoformat(s["at"])) for s in row.supervisors),
        ended_at=aware(row.ended_at) if row.ended_at else None,
        certificate=Certificate(row.body, row.signature, row.public_key) if row.body else None,
    )
