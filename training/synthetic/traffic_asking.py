"""Whom a clerk asks for by name or number: mostly people whose files are then opened, and what comes beside.

Everything here is drawn apart from the rest of the day, so that a seed's other looks are the same without it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from models.supervision.looks import Kind
from training.synthetic.traffic_archive import Collection
from training.synthetic.traffic_people import Clerk, Draft, Habits, poisson


def asked_marks(home: Collection, holder: int, draw: random.Random) -> list[str]:
    """Return what somebody is asked for by: a name, a number or both."""
    return draw.choices(
        [[home.name(holder)], [home.number(holder)], [home.name(holder), home.number(holder)]], (45, 35, 20)
    )[0]


@dataclass(slots=True)
class Enquirer:
    """Writes the persons of one clerk's questions into the looks of the day."""

    habits: Habits
    clerk: Clerk
    draw: random.Random
    made: list[Draft]

    def of_case(self, holder: int, home: Collection, minute: float, case: str) -> None:
        """Say whom the search of a case asked for, and sometimes whom it was mistaken for first."""
        if self.draw.random() >= self.habits.by_person:
            return
        if self.draw.random() < self.habits.wrong_person:
            wrong = self.draw.randrange(home.size)
            self._left(wrong, home, minute - 0.7, [home.name(wrong)])
        self._persons(minute, asked_marks(home, holder, self.draw), case)

    def day(self, cases: float, first: float, last: float) -> None:
        """Questions answered from the list alone, and lists of names gone through for an employer."""
        home, draw = self.clerk.home, self.draw
        for _ in range(poisson(cases * self.habits.list_will_do * self.clerk.asking, draw)):
            holder = draw.randrange(home.size)
            self._left(holder, home, draw.uniform(first, last), asked_marks(home, holder, draw))
        if draw.random() < self.habits.name_list:
            self._name_list(draw.uniform(first, last - 60))

    def _name_list(self, minute: float) -> None:
        """Who of a list has a file at all: a few are opened to make sure."""
        home, draw = self.clerk.home, self.draw
        values = home.holders_of["employer"]
        holders = values[draw.choice(sorted(values))]
        for holder in draw.sample(holders, min(len(holders), 4 + poisson(7.0, draw))):
            self._left(holder, home, minute, [home.name(holder)])
            if draw.random() < 0.15:
                doc_id = draw.choice(home.documents_of[holder])
                self.made.append(Draft(minute + 0.3, self.clerk.account, Kind.READ, doc_ids=(doc_id,)))
            minute += draw.uniform(0.5, 2)

    def _left(self, holder: int, home: Collection, minute: float, marks: Sequence[str]) -> None:
        """A search for a person out of whose answer nothing is opened."""
        if home is self.clerk.home and holder in self.clerk.household:
            return
        shown = tuple(home.documents_of[holder])
        query = f"{self.draw.getrandbits(40):x}"
        self.made.append(Draft(minute, self.clerk.account, Kind.SEARCH, doc_ids=shown, query=query))
        self._persons(minute, marks)

    def _persons(self, minute: float, marks: Sequence[str], case: str = "") -> None:
        self.made += [Draft(minute, self.clerk.account, Kind.ASK, query=mark, case=case) for mark in marks]
