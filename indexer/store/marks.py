"""Rows that mark what a document holds without holding it: keyed hashes of values and of persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from indexer.store.port import ClearContent
from indexer.store.review_tables import DocumentPrivacyRow, PersonRow
from indexer.store.sealing import Sealer
from indexer.store.tables import DetectionRow
from models.privacy.checksums import compact, is_resident_id, is_uscc
from models.privacy.denied import comparable
from models.privacy.detections import Detection, DetectionKind
from models.privacy.residual import birth_year_and_sex
from models.text.normalisation import normalise

_CHECKED_LENGTH = 18
_SOURCE_PAGE, _TITLE_PAGE = -1, 0
CASE_FIELDS = ("case_no", "办件编号", "案件编号")
"""Catalogue columns that name the case a document was made in."""


def text_of(content: ClearContent, page_no: int) -> str:
    """Return the text a detection's offsets speak of: a page, the title (0) or the source's name (-1)."""
    if page_no == _SOURCE_PAGE:
        return content.source_id
    if page_no == _TITLE_PAGE:
        return content.title
    return next((page.text for page in content.pages if page.page_no == page_no), "")


def value_key(sealer: Sealer, value: str) -> str:
    """Return the keyed hash under which equal values meet, however they are spaced."""
    return sealer.keyed_hash(comparable(value), "detected-value")


def case_no_of(content: ClearContent) -> str:
    """Return the number of the case the catalogue names, '' where it names none."""
    return next((content.extensions[name] for name in CASE_FIELDS if name in content.extensions), "")


def case_key(sealer: Sealer, case_no: str) -> str:
    """Return the keyed hash under which documents and grants of one case meet; '' for no case."""
    number = "".join(normalise(case_no).split()).casefold()
    return sealer.keyed_hash(number, "case") if number else ""


def detection_row(
    doc_id: str, page_no: int, detection: Detection, content: ClearContent, sealer: Sealer
) -> DetectionRow:
    value = text_of(content, page_no)[detection.start : detection.end]
    return DetectionRow(
        doc_id=doc_id,
        page_no=page_no,
        start=detection.start,
        end=detection.end,
        kind=detection.kind.value,
        score=detection.score,
        recognizer=detection.recognizer,
        evidence=list(detection.evidence),
        value_key=value_key(sealer, value),
        check_failed=check_fails(detection.kind, value),
    )


def check_fails(kind: DetectionKind, value: str) -> bool:
    """Whether a number of 18 characters has the wrong check character."""
    number = compact(normalise(value))
    if len(number) != _CHECKED_LENGTH:
        return False
    if kind is DetectionKind.RESIDENT_ID:
        return not is_resident_id(number)
    return kind is DetectionKind.USCC and not is_uscc(number)


def privacy_row(doc_id: str, version: str, content: ClearContent, sealer: Sealer) -> DocumentPrivacyRow:
    read = [page.ocr_confidence for page in content.pages if page.ocr_confidence is not None]
    return DocumentPrivacyRow(
        doc_id=doc_id,
        detector_version=version,
        ocr_confidence=min(read, default=None),
        blank_pages=sum(not page.text.strip() for page in content.pages),
        sample_key=sealer.keyed_hash(doc_id, "second-look"),
    )


def person_rows(
    doc_id: str,
    region: str,
    content: ClearContent,
    detections: Mapping[int, Sequence[Detection]],
    sealer: Sealer,
) -> Iterator[PersonRow]:
    """Yield one row per person known by number: the holder, and whoever else's number stands in the text."""
    numbers = {content.holder_id or ""} | {
        text_of(content, page_no)[d.start : d.end]
        for page_no, found in detections.items()
        for d in found
        if d.kind is DetectionKind.RESIDENT_ID
    }
    unit = comparable(content.employer or "")
    for number in sorted({comparable(number) for number in numbers}):
        known = birth_year_and_sex(number)
        if known is not None:
            combination = "\x00".join((*known, region[:6], unit))
            yield PersonRow(
                doc_id=doc_id,
                person_key=sealer.keyed_hash(number, "person"),
                quasi_key=sealer.keyed_hash(combination, "quasi-identifiers"),
            )
