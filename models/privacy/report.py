"""The privacy officer's report: what was found, how sure it is, what is not cleared. Never a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.privacy.detections import DetectionKind
from models.privacy.drift import Drift
from models.privacy.estimates import Estimate
from models.privacy.residual import ResidualRisk

ARCHIVE_REPORT = "archive"
"""Id of the report over everything the officer may see."""


class ReviewState(StrEnum):
    """Where a finding stands; every finding is in exactly one of these."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    RETYPED = "retyped"
    ADDED = "added"

    @property
    def label(self) -> str:
        return _STATE_NAMES[self]


_STATE_NAMES = {
    ReviewState.OPEN: "待复核",
    ReviewState.CONFIRMED: "已确认",
    ReviewState.REJECTED: "误报",
    ReviewState.RETYPED: "已改类",
    ReviewState.ADDED: "人工补充",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One detection of a report; ``number`` from 1 within its document and for good.

    ``page_no`` 0 is the title, -1 the name of the source. ``operator``: how clerks see the kind.
    """

    number: int
    page_no: int
    start: int
    end: int
    kind: DetectionKind
    sample: str
    score: float
    recognizer: str
    evidence: tuple[str, ...]
    class_35273: str
    sensitive_35273: bool
    sensitive_45574: bool
    level_43697: int
    operator: str
    check_failed: bool
    state: ReviewState
    allowed: bool
    """Shown in clear for now: a false positive a second person has approved."""
    needs_review: bool
    """Open, and its score lies between threshold and sure score of its kind: to be looked at first."""
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Findings by state; together they are all findings. ``needs_review`` of the open ones are doubtful."""

    open: int = 0
    confirmed: int = 0
    rejected: int = 0
    retyped: int = 0
    added: int = 0
    needs_review: int = 0

    @property
    def all(self) -> int:
        return self.open + self.confirmed + self.rejected + self.retyped + self.added


@dataclass(frozen=True, slots=True)
class Engine:
    """What made the detections: versions seen, lowest scores kept, and how many documents lack a part."""

    versions: tuple[str, ...]
    thresholds: Mapping[DetectionKind, float]
    degraded: int


@dataclass(frozen=True, slots=True)
class DocumentReport:
    """``title`` is the index rendition; ``not_cleared`` says in Chinese why the document is not cleared."""

    doc_id: str
    archive_no: str | None
    title: str
    sha256: str
    page_count: int
    region: str
    made_at: datetime
    engine: Engine
    not_cleared: tuple[str, ...]
    totals: Totals
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """One line of the list of reports."""

    doc_id: str
    archive_no: str | None
    title: str
    totals: Totals
    not_cleared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KindRow:
    """Findings of a kind; ``precision``: share confirmed of those reviewed as found."""

    kind: DetectionKind
    findings: int
    documents: int
    distinct_values: int
    precision: Estimate | None


@dataclass(frozen=True, slots=True)
class ClassRow:
    """Findings of a GB/T 35273 class; ``persons`` are told apart by resident number."""

    name: str
    findings: int
    documents: int
    distinct_values: int
    persons: int


@dataclass(frozen=True, slots=True)
class MonthRow:
    """Findings of the documents taken in within a month (2026-11), by GB/T 35273 class."""

    month: str
    documents: int
    by_class: Mapping[str, int]
    reviewed: int
    precision: Estimate | None


@dataclass(frozen=True, slots=True)
class NotCleared:
    doc_id: str
    archive_no: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckFailed:
    """A number whose check character does not fit: misread, mistyped or false."""

    doc_id: str
    archive_no: str | None
    number: int
    kind: DetectionKind


@dataclass(frozen=True, slots=True)
class SecondLook:
    """The sample of documents without detections; ``recall`` is over documents."""

    clean: int
    sampled: int
    looked: int
    missed: int
    recall: Estimate | None


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """Everything one officer may see, added up. ``quarantined``: refused files by code, of no region yet."""

    officer: str
    regions: tuple[str, ...]
    made_at: datetime
    engine: Engine
    documents: int
    with_personal_data: int
    with_sensitive_data: int
    totals: Totals
    kinds: tuple[KindRow, ...]
    classes: tuple[ClassRow, ...]
    check_failed: tuple[CheckFailed, ...]
    residual: ResidualRisk
    not_cleared: tuple[NotCleared, ...]
    quarantined: Mapping[str, int]
    months: tuple[MonthRow, ...]
    drifts: tuple[Drift, ...]
    second_look: SecondLook
