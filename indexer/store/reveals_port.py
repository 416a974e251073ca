"""Requests to see masked values in clear, and the store that keeps them: kinds and times, never a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from models.access.reveal import RevealLimits
from models.privacy.detections import DetectionKind

LISTED = 200
"""Most requests of one account that are listed."""


class RevealState(StrEnum):
    """As stored; that the time has run out is judged by the clock."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"


class RevealVerdict(StrEnum):
    """What the review of an emergency found."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a second person decided; ``purpose``: of the session it was decided in. ``note`` why refused."""

    by: str
    purpose: str
    at: datetime
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class EmergencyReview:
    by: str
    at: datetime
    verdict: RevealVerdict
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reveal:
    """One request. ``reason``, ``case_no`` and notes lie sealed. Times are UTC.

    ``case_fits``: whether the case number is the one the catalogue names; None where it names none.
    ``expires_at``: the first moment at which it can be neither decided nor opened.
    ``decision`` None with `GRANTED`: by oneself, or in an emergency.
    """

    reveal_id: str
    doc_id: str
    subject: str
    purpose: str
    kinds: tuple[DetectionKind, ...]
    reason: str = field(repr=False)
    case_no: str = field(repr=False)
    case_fits: bool | None
    emergency: bool
    state: RevealState
    requested_at: datetime
    expires_at: datetime
    decision: Decision | None = None
    opened: int = 0
    opened_at: datetime | None = None
    review: EmergencyReview | None = None

    def runs_at(self, now: datetime) -> bool:
        return self.state is RevealState.GRANTED and now < self.expires_at

    def waits_at(self, now: datetime) -> bool:
        return self.state is RevealState.WAITING and now < self.expires_at


class RevealStore(Protocol):
    """Keeps requests. Each change is one transaction that reads before it writes."""

    def add(self, reveal: Reveal, limits: RevealLimits) -> None:
        """Keep a request.

        Raises:
            TooManyRequests: the account has made as many in the last 24 hours as it may.
            Conflict: an emergency, and one of the account's is unreviewed and overdue.
        """
        ...

    def one(self, reveal_id: str) -> Reveal:
        """Return it; NotVisible where there is none."""
        ...

    def of_subject(self, subject: str) -> list[Reveal]:
        """Return the account's own, the latest first, `LISTED` at most."""
        ...

    def waiting(self, now: datetime) -> list[Reveal]:
        """Return what waits for a decision at ``now``, oldest first."""
        ...

    def emergencies(self) -> list[Reveal]:
        """Return all emergencies, those not reviewed first, then the latest first."""
        ...

    def unreviewed(self) -> tuple[int, datetime | None]:
        """Return how many emergencies nobody has reviewed, and when the first of them was asked for."""
        ...

    def decide(self, reveal_id: str, state: RevealState, decision: Decision, expires_at: datetime) -> Reveal:
        """Approve or refuse; of two decisions at once one counts.

        Raises:
            NotVisible: there is none. Conflict: decided already, or lapsed.
        """
        ...

    def open(self, reveal_id: str, now: datetime) -> Reveal:
        """Count one opening.

        Raises:
            NotVisible: there is none. RevealExpired: its time has run out. Conflict: it was not granted.
        """
        ...

    def review(self, reveal_id: str, review: EmergencyReview) -> Reveal:
        """Record the review of an emergency.

        Raises:
            NotVisible: there is none, or it is no emergency. Conflict: reviewed already.
        """
        ...
