"""What reports and reviews of detections need of the store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from indexer.store.port import ClearContent
from models.access.facts import DocumentFacts
from models.archive.documents import Chunk
from models.archive.levels import AccessLevel
from models.embedding.space import EmbeddingSpace, Vectors
from models.privacy.denied import DeniedValue, DenyList
from models.privacy.detections import Detection, DetectionKind


class Verdict(StrEnum):
    CONFIRMED = "confirmed"
    FALSE_POSITIVE = "false_positive"
    WRONG_KIND = "wrong_kind"
    MISSED = "missed"


class AllowanceScope(StrEnum):
    DOCUMENT = "document"
    """The one document in which the finding was rejected."""
    ALL = "all"
    """Every document that holds the value, within what both officers may see."""


class AllowanceState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A detection with its number, the keyed hash of its value and the last verdict on it."""

    number: int
    detection_id: int
    page_no: int
    detection: Detection
    value_key: str
    check_failed: bool
    verdict: Verdict | None = None
    by: str | None = None
    at: datetime | None = None
    kind_before: DetectionKind | None = None
    """The kind the verdict was about."""


@dataclass(frozen=True, slots=True)
class DocumentPrivacy:
    """What reports say of a document besides its findings; ``title`` is the index rendition."""

    facts: DocumentFacts
    archive_no: str | None
    title: str
    sha256: str
    page_count: int
    deposited_at: datetime
    degraded: bool
    detector_version: str
    ocr_confidence: float | None
    blank_pages: int
    sample_key: str


@dataclass(frozen=True, slots=True)
class Review:
    """A verdict to be recorded; ``kind``: the new one, for a wrong kind."""

    finding: StoredFinding
    verdict: Verdict
    by: str
    at: datetime
    reason: str = field(repr=False)
    kind: DetectionKind | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """``regions`` and ``clearance``: what proposer and approver may both see."""

    allowance_id: str
    value_key: str
    kind: DetectionKind
    doc_id: str
    number: int
    scope: AllowanceScope
    regions: tuple[str, ...]
    clearance: AccessLevel
    state: AllowanceState
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    reason: str = field(repr=False)
    decided_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rerendering:
    """A document's index rendition made anew. ``based_on``: the detections it was made from, plus ``added``.

    ``plain``: fields outside the sealed content, masked again.
    """

    doc_id: str
    based_on: str
    title: str
    content: ClearContent
    chunks: tuple[Chunk, ...]
    vectors: Vectors
    added: tuple[tuple[int, Detection], ...] = ()
    plain: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Missed:
    """A span a person found: who, when, why."""

    doc_id: str
    value: DeniedValue
    by: str
    at: datetime
    reason: str = field(repr=False)


def mark_of(findings: Iterable[StoredFinding]) -> str:
    """Return a digest over ids and kinds: two readings with one mark saw the same detections."""
    told = ";".join(f"{finding.detection_id}{finding.detection.kind}" for finding in findings)
    return hashlib.sha256(told.encode()).hexdigest()


class ReviewStore(Protocol):
    """Findings, verdicts, allowances, denied values and second looks."""

    def documents(self) -> Iterator[DocumentPrivacy]:
        """Yield every document in the order of ids; what older documents lack is made up first."""
        ...

    def findings(self, doc_id: str) -> tuple[StoredFinding, ...]: ...

    def all_findings(self) -> Iterator[tuple[str, StoredFinding]]:
        """Yield (document id, finding) of the whole archive, document by document."""
        ...

    def people(self) -> Iterator[tuple[str, str, str]]:
        """Yield (document id, person, combination of quasi-identifiers); keyed hashes."""
        ...

    def allowed(self, doc_id: str, now: datetime) -> frozenset[int]:
        """Return ids of detections that an approved, unexpired allowance lets be shown."""
        ...

    def record(self, review: Review, allowance: Allowance | None = None) -> None:
        """Keep the verdict, and the proposal where none is open; what is confirmed loses its allowances."""
        ...

    def retype(self, review: Review, rendering: Rerendering, space: EmbeddingSpace) -> None:
        """Change the kind and the rendition in one transaction.

        Raises:
            Conflict: the detections have changed since.
        """
        ...

    def add_missed(
        self, missed: Missed, renderings: Sequence[Rerendering], space: EmbeddingSpace, head_seq: int
    ) -> None:
        """Deny the value, add detections and new renditions in one transaction with their outbox rows.

        ``head_seq``: the outbox position up to which documents were searched for the value.

        Raises:
            Conflict: detections of one of the documents, or the documents themselves, have changed since.
        """
        ...

    def allowances(self) -> list[Allowance]: ...

    def approve(self, allowance: Allowance) -> None:
        """Put the approved allowance in place of the proposed one; over all documents it ends a denial.

        Raises:
            Conflict: it is no longer proposed.
        """
        ...

    def deny_list(self) -> DenyList: ...

    def second_looks(self) -> dict[str, str]:
        """Return document id to who looked."""
        ...

    def record_look(self, doc_id: str, by: str, at: datetime) -> None:
        """Keep that a document was looked at; a second time changes nothing."""
        ...

    def reviewed_spans(self, doc_ids: Iterable[str]) -> Iterator[tuple[str, StoredFinding]]:
        """Yield what people decided, without values, for the regression set."""
        ...
