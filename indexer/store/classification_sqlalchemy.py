"""Reviews of classifications in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Engine, Select, func, not_, select
from sqlalchemy.orm import Session, defer

from indexer.store import records
from indexer.store.allowed import aware
from indexer.store.classification_port import (
    SAMPLE_SHARE,
    Claim,
    ClassificationReview,
    ClassifiedDocument,
    Reclassified,
    ReviewVerdict,
    Truth,
)
from indexer.store.classification_tables import ClaimRow, ClassificationReviewRow
from indexer.store.database import exclusive, transaction
from indexer.store.epochs import facts_changed
from indexer.store.persons_writing import renew
from indexer.store.predicates import Condition, where
from indexer.store.review_tables import DocumentPrivacyRow
from indexer.store.sealing import Sealer
from indexer.store.tables import ChunkRow, DocumentRow
from models.access.scope import Predicate
from models.archive.documents import PageOrigin
from models.archive.levels import Retention
from models.classification.results import Classification, Decision
from models.embedding.space import Vectors
from models.errors import Conflict, NotVisible

_SLICE = 500
_BEST_PROBABILITY = ("labels", 0, 1)
_SAMPLED_BELOW = f"{int(SAMPLE_SHARE * 16**8):08x}"
_NEVER_SAMPLED = "z"  # a document from before there were sample keys


class SqlClassificationStore:
    """The `ClassificationStore` over SQLAlchemy; one instance serves many threads."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    # -- documents ---------------------------------------------------------------------------

    def documents(self, scope: Predicate) -> Iterator[ClassifiedDocument]:
        return self._documents(_documents().where(self._inside(scope)))

    def waiting(self, scope: Predicate, limit: int) -> Iterator[ClassifiedDocument]:
        said = DocumentRow.classification
        accepted = said["decision"].as_string() == Decision.ACCEPTED.value
        left = _documents().where(said["reviewed"].as_string().is_(None), self._inside(scope)).limit(limit)
        yield from self._documents(left.where(not_(accepted)).order_by(said[_BEST_PROBABILITY].as_float()))
        drawn = left.where(accepted, DocumentPrivacyRow.sample_key < _SAMPLED_BELOW)
        yield from self._documents(drawn.order_by(DocumentPrivacyRow.sample_key))

    def reviewed(self, scope: Predicate) -> Iterator[ClassifiedDocument]:
        said = DocumentRow.classification["reviewed"].as_string()
        return self._documents(_documents().where(said.is_not(None), self._inside(scope)))

    def document(self, doc_id: str) -> ClassifiedDocument:
        for found in self._documents(_documents().where(DocumentRow.doc_id == doc_id)):
            return found
        raise NotVisible

    def _inside(self, scope: Predicate) -> Condition:
        return where(scope, self._engine.dialect.name)

    def _documents(self, wanted: Select[DocumentRow, str]) -> Iterator[ClassifiedDocument]:
        with transaction(self._engine) as session:
            first = _first_predictions(session)
            for row, sample_key in session.execute(wanted.order_by(DocumentRow.doc_id)):
                yield _document_of(row, sample_key, first.get(row.doc_id))

    def mean_vectors(self, doc_ids: Sequence[str]) -> Vectors:
        own: dict[str, list[Vectors]] = {doc_id: [] for doc_id in doc_ids}
        with transaction(self._engine) as session:
            for start in range(0, len(doc_ids), _SLICE):
                part = doc_ids[start : start + _SLICE]
                wanted = select(ChunkRow.doc_id, ChunkRow.vector).where(ChunkRow.doc_id.in_(part))
                for doc_id, vector in session.execute(wanted.order_by(ChunkRow.chunk_id)):
                    own[doc_id].append(np.frombuffer(vector, dtype=np.float32))
        size = next((rows[0].size for rows in own.values() if rows), 0)
        if not own:
            return np.zeros((0, size), dtype=np.float32)
        return np.stack([_unit_mean(rows, size) for rows in own.values()])

    def training_ids(self, doc_ids: Iterable[str]) -> dict[str, str]:
        return {doc_id: self._sealer.keyed_hash(doc_id, "reviewed-text") for doc_id in doc_ids}

    # -- claims ------------------------------------------------------------------------------

    def claims(self, now: datetime) -> dict[str, Claim]:
        with transaction(self._engine) as session:
            held = (_claim_of(row) for row in session.scalars(select(ClaimRow)))
            return {claim.doc_id: claim for claim in held if claim.expires_at > now}

    def claim(self, claim: Claim) -> None:
        with exclusive(self._engine) as session:
            row = session.get(ClaimRow, claim.doc_id)
            if row is not None and row.by != claim.by and aware(row.expires_at) > claim.at:
                raise Conflict("这份档案已由他人认领，请先复核别的，或等认领到期。")
            session.merge(
                ClaimRow(doc_id=claim.doc_id, by=claim.by, at=claim.at, expires_at=claim.expires_at)
            )

    # -- decisions ---------------------------------------------------------------------------

    def reviews(self, doc_id: str = "") -> Iterator[ClassificationReview]:
        ordered = select(ClassificationReviewRow).order_by(ClassificationReviewRow.review_id)
        if doc_id:
            ordered = ordered.where(ClassificationReviewRow.doc_id == doc_id)
        with transaction(self._engine) as session:
            for row in session.scalars(ordered):
                yield _review_of(row)

    def decide(self, review: ClassificationReview, becomes: Reclassified | None) -> None:
        with exclusive(self._engine) as session:
            held = session.get(ClaimRow, review.doc_id)
            if held is None or held.by != review.by or aware(held.expires_at) <= review.at:
                raise Conflict("请先认领这份档案；认领到期后要重新认领。")
            session.delete(held)
            session.add(_review_row(review))
            if becomes is None:
                return
            row = session.get(DocumentRow, review.doc_id)
            if row is None:
                raise NotVisible
            _change(row, becomes, review.verdict)
            renew(session, self._sealer, review.doc_id)  # its line may be another now
            facts_changed(session)


