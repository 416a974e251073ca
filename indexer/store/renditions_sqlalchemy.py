"""Putting a new rendition of a document in the place of the old one, inside a transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from indexer.store import marks, records
from indexer.store.findings_sqlalchemy import findings_of
from indexer.store.review_tables import PersonRow
from indexer.store.reviews_port import Rerendering, mark_of
from indexer.store.sealing import Sealer
from indexer.store.tables import ChunkRow, DetectionRow, DocumentRow, MetaRow, OutboxRow
from models.embedding.space import EmbeddingSpace
from models.errors import Conflict, IndexMismatch, NotVisible
from models.privacy.denied import comparable


def check_space(session: Session, space: EmbeddingSpace) -> None:
    """Raise IndexMismatch where the stored vectors are of another space."""
    row = session.get(MetaRow, "space")
    if row is not None and row.value != records.space_value(space):
        raise IndexMismatch("档案库的向量由另一模型生成，请先运行 chadang index rebuild。")


def put_in_place(session: Session, rendering: Rerendering, sealer: Sealer) -> None:
    """Replace chunks, title and shown names, and tell the outbox.

    New chunks are written before the old ones go, so that no chunk id is ever used twice: an index
    that still knows an old id finds nothing under it.

    Raises:
        Conflict: the detections are no longer those the rendition was made from.
    """
    doc_id = rendering.doc_id
    if mark_of(findings_of(session, doc_id)) != rendering.based_on:
        raise Conflict("这份档案刚有别的复核，请刷新后再提交。")
    row = session.get(DocumentRow, doc_id)
    if row is None:
        raise NotVisible
    old = list(session.scalars(select(ChunkRow.chunk_id).where(ChunkRow.doc_id == doc_id)))
    session.add_all(records.chunk_rows(doc_id, rendering.chunks, rendering.vectors))
    session.flush()
    session.execute(delete(ChunkRow).where(ChunkRow.chunk_id.in_(old)))
    sealed = sealer.seal(records.content_bytes(rendering.content), doc_id)
    row.wrapped_key, row.sealed, row.title = sealed.wrapped_key, sealed.content, rendering.title
    for name, value in rendering.plain.items():
        setattr(row, name, value)
    if rendering.added:
        row.classification = _without_values(row.classification, rendering)
    session.add(OutboxRow(action="rerender", doc_id=doc_id, at=datetime.now(UTC)))


def add_detections(session: Session, rendering: Rerendering, sealer: Sealer) -> list[DetectionRow]:
    """Add the detections the rendition already hides, and the persons they make known."""
    doc_id, content = rendering.doc_id, rendering.content
    rows = [marks.detection_row(doc_id, page_no, d, content, sealer) for page_no, d in rendering.added]
    session.add_all(rows)
    known = set(session.scalars(select(PersonRow.person_key).where(PersonRow.doc_id == doc_id)))
    region = session.scalar(select(DocumentRow.region).where(DocumentRow.doc_id == doc_id)) or ""
    pages = {page_no: [d] for page_no, d in rendering.added}
    people = marks.person_rows(doc_id, region, content, pages, sealer)
    session.add_all(person for person in people if person.person_key not in known)
    session.flush()
    return rows


def _without_values(classification: dict[str, Any], rendering: Rerendering) -> dict[str, Any]:
    """Leave out phrases of evidence that quote an added value: they were taken when it was readable."""
    values = {
        comparable(marks.text_of(rendering.content, page_no)[d.start : d.end])
        for page_no, d in rendering.added
    }
    kept = [
        phrase
        for phrase in classification.get("evidence", ())
        if not any(value in comparable(phrase) or comparable(phrase) in value for value in values)
    ]
    return classification | {"evidence": kept}
