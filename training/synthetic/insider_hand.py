"""One insider's trace, and the means to write it down."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from models.supervision.looks import Kind
from training.synthetic.traffic import Agency
from training.synthetic.traffic_archive import Collection
from training.synthetic.traffic_asking import asked_marks
from training.synthetic.traffic_people import Clerk, Draft


@dataclass(slots=True)
class Trace:
    """One insider: what, who, and the looks by calendar day."""

    number: int
    kind: str
    accounts: tuple[str, ...]
    days: dict[date, list[Draft]] = field(default_factory=dict)


@dataclass(slots=True)
class Hand:
    """Who does it, when, and the means to write it down."""

    agency: Agency
    clerk: Clerk
    trace: Trace
    dates: list[date]
    total: int
    draw: random.Random
    asks: random.Random
    """For whom the searches ask by name or number, drawn apart."""

    def shares(self) -> Iterator[tuple[date, int]]:
        """Split the total over the days, none of them 0 where it goes round."""
        left = self.total
        for n, day in enumerate(self.dates):
            share = left // (len(self.dates) - n) if n + 1 < len(self.dates) else left
            yield day, share
            left -= share

    def put(self, day: date, minute: float, kind: Kind, **more: object) -> None:
        draft = Draft(minute, self.clerk.account, kind, trace=self.trace.number, **more)  # type: ignore[arg-type]
        self.trace.days.setdefault(day, []).append(draft)

    def people(
        self, day: date, papers: list[str], start: float, *, searching: bool = True, case: str = ""
    ) -> None:
        """Look up one document after another, mostly by way of a search."""
        minute = start
        for doc_id in papers:
            if searching and self.draw.random() < 0.8:
                query = f"{self.draw.getrandbits(40):x}"
                self.put(day, minute, Kind.SEARCH, doc_ids=(doc_id,), query=query)
                if self.asks.random() < self.agency.habits.by_person:
                    self.persons(day, minute, asked_marks(*self.holder(doc_id), self.asks))
            self.put(day, minute + 0.3, Kind.READ, doc_ids=(doc_id,), case=case)
            minute += self.draw.uniform(0.6, 2.5)

    def holder(self, doc_id: str) -> tuple[Collection, int]:
        """Return whose document it is, and in which archive."""
        office, _, number = self.agency.marks[doc_id].holder.partition(":")
        return self.agency.by_office[office], int(number)

    def persons(self, day: date, minute: float, marks: Sequence[str]) -> None:
        for mark in marks:
            self.put(day, minute, Kind.ASK, query=mark)

    def question(self, day: date, minute: float, home: Collection, holder: int) -> None:
        """Ask for a person and open nothing."""
        query = f"{self.asks.getrandbits(40):x}"
        self.put(day, minute, Kind.SEARCH, doc_ids=tuple(home.documents_of[holder]), query=query)
        self.persons(day, minute, asked_marks(home, holder, self.asks))

    def working_minute(self) -> float:
        return self.draw.uniform(9 * 60, 16 * 60)