def _documents() -> Select[DocumentRow, str]:
    key = func.coalesce(DocumentPrivacyRow.sample_key, _NEVER_SAMPLED)
    joined = select(DocumentRow, key).outerjoin(
        DocumentPrivacyRow, DocumentPrivacyRow.doc_id == DocumentRow.doc_id
    )
    lean = joined.options(defer(DocumentRow.sealed), defer(DocumentRow.wrapped_key))
    return lean.execution_options(yield_per=1000)


def _document_of(row: DocumentRow, sample_key: str, first: Classification | None) -> ClassifiedDocument:
    predicted = first or records.classification_of(row.classification)
    return ClassifiedDocument(
        facts=records.facts_of(row),
        archive_no=row.archive_no,
        title=row.title,
        predicted=predicted,
        reviewed="reviewed" in row.classification,
        sampled=sample_key < _SAMPLED_BELOW and predicted.decision is Decision.ACCEPTED,
        deposited_at=aware(row.deposited_at),
        carrier=PageOrigin(row.carrier),
        page_count=row.page_count,
        formed_on=row.formed_on,
        retention=Retention(row.retention) if row.retention else None,
        due_on=row.due_on,
        line_given=row.line_given,
        notes=tuple(row.gaps),
    )


def _first_predictions(session: Session) -> dict[str, Classification]:
    """Return what was predicted of the documents that people changed since: their record says the truth."""
    decided = ClassificationReviewRow.verdict != ReviewVerdict.SKIPPED.value
    wanted = select(ClassificationReviewRow.doc_id, ClassificationReviewRow.predicted).where(decided)
    first: dict[str, Classification] = {}
    for doc_id, predicted in session.execute(wanted.order_by(ClassificationReviewRow.review_id)):
        first.setdefault(doc_id, records.classification_of(predicted))
    return first


def _change(row: DocumentRow, becomes: Reclassified, verdict: ReviewVerdict) -> None:
    primary, truth = becomes.truth.insurance_types[0], becomes.truth
    row.insurance_types, row.material_type = list(truth.insurance_types), truth.material_type
    row.lines = ",".join(sorted(becomes.lines))
    row.retention = becomes.retention.value if becomes.retention else None
    row.due_on, row.gaps = becomes.due_on, list(becomes.notes)
    row.classification = row.classification | {
        "insurance_type": primary,
        "prediction_set": list(truth.insurance_types),
        "decision": Decision.ACCEPTED.value,
        "material_type": truth.material_type,
        "reviewed": verdict.value,
    }


def _review_row(review: ClassificationReview) -> ClassificationReviewRow:
    truth = review.truth
    return ClassificationReviewRow(
        doc_id=review.doc_id,
        verdict=review.verdict.value,
        by=review.by,
        at=review.at.astimezone(UTC),
        insurance_types=list(truth.insurance_types) if truth else [],
        material_type=truth.material_type if truth else None,
        predicted=records.classification_value(review.predicted) | {"evidence": []},
    )


def _review_of(row: ClassificationReviewRow) -> ClassificationReview:
    verdict = ReviewVerdict(row.verdict)
    decided = verdict is not ReviewVerdict.SKIPPED
    return ClassificationReview(
        doc_id=row.doc_id,
        verdict=verdict,
        by=row.by,
        at=aware(row.at),
        truth=Truth(tuple(row.insurance_types), row.material_type) if decided else None,
        predicted=records.classification_of(row.predicted),
    )


def _claim_of(row: ClaimRow) -> Claim:
    return Claim(row.doc_id, row.by, aware(row.at), aware(row.expires_at))


def _unit_mean(rows: Sequence[Vectors], size: int) -> Vectors:
    if not rows:
        return np.zeros(size, dtype=np.float32)
    mean = np.mean(rows, axis=0)
    return np.asarray(mean / (np.linalg.norm(mean) or 1.0), dtype=np.float32)
