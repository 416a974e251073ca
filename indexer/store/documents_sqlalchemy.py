"""Documents, chunks, detections, outbox and quarantine in SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import ColumnElement, Engine, Select, delete, func, select, update
from sqlalchemy.orm import Session

from indexer.store import persons_writing, records
from indexer.store.allowed import allowed_ids, denied_version
from indexer.store.database import exclusive, transaction
from indexer.store.epochs import facts_changed, facts_epoch
from indexer.store.originals import SealedFiles
from indexer.store.port import ClearContent, Held, IndexRow, Placement, PreparedDocument, QuarantinedFile
from indexer.store.sealing import Sealed, Sealer
from indexer.store.standing_sqlalchemy import SqlStanding
from indexer.store.tables import ChunkRow, DetectionRow, DocumentRow, MetaRow, OutboxRow, QuarantineRow
from models.access.facts import DocumentFacts
from models.archive import archive_no as numbers
from models.archive.documents import ArchiveDocument, DocumentState
from models.classification.results import Decision
from models.embedding.space import EmbeddingSpace, Vectors
from models.errors import Conflict, DenyListChanged, IndexMismatch, NotVisible
from models.privacy.detections import Detection

_SLICE = 500  # values bound in one statement; SQLite allows 999 in old builds


class SqlDocumentStore(SqlStanding):
    """The `DocumentStore` over SQLAlchemy; one instance serves many threads."""

    def __init__(self, engine: Engine, sealer: Sealer, folder: Path) -> None:
        self._engine = engine
        self._sealer = sealer
        self._originals = SealedFiles(folder / "originals", sealer)
        self._refused = SealedFiles(folder / "quarantine", sealer)

    # -- taking in ---------------------------------------------------------------------------

    def add(self, prepared: Sequence[PreparedDocument], space: EmbeddingSpace) -> frozenset[str]:
        with exclusive(self._engine) as session:
            self._claim_space(session, space)
            if {p.denied_version for p in prepared} - {denied_version(session)}:
                raise DenyListChanged("归档期间有人补充了漏检的内容，请重新归档这一批。")
            known = set(_held_rows(session, [p.document.source_sha256 for p in prepared]))
            fresh = {p.document.source_sha256: p for p in reversed(prepared)}
            new = [p for sha256, p in fresh.items() if sha256 not in known]
            now = datetime.now(UTC)
            session.add_all(records.document_row(p, self._sealer, now) for p in reversed(new))
            session.flush()
            for p in reversed(new):
                session.add_all(records.chunk_rows(p.document.doc_id, p.chunks, p.vectors))
                session.add_all(records.detection_rows(p, self._sealer))
                session.add_all(records.mark_rows(p, self._sealer))
                session.add(OutboxRow(action="add", doc_id=p.document.doc_id, at=now))
                persons_writing.renew(session, self._sealer, p.document.doc_id, p.content)
            accepted = frozenset(p.document.source_sha256 for p in new)
            session.execute(delete(QuarantineRow).where(QuarantineRow.sha256.in_(accepted)))
            return accepted

    def _claim_space(self, session: Session, space: EmbeddingSpace) -> None:
        row = session.get(MetaRow, "space")
        if row is None:
            session.add(MetaRow(name="space", value=records.space_value(space)))
        elif row.value != records.space_value(space):
            raise _mismatch(row.value["model"], space.model)

    def held(self, sha256s: Iterable[str]) -> dict[str, Held]:
        wanted = list(sha256s)
        with transaction(self._engine) as session:
            found = {
                sha256: Held(doc_id, None, None) for sha256, doc_id in _held_rows(session, wanted).items()
            }
            for part in _slices(wanted):
                for row in session.scalars(select(QuarantineRow).where(QuarantineRow.sha256.in_(part))):
                    found.setdefault(row.sha256, Held(None, row.code, row.detail))
        return found

    def source_sha256(self, source_id: str) -> str | None:
        key = self._sealer.keyed_hash(source_id, "source")
        with transaction(self._engine) as session:
            in_use = DocumentRow.state != DocumentState.WITHDRAWN.value
            return session.scalar(
                select(DocumentRow.source_sha256).where(DocumentRow.source_key == key, in_use)
            )

    def quarantine(self, file: QuarantinedFile, content: bytes | None) -> None:
        if content is not None:
            self._refused.keep(file.sha256, content)
        with exclusive(self._engine) as session:  # read, then written: two may refuse the same file
            session.merge(records.quarantine_row(file, self._sealer))

    def quarantined(self) -> list[QuarantinedFile]:
        with transaction(self._engine) as session:
            rows = session.scalars(select(QuarantineRow).order_by(QuarantineRow.at, QuarantineRow.sha256))
            return [records.quarantined_file(row, self._sealer) for row in rows]

    def seal_original(self, sha256: str, content: bytes) -> None:
        self._originals.keep(sha256, content)

    def original(self, sha256: str) -> bytes:
        return self._originals.read(sha256)

    # -- what the indexes need ---------------------------------------------------------------

    def head_seq(self) -> int:
        with transaction(self._engine) as session:
            return session.scalar(select(func.max(OutboxRow.seq))) or 0

    def has_disposed(self, after: int) -> bool:
        with transaction(self._engine) as session:
            gone = select(OutboxRow.seq).where(OutboxRow.seq > after, OutboxRow.action == "dispose").limit(1)
            return session.scalar(gone) is not None

    def space(self) -> EmbeddingSpace | None:
        with transaction(self._engine) as session:
            row = session.get(MetaRow, "space")
            return EmbeddingSpace(**row.value) if row else None

    def index_rows(self, space: EmbeddingSpace, after: int = 0) -> Iterator[IndexRow]:
        stored = self.space()
        if stored is not None and stored != space:
            raise _mismatch(stored.model, space.model)
        with transaction(self._engine) as session:
            for chunk, title in session.execute(_chunks_with_title().where(ChunkRow.chunk_id > after)):
                vector = np.frombuffer(chunk.vector, dtype=np.float32)
                yield IndexRow(
                    chunk.chunk_id, chunk.doc_id, records.index_text(title, chunk.masked_text), vector
                )

    def chunk_count(self) -> int:
        with transaction(self._engine) as session:
            return session.scalar(select(func.count()).select_from(ChunkRow)) or 0

    def masked_texts(self) -> Iterator[tuple[int, str]]:
        with transaction(self._engine) as session:
            for chunk, title in session.execute(_chunks_with_title()):
                yield chunk.chunk_id, records.index_text(title, chunk.masked_text)

    def replace_vectors(
        self, space: EmbeddingSpace, batches: Iterable[tuple[Sequence[int], Vectors]]
    ) -> None:
        made = [  # before the database is locked: embedding takes long, and every search is audited there
            {"chunk_id": chunk_id, "vector": vector.astype(np.float32).tobytes()}
            for chunk_ids, vectors in batches
            for chunk_id, vector in zip(chunk_ids, vectors, strict=True)
        ]
        with exclusive(self._engine) as session:
            if session.scalar(select(func.count()).select_from(ChunkRow)) != len(made):
                raise Conflict("重新编码期间又有文件归档，请等归档结束后再运行一次 chadang index rebuild。")
            if made:
                session.execute(update(ChunkRow), made)
            session.merge(MetaRow(name="space", value=records.space_value(space)))
            session.add(OutboxRow(action="rebuild", doc_id="", at=datetime.now(UTC)))

    def placements(self, chunk_ids: Sequence[int]) -> dict[int, Placement]:
        found: dict[int, Placement] = {}
        columns = (ChunkRow.chunk_id, ChunkRow.doc_id, ChunkRow.page_no, ChunkRow.start, ChunkRow.end)
        with transaction(self._engine) as session:
            for part in _slices(chunk_ids):
                for c, doc_id, page_no, start, end in session.execute(
                    select(*columns).where(ChunkRow.chunk_id.in_(part))
                ):
                    found[c] = Placement(doc_id, page_no, start, end)
        return found

    def owners(self, chunk_ids: Sequence[int]) -> list[str]:
        with transaction(self._engine) as session:
            pairs = session.execute(select(ChunkRow.chunk_id, ChunkRow.doc_id)).all()
            owner = dict(pairs)
        return [owner.get(chunk_id, "") for chunk_id in chunk_ids]

    # -- reading -----------------------------------------------------------------------------

    def facts(self, doc_ids: Iterable[str]) -> dict[str, DocumentFacts]:
        return {row.doc_id: records.facts_of(row) for row in self._rows(doc_ids)}

    def facts_epoch(self) -> int:
        with transaction(self._engine) as session:
            return facts_epoch(session)

    def documents(self, doc_ids: Iterable[str]) -> dict[str, ArchiveDocument]:
        return {row.doc_id: records.document_of(row, self._sealer) for row in self._rows(doc_ids)}

    def titles(self, doc_ids: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        with transaction(self._engine) as session:
            for part in _slices(list(doc_ids)):
                wanted = select(DocumentRow.doc_id, DocumentRow.title).where(DocumentRow.doc_id.in_(part))
                found |= dict(session.execute(wanted).all())
        return found

    def sure_insurances(self, doc_ids: Iterable[str]) -> dict[str, str]:
        decided = ((row.doc_id, row.classification) for row in self._rows(doc_ids))
        return {d: c["insurance_type"] for d, c in decided if c["decision"] == Decision.ACCEPTED.value}

    def content(self, doc_id: str) -> ClearContent:
        with transaction(self._engine) as session:
            row = session.get(DocumentRow, doc_id)
            if row is None:
                raise NotVisible
            return records.content_of(self._sealer.unseal(Sealed(row.wrapped_key, row.sealed), doc_id))

    def detections(self, doc_id: str) -> dict[int, tuple[Detection, ...]]:
        with transaction(self._engine) as session:
            wanted = select(DetectionRow).where(DetectionRow.doc_id == doc_id)
            return records.detections_of(
                session.scalars(wanted.order_by(DetectionRow.page_no, DetectionRow.start))
            )

    def detections_in_force(self, doc_id: str, now: datetime) -> dict[int, tuple[Detection, ...]]:
        with transaction(self._engine) as session:
            shown = allowed_ids(session, doc_id, now)
            wanted = select(DetectionRow).where(DetectionRow.doc_id == doc_id)
            ordered = session.scalars(wanted.order_by(DetectionRow.page_no, DetectionRow.start))
            return records.detections_of(row for row in ordered if row.detection_id not in shown)

    def with_archive_no(self, archive_no: str) -> list[str]:
        key = self._sealer.keyed_hash(numbers.canonical(archive_no), "archive_no")
        return self._ids_where(DocumentRow.archive_no_key == key)

    def with_title(self, title: str) -> list[str]:
        key = self._sealer.keyed_hash(numbers.canonical(title), "title")
        return self._ids_where(DocumentRow.title_key == key)

    def set_state(self, doc_id: str, state: str) -> None:
        with exclusive(self._engine) as session:  # two changes at once must not share an epoch
            row = session.get(DocumentRow, doc_id)
            if row is None:
                raise NotVisible
            row.state = state
            persons_writing.renew(session, self._sealer, doc_id)
            facts_changed(session)

    def counts(self) -> dict[str, dict[str, int]]:
        table: dict[str, Counter[str]] = {}
        columns = ("state", "insurance_types", "material_type", "access_level", "lines", "region", "carrier")
        with transaction(self._engine) as session:
            for row in session.execute(select(*(getattr(DocumentRow, c) for c in columns))):
                for name, value in zip(columns, row, strict=True):
                    for item in value if isinstance(value, list) else [value]:
                        table.setdefault(name, Counter())[str(item)] += 1
            kinds = select(DetectionRow.kind, func.count()).group_by(DetectionRow.kind)
            table["detections"] = Counter(dict(session.execute(kinds).all()))
            decisions = session.scalars(select(DocumentRow.classification))
            table["decisions"] = Counter(c["decision"] for c in decisions)
            codes = select(QuarantineRow.code, func.count()).group_by(QuarantineRow.code)
            table["quarantine"] = Counter(dict(session.execute(codes).all()))
        return {name: dict(counter) for name, counter in table.items()}

    def _ids_where(self, condition: ColumnElement[bool]) -> list[str]:
        with transaction(self._engine) as session:
            wanted = select(DocumentRow.doc_id).where(condition)
            return list(session.scalars(wanted.order_by(DocumentRow.doc_id)))

    def _rows(self, doc_ids: Iterable[str]) -> Iterator[DocumentRow]:
        with transaction(self._engine) as session:
            for part in _slices(list(doc_ids)):
                yield from session.scalars(select(DocumentRow).where(DocumentRow.doc_id.in_(part)))


def _held_rows(session: Session, sha256s: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in _slices(sha256s):
        wanted = select(DocumentRow.source_sha256, DocumentRow.doc_id)
        found |= dict(session.execute(wanted.where(DocumentRow.source_sha256.in_(part))).all())
    return found


def _chunks_with_title() -> Select[ChunkRow, str]:
    joined = select(ChunkRow, DocumentRow.title).join(DocumentRow, ChunkRow.doc_id == DocumentRow.doc_id)
    return joined.order_by(ChunkRow.chunk_id).execution_options(yield_per=2000)


def _slices(values: Sequence[str] | Sequence[int]) -> Iterator[Sequence[str] | Sequence[int]]:
    return (values[i : i + _SLICE] for i in range(0, len(values), _SLICE))


def _mismatch(stored: str, asked: str) -> IndexMismatch:
    return IndexMismatch(
        f"档案库的向量由模型 {stored} 生成，当前模型是 {asked}："
        "请改回原模型，或运行 chadang index rebuild 重建。"
    )
