"""What the review of classifications needs of the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from models.access.facts import DocumentFacts
from models.access.scope import Predicate
from models.archive.documents import PageOrigin
from models.archive.levels import Line, Retention
from models.classification.results import Classification
from models.embedding.space import Vectors

SAMPLE_SHARE = 0.05
"""Of the accepted answers a person looks at this share, chosen by keyed hash so that nobody can steer it."""


class ReviewVerdict(StrEnum):
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    SKIPPED = "skipped"
    """Whoever had it could not say; it stays in the queue for the others."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a document is according to a person; ``insurance_types``: primary first."""

    insurance_types: tuple[str, ...]
    material_type: str | None


@dataclass(frozen=True, slots=True)
class ClassifiedDocument:
    """A document as reviews see it: never its text. ``title`` is the index rendition.

    ``predicted``: what the classifier said on arrival. ``sampled``: drawn to be looked at although accepted.
    ``line_given`` None: nobody wrote down whether the catalogue named the line.
    """

    facts: DocumentFacts
    archive_no: str | None
    title: str
    predicted: Classification
    reviewed: bool
    sampled: bool
    deposited_at: datetime
    carrier: PageOrigin
    page_count: int
    formed_on: date | None
    retention: Retention | None
    due_on: date | None
    line_given: bool | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    doc_id: str
    by: str
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ClassificationReview:
    """One decision; ``truth`` None for a skip. ``predicted`` is without evidence."""

    doc_id: str
    verdict: ReviewVerdict
    by: str
    at: datetime
    truth: Truth | None
    predicted: Classification


@dataclass(frozen=True, slots=True)
class Reclassified:
    """What the record says from now on."""

    truth: Truth
    lines: frozenset[Line]
    retention: Retention | None
    due_on: date | None
    notes: tuple[str, ...]


class ClassificationStore(Protocol):
    """Claims, decisions and what the classifier said."""

    def documents(self, scope: Predicate) -> Iterator[ClassifiedDocument]:
        """Yield the documents in scope in the order of ids."""
        ...

    def waiting(self, scope: Predicate, limit: int) -> Iterator[ClassifiedDocument]:
        """Yield what nobody has decided and lies in scope.

        At most ``limit`` doubtful answers, the least probable first, then at most ``limit`` of the sample
        of accepted ones as drawn; ties in the order of ids.
        """
        ...

    def reviewed(self, scope: Predicate) -> Iterator[ClassifiedDocument]:
        """Yield, in the order of ids, what lies in scope and somebody has confirmed or corrected."""
        ...

    def document(self, doc_id: str) -> ClassifiedDocument:
        """Return one document; NotVisible where there is none."""
        ...

    def claims(self, now: datetime) -> dict[str, Claim]:
        """Return the claims in force by document."""
        ...

    def claim(self, claim: Claim) -> None:
        """Take a document, or hold it longer.

        Raises:
            Conflict: somebody else holds it.
        """
        ...

    def decide(self, review: ClassificationReview, becomes: Reclassified | None) -> None:
        """Record a decision, change the document and give the claim back, in one transaction.

        Raises:
            Conflict: ``review.by`` does not hold the document at ``review.at``.
        """
        ...

    def reviews(self, doc_id: str = "") -> Iterator[ClassificationReview]:
        """Yield every decision, or those about one document, oldest first."""
        ...

    def mean_vectors(self, doc_ids: Sequence[str]) -> Vectors:
        """Return one unit row per document, the mean of its chunks; zeros for one without."""
        ...

    def training_ids(self, doc_ids: Iterable[str]) -> dict[str, str]:
        """Return the keyed hash under which each document's text may leave the archive."""
        ...
