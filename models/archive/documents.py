"""What is kept: files, pages, documents, chunks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from models.archive.levels import AccessLevel, Line, Retention


class PageOrigin(StrEnum):
    """Where the text of a page comes from."""

    BORN_DIGITAL = "born_digital"
    OCR = "ocr"


class DocumentState(StrEnum):
    """Life-cycle state of a document in the archive."""

    HELD = "held"
    """Catalogued and in use (归档保管)."""
    TO_BE_CATALOGUED = "to_be_catalogued"
    """A required catalogue field is missing (待著录)."""
    WITHDRAWN = "withdrawn"
    """Taken out of use; visible to nobody."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it came in.

    ``sha256`` is lower-case hex of the bytes; ``media_type`` is decided by content.
    """

    path: Path
    sha256: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of text; ``page_no`` from 1; ``ocr_confidence`` 0–1, None for born-digital text."""

    page_no: int
    text: str
    origin: PageOrigin = PageOrigin.BORN_DIGITAL
    ocr_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of one page.

    ``start``/``end`` are code points of the page's text, half-open; ``masked_text`` is the index
    rendition of that stretch, the only form that leaves the sealed store.
    """

    page_no: int
    start: int
    end: int
    masked_text: str


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What the catalogue says of one document (著录项); every field may be missing.

    Field names are the JSON keys of architecture; ``extensions`` keeps unknown columns as given.
    """

    archive_no: str | None = None
    fonds: str | None = None
    title: str | None = None
    insurance_types: tuple[str, ...] = ()
    material_type: str | None = None
    line: Line | None = None
    region: str | None = None
    formed_on: date | None = None
    retention: Retention | None = None
    access_level: AccessLevel | None = None
    agency: str | None = None
    holder_name: str | None = None
    holder_id: str | None = None
    employer: str | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)

    def missing_required(self) -> tuple[str, ...]:
        """Return the Chinese names of required fields that are absent (行政区划代码, 形成日期)."""
        wanted = {"行政区划代码": self.region, "形成日期": self.formed_on}
        return tuple(name for name, value in wanted.items() if not value)


@dataclass(frozen=True, slots=True)
class ArchiveDocument:
    """A document as the store holds it, without its clear text.

    ``title`` is the index rendition (personal data replaced by placeholders); ``lines`` is empty
    where neither catalogue nor insurance type decides it; ``region`` has 2–12 digits or is empty.
    """

    doc_id: str
    source_id: str
    title: str
    lines: frozenset[Line]
    region: str
    access_level: AccessLevel
    state: DocumentState
    insurance_types: tuple[str, ...]
    material_type: str | None
    archive_no: str | None
    fonds: str | None
    formed_on: date | None
    retention: Retention | None
    due_on: date | None
    agency: str | None
    carrier: PageOrigin
    page_count: int
    source_sha256: str
    media_type: str
