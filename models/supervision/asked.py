"""Persons asked for by search: who was asked for in a day, and whether anything of the answer was opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from models.supervision.looks import EMPTY, MARK_CHARACTERS, Look

_ANSWERED = frozenset({"ok", EMPTY})
Place = tuple[int, int]
"""Sequence number of the ledger and minute of the day (China)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One person (a name or number, as a keyed mark) asked for that day, where it was first.

    ``question``: the same for all whom one search asked for, unlike any other of the account's day.
    ``holder``: whose file was opened that day out of an answer to such a question, '' for nobody's.
    ``found``: some answer held anything at all.
    """

    seq: int
    minute: int
    question: int
    mark: str
    holder: str = ""
    found: bool = True

    @property
    def place(self) -> Place:
        return self.seq, self.minute


@dataclass(slots=True)
class _Question:
    """A search and the persons of it, joined by their moment."""

    shown: set[str] = field(default_factory=set)
    persons: dict[str, Place] = field(default_factory=dict)


@dataclass(slots=True)
class Asking:
    """The questions of a day while it is read."""

    _questions: dict[datetime, _Question] = field(default_factory=dict)

    def answer(self, look: Look) -> None:
        """Note what an answer showed."""
        self._questions.setdefault(look.at, _Question()).shown.update(look.doc_ids)

    def person(self, look: Look) -> None:
        """Note a person asked for; a search that failed says nothing of who was meant."""
        if look.outcome in _ANSWERED and look.query:
            persons = self._questions.setdefault(look.at, _Question()).persons
            persons.setdefault(look.query[:MARK_CHARACTERS], (look.seq, look.minute))

    def asked(self, holder_of: Mapping[str, str]) -> tuple[Asked, ...]:
        """Return everybody asked for, once, in order; ``holder_of``: document opened that day to holder."""
        first: dict[str, tuple[int, Place]] = {}
        shown: dict[str, set[str]] = {}
        for number, question in enumerate(self._questions.values()):
            for mark, place in question.persons.items():
                first.setdefault(mark, (number, place))
                shown.setdefault(mark, set()).update(question.shown)
        return tuple(
            Asked(seq, minute, number, mark, _opened_of(shown[mark], holder_of), bool(shown[mark]))
            for mark, (number, (seq, minute)) in first.items()
        )


def _opened_of(shown: set[str], holder_of: Mapping[str, str]) -> str:
    return next((holder for doc_id, holder in holder_of.items() if doc_id in shown), "")


def unopened(asked: Iterable[Asked]) -> list[Asked]:
    """Return who was found and left at that. Searches that found nothing are the feature ``empty``."""
    return [one for one in asked if one.found and not one.holder]


def people_in(asked: Iterable[Asked]) -> int:
    """Return how many people were asked for at least: a name and a number of one question may be one's."""
    marks: dict[int, int] = {}
    for one in asked:
        marks[one.question] = marks.get(one.question, 0) + 1
    return sum((count + 1) // 2 for count in marks.values())
