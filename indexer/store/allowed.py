"""Which detections may be shown just now, and how far the deny list has come; inside a transaction."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from indexer.store.review_tables import AllowanceRow
from indexer.store.reviews_port import AllowanceScope, AllowanceState
from indexer.store.tables import DetectionRow, DocumentRow, MetaRow
from models.archive.regions import within

_VERSION = "denied_version"


def allowed_ids(session: Session, doc_id: str, now: datetime) -> frozenset[int]:
    """Return ids of the document's detections whose value is allowed there at ``now``."""
    pairs = session.execute(
        select(DetectionRow.detection_id, AllowanceRow)
        .join(AllowanceRow, AllowanceRow.value_key == DetectionRow.value_key)
        .where(
            DetectionRow.doc_id == doc_id,
            DetectionRow.value_key != "",
            AllowanceRow.state == AllowanceState.APPROVED.value,
        )
    ).all()
    if not pairs:
        return frozenset()
    place = session.execute(
        select(DocumentRow.region, DocumentRow.access_level).where(DocumentRow.doc_id == doc_id)
    ).one()
    return frozenset(
        detection_id
        for detection_id, allowance in pairs
        if aware(allowance.expires_at) > now
        and (
            allowance.doc_id == doc_id
            if allowance.scope == AllowanceScope.DOCUMENT.value
            else place.access_level <= allowance.clearance
            and any(within(place.region, prefix) for prefix in allowance.regions)
        )
    )


def denied_version(session: Session) -> int:
    row = session.get(MetaRow, _VERSION)
    return int(row.value["version"]) if row else 0


def denials_changed(session: Session) -> None:
    """Count one more change of the deny list."""
    session.merge(MetaRow(name=_VERSION, value={"version": denied_version(session) + 1}))


def aware(at: datetime) -> datetime:
    """Return the time with its zone: SQLite gives UTC back without one."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
