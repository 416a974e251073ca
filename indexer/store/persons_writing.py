"""Tokens of documents written, inside the transaction that changes what they are made from.

Whatever changes a document's content, detections, allowances, lines, region or state calls `renew` (or
`outdate`, where there are many) before it commits.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, case, delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session, defer

from indexer.store import marks, records
from indexer.store.allowed import allowed_ids
from indexer.store.blind_keys import SALT_BYTES, BlindKeys
from indexer.store.persons_tables import PersonDocumentRow, PersonTokenRow
from indexer.store.port import ClearContent
from indexer.store.review_tables import AllowanceRow
from indexer.store.reviews_port import AllowanceState
from indexer.store.sealing import Sealed, Sealer
from indexer.store.tables import DetectionRow, DocumentRow, MetaRow
from models.archive.documents import DocumentState
from models.errors import ArtifactTampered
from models.privacy.blind_index import INDEXED, RULES, PersonEntry, bucket_of, entries_of
from models.privacy.detections import DetectionKind

_META = "person_keys"
_FOUND_IN = (DocumentState.HELD.value, DocumentState.TO_BE_CATALOGUED.value)
"""States in which somebody may see a document; in any other it has no tokens."""
_AT_ONCE = 200
"""Documents renewed within the transaction of a review; what is beyond is left to `catch_up`."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One generation of keys; the last is written with, all are looked up. ``rules``: of `blind_index`."""

    number: int
    salt: bytes
    rules: int


def epochs(session: Session) -> tuple[Epoch, ...]:
    """Return the epochs in use, oldest first; none in an archive that has no tokens."""
    row = session.get(MetaRow, _META)
    listed = row.value["epochs"] if row else []
    return tuple(Epoch(number, bytes.fromhex(salt), rules) for number, salt, rules in listed)


def keep_epochs(session: Session, kept: Iterable[Epoch]) -> None:
    listed = [[epoch.number, epoch.salt.hex(), epoch.rules] for epoch in kept]
    session.merge(MetaRow(name=_META, value={"epochs": listed}))


def next_epoch(known: Sequence[Epoch]) -> Epoch:
    number = known[-1].number + 1 if known else 1
    return Epoch(number, secrets.token_bytes(SALT_BYTES), RULES)


def written_epoch(session: Session) -> Epoch:
    """Return the epoch tokens are made with; one begins here where there is none by the rules of today."""
    known = epochs(session)
    if known and known[-1].rules == RULES:
        return known[-1]
    keep_epochs(session, [*known, begun := next_epoch(known)])
    session.flush()
    return begun


def renew(
    session: Session,
    sealer: Sealer,
    doc_id: str,
    content: ClearContent | None = None,
    now: datetime | None = None,
) -> None:
    """Make the tokens of one document anew; ``content`` is opened where it is not given.

    ``now`` decides which allowances are in force, the clock's where it is not given.

    Call in an exclusive transaction, after everything else about the document was written.
    """
    session.flush()
    row = session.get(DocumentRow, doc_id)
    if row is None:
        return
    now, epoch = now or datetime.now(UTC), written_epoch(session)
    bucket = f"{row.lines}/{row.region[:4]}" if row.state in _FOUND_IN else ""  # as `out_of_date` has it
    number = _forgotten(session, doc_id)
    until = _until(session, doc_id, now) if bucket else None
    values = {"epoch": epoch.number, "bucket": bucket, "until": until}
    if number is None:
        number = session.scalars(
            insert(PersonDocumentRow).returning(PersonDocumentRow.number), [{"doc_id": doc_id, **values}]
        ).one()
    else:
        changed = update(PersonDocumentRow).where(PersonDocumentRow.number == number)
        session.execute(changed.values(**values))
    if bucket:
        keys, salt = BlindKeys(sealer, epoch.salt), bucket_of(row.lines.split(","), row.region)
        write_tokens(session, keys, salt, number, _entries(session, sealer, row, content, now))


def write_tokens(
    session: Session, keys: BlindKeys, bucket: str, number: int, entries: Iterable[PersonEntry]
) -> None:
    rows = [
        {"token": keys.token(e.use, bucket, e.key), "number": number, "role": int(e.role)} for e in entries
    ]
    if rows:
        session.execute(insert(PersonTokenRow), rows)


