"""What the supervision of duty keeps: judged days, alerts, what people decided, marks of own persons."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from indexer.store.port import AuditEvent
from models.privacy.blind_index import Use
from models.supervision.alerts import Alert
from models.supervision.looks import DocumentMarks
from models.supervision.memory import Day


class AlertState(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
    """There was a reason; nothing more to do."""
    CONFIRMED = "confirmed"
    """Somebody looked without a duty to."""
    FALSE_ALARM = "false_alarm"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one person decided about an alert; none is ever changed. ``at`` is UTC."""

    verdict: AlertState
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert with its state; ``offices`` are the first regions of the accounts it is about."""

    alert_id: str
    alert: Alert
    state: AlertState
    offices: tuple[str, ...]
    raised_at: datetime
    judgements: tuple[Judgement, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnMarks:
    """Keyed marks of a person behind an account and the household: of numbers, and of questions for names."""

    numbers: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far supervision has read: the last entry of the last finished day."""

    seq: int = 0
    day: date | None = None


class SupervisionStore(Protocol):
    """Details lie sealed; nothing readable in the tables tells which account an alert is about."""

    def progress(self) -> Progress: ...

    def entries(self, after: int) -> Iterator[tuple[int, AuditEvent]]:
        """Yield the entries of the ledger with a number above ``after``, ascending."""
        ...

    def marks(self, doc_ids: Collection[str]) -> dict[str, DocumentMarks]:
        """Return what is compared of documents; those that are gone are missing."""
        ...

    def mark(self, value: str, of: str) -> str:
        """Return the keyed mark of a value; ``of``: "employer", "series", "holder" or "surname"."""
        ...

    def asked_mark(self, use: Use, key: str) -> str:
        """Return the mark under which the ledger says that a person was asked for (`PersonIndex.mark`)."""
        ...

    def days(self, since: date) -> Iterator[Day]:
        """Yield the remembered days from ``since`` on, in the order of days and accounts."""
        ...

    def finish_day(
        self, day: date, seq: int, days: Sequence[Day], alerts: Sequence[KeptAlert], forget: date
    ) -> None:
        """Keep a finished day, its alerts and the progress in one transaction; forget days before ``forget``.

        Raises:
            Conflict: another scan was faster.
        """
        ...

    def raise_alerts(self, alerts: Sequence[KeptAlert]) -> None:
        """Keep alerts of an unfinished day. One of the same matter is renewed while it is open."""
        ...

    def alerts(self, state: AlertState | None = None) -> list[KeptAlert]:
        """Return alerts with their judgements, the newest day first, then the highest score."""
        ...

    def alert(self, alert_id: str) -> KeptAlert:
        """Return one; NotVisible where there is none."""
        ...

    def judge(self, alert_id: str, judgement: Judgement, expected: AlertState) -> None:
        """Write a judgement down; Conflict where the alert is not in the ``expected`` state any more."""
        ...

    def own_marks(self) -> dict[str, OwnMarks]: ...

    def set_own_marks(self, account: str, marks: OwnMarks) -> None:
        """Replace the marks of an account."""
        ...
