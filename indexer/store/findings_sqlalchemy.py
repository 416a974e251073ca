"""Findings as reports read them: numbered, with the last verdict, without values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, defer

from indexer.store import marks, records
from indexer.store.allowed import aware
from indexer.store.database import exclusive, transaction
from indexer.store.review_tables import DocumentPrivacyRow, PersonRow, ReviewRow
from indexer.store.reviews_port import DocumentPrivacy, StoredFinding, Verdict
from indexer.store.sealing import Sealed, Sealer
from indexer.store.tables import DetectionRow, DocumentRow
from models.privacy.detections import DetectionKind

_BATCH = 50


def documents_with_privacy(engine: Engine, sealer: Sealer) -> Iterator[DocumentPrivacy]:
    """Yield every document; those stored before there were reports are completed first."""
    complete(engine, sealer)
    joined = select(DocumentRow, DocumentPrivacyRow).join(
        DocumentPrivacyRow, DocumentPrivacyRow.doc_id == DocumentRow.doc_id
    )
    lean = joined.options(defer(DocumentRow.sealed), defer(DocumentRow.wrapped_key))
    with transaction(engine) as session:
        for row, privacy in session.execute(lean.order_by(DocumentRow.doc_id)):
            yield DocumentPrivacy(
                facts=records.facts_of(row),
                archive_no=row.archive_no,
                title=row.title,
                sha256=row.source_sha256,
                page_count=row.page_count,
                deposited_at=aware(row.deposited_at),
                degraded=row.degraded,
                detector_version=privacy.detector_version,
                ocr_confidence=privacy.ocr_confidence,
                blank_pages=privacy.blank_pages,
                sample_key=privacy.sample_key,
            )


def complete(engine: Engine, sealer: Sealer) -> None:
    """Make up keys and facts for documents of an archive from before migration 0002, batch by batch."""
    missing = (
        select(DocumentRow)
        .outerjoin(DocumentPrivacyRow, DocumentPrivacyRow.doc_id == DocumentRow.doc_id)
        .where(DocumentPrivacyRow.doc_id.is_(None))
        .order_by(DocumentRow.doc_id)
        .limit(_BATCH)
    )
    with transaction(engine) as session:
        if session.scalars(missing.limit(1)).first() is None:
            return
    while True:
        with exclusive(engine) as session:
            batch = session.scalars(missing).all()
            for row in batch:
                _complete_one(session, row, sealer)
        if len(batch) < _BATCH:
            return


def _complete_one(session: Session, row: DocumentRow, sealer: Sealer) -> None:
    content = records.content_of(sealer.unseal(Sealed(row.wrapped_key, row.sealed), row.doc_id))
    found = session.scalars(select(DetectionRow).where(DetectionRow.doc_id == row.doc_id)).all()
    for d in found:
        value = marks.text_of(content, d.page_no)[d.start : d.end]
        d.value_key = marks.value_key(sealer, value)
        d.check_failed = marks.check_fails(DetectionKind(d.kind), value)
    session.add(marks.privacy_row(row.doc_id, "", content, sealer))
    pages = records.detections_of(found)
    session.add_all(marks.person_rows(row.doc_id, row.region, content, pages, sealer))


def findings_of(session: Session, doc_id: str) -> tuple[StoredFinding, ...]:
    rows = session.scalars(select(DetectionRow).where(DetectionRow.doc_id == doc_id))
    reviews = session.scalars(select(ReviewRow).where(ReviewRow.doc_id == doc_id))
    return tuple(_numbered(sorted(rows, key=lambda row: row.detection_id), _last(reviews)))


def every_finding(engine: Engine) -> Iterator[tuple[str, StoredFinding]]:
    with transaction(engine) as session:
        verdicts = _last(session.scalars(select(ReviewRow)))
        ordered = select(DetectionRow).order_by(DetectionRow.doc_id, DetectionRow.detection_id)
        rows = session.scalars(ordered.execution_options(yield_per=2000))
        for doc_id, own in groupby(rows, key=lambda row: row.doc_id):
            for finding in _numbered(own, verdicts):
                yield doc_id, finding


def every_person(engine: Engine) -> Iterator[tuple[str, str, str]]:
    with transaction(engine) as session:
        columns = select(PersonRow.doc_id, PersonRow.person_key, PersonRow.quasi_key)
        for row in session.execute(columns.execution_options(yield_per=2000)):
            yield row.doc_id, row.person_key, row.quasi_key


def _last(rows: Iterable[ReviewRow]) -> dict[int, ReviewRow]:
    return {row.detection_id: row for row in sorted(rows, key=lambda row: row.review_id)}


def _numbered(rows: Iterable[DetectionRow], verdicts: dict[int, ReviewRow]) -> Iterator[StoredFinding]:
    for number, row in enumerate(rows, start=1):
        review = verdicts.get(row.detection_id)
        yield StoredFinding(
            number=number,
            detection_id=row.detection_id,
            page_no=row.page_no,
            detection=records.detection_of(row),
            value_key=row.value_key,
            check_failed=row.check_failed,
            verdict=Verdict(review.verdict) if review else None,
            by=review.by if review else None,
            at=aware(review.at) if review else None,
            kind_before=DetectionKind(review.kind_before) if review else None,
        )