def renew_holding(
    session: Session, sealer: Sealer, value_key: str, also: Iterable[str], now: datetime | None
) -> None:
    """Make anew the tokens of documents that hold a detected value, and of ``also``: an allowance changed."""
    session.flush()
    wanted = select(DetectionRow.doc_id).where(DetectionRow.value_key == value_key).distinct()
    held = [] if value_key == "" else list(session.scalars(wanted.order_by(DetectionRow.doc_id)))
    ordered = list(dict.fromkeys([*also, *held]))
    for doc_id in ordered[:_AT_ONCE]:
        renew(session, sealer, doc_id, now=now)
    if len(ordered) > _AT_ONCE:
        waiting = update(PersonDocumentRow).where(PersonDocumentRow.doc_id.in_(wanted))
        waiting = waiting.where(PersonDocumentRow.doc_id.not_in(ordered[:_AT_ONCE]))
        session.execute(waiting.values(epoch=0), execution_options={"synchronize_session": False})


def forget(session: Session, doc_id: str) -> None:
    """Leave nothing of a document in the index; call before its row is deleted."""
    _forgotten(session, doc_id)
    session.execute(delete(PersonDocumentRow).where(PersonDocumentRow.doc_id == doc_id))


def out_of_date(epoch: int, now: datetime) -> Select[str]:
    """Return the ids of documents whose tokens are missing or were made with what is no longer so."""
    place = func.substr(DocumentRow.region, 1, 4)
    wanted = case((DocumentRow.state.in_(_FOUND_IN), DocumentRow.lines + "/" + place), else_=literal(""))
    stale: list[ColumnElement[bool]] = [
        PersonDocumentRow.number.is_(None),
        PersonDocumentRow.epoch != epoch,
        PersonDocumentRow.bucket != wanted,
        PersonDocumentRow.until <= now,
    ]
    joined = select(DocumentRow.doc_id).outerjoin(
        PersonDocumentRow, PersonDocumentRow.doc_id == DocumentRow.doc_id
    )
    return joined.where(or_(*stale))


def _forgotten(session: Session, doc_id: str) -> int | None:
    """Delete the tokens of a document and return its number, None where it never had any."""
    wanted = select(PersonDocumentRow.number).where(PersonDocumentRow.doc_id == doc_id)
    number = session.scalar(wanted)
    if number is not None:
        session.execute(delete(PersonTokenRow).where(PersonTokenRow.number == number))
    return number


def _entries(
    session: Session, sealer: Sealer, row: DocumentRow, content: ClearContent | None, now: datetime
) -> tuple[PersonEntry, ...]:
    if content is None:
        try:
            content = records.content_of(sealer.unseal(Sealed(row.wrapped_key, row.sealed), row.doc_id))
        except ArtifactTampered:
            return ()  # its key is gone, or another's: nobody reads it, so nobody need find it
    shown = allowed_ids(session, row.doc_id, now)
    kinds = [kind.value for kind in INDEXED]
    wanted = select(DetectionRow).where(DetectionRow.doc_id == row.doc_id, DetectionRow.kind.in_(kinds))
    found = session.scalars(wanted.options(defer(DetectionRow.evidence))).all()
    texts = {page_no: marks.text_of(content, page_no) for page_no in {d.page_no for d in found}}
    detected = (
        (DetectionKind(d.kind), texts[d.page_no][d.start : d.end])
        for d in found
        if d.detection_id not in shown
    )
    return entries_of(content.holder_name, content.holder_id, detected)


def _until(session: Session, doc_id: str, now: datetime) -> datetime | None:
    """Return when the first allowance ends that may keep a value of the document out of the index."""
    joined = select(func.min(AllowanceRow.expires_at)).join(
        DetectionRow, DetectionRow.value_key == AllowanceRow.value_key
    )
    approved = AllowanceRow.state == AllowanceState.APPROVED.value
    return session.scalar(
        joined.where(
            DetectionRow.doc_id == doc_id,
            DetectionRow.value_key != "",
            approved,
            AllowanceRow.expires_at > now,
        )
    )
