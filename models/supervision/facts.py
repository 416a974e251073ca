"""One account, one day: what was opened and how often what happened. Made once, when the day is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from models.supervision.asked import Asked, Asking, Place
from models.supervision.looks import EMPTY, REFUSED, DocumentMarks, Kind, Look, Staff
from models.supervision.office import unknown_marks

OPENING = frozenset({Kind.READ, Kind.COPY, Kind.REVEAL})
_SHOWING = frozenset({Kind.SEARCH, Kind.LIST, Kind.EXPORT})
_ASKING = _SHOWING | {Kind.ASK}


@dataclass(frozen=True, slots=True)
class Opened:
    """The first time a document was opened that day; the rest is as `DocumentMarks` and `Look`.

    ``shown``: it stood in an answer the account had been given that day. ``off``: outside working hours.
    """

    seq: int
    minute: int
    doc_id: str
    holder: str
    series: str = ""
    number: int | None = None
    employer: str = ""
    village: str = ""
    surname: str = ""
    region: str = ""
    shown: bool = False
    off: bool = False
    case: str = ""

    @property
    def place(self) -> Place:
        return self.seq, self.minute


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What one account did in one day; places are in the order of the ledger."""

    account: str
    day: date
    opened: tuple[Opened, ...] = ()
    empty: tuple[Place, ...] = ()
    """Searches with nothing found, one place a question."""
    refused: tuple[Place, ...] = ()
    reveals: tuple[Place, ...] = ()
    exports: tuple[Place, ...] = ()
    own: tuple[Place, ...] = ()
    """Look-ups of the person behind the account or the household."""
    own_names: tuple[Place, ...] = ()
    """Searches for an own name, which others may bear."""
    asked: tuple[Asked, ...] = ()
    """Persons asked for by search, each once."""


@dataclass(slots=True)
class _Gathering:
    """The lists of a day while it is read."""

    opened: dict[str, Opened] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    empty: dict[str, Place] = field(default_factory=dict)
    asking: Asking = field(default_factory=Asking)
    refused: list[Place] = field(default_factory=list)
    reveals: list[Place] = field(default_factory=list)
    exports: list[Place] = field(default_factory=list)
    own: dict[datetime, Place] = field(default_factory=dict)
    own_names: dict[datetime, Place] = field(default_factory=dict)
    """By the moment: a search and the persons it asked for are one look-up."""


def facts_of(
    staff: Staff,
    day: date,
    looks: Iterable[Look],
    marks: Mapping[str, DocumentMarks],
    outside: Callable[[int], bool],
) -> DayFacts:
    """Return the facts of one day.

    ``looks``: the account's own of that day, in the order of the ledger. ``marks``: of every document opened;
    one that is missing counts as a holder of its own. ``outside``: whether a minute is outside hours.
    """
    gathered = _Gathering()
    for look in looks:
        _gather(gathered, look, staff, marks, outside)
    return DayFacts(
        account=staff.account,
        day=day,
        opened=tuple(gathered.opened.values()),
        empty=tuple(gathered.empty.values()),
        refused=tuple(gathered.refused),
        reveals=tuple(gathered.reveals),
        exports=tuple(gathered.exports),
        own=tuple(gathered.own.values()),
        own_names=tuple(gathered.own_names.values()),
        asked=gathered.asking.asked({o.doc_id: o.holder for o in gathered.opened.values()}),
    )


def _gather(
    into: _Gathering,
    look: Look,
    staff: Staff,
    marks: Mapping[str, DocumentMarks],
    outside: Callable[[int], bool],
) -> None:
    place = (look.seq, look.minute)
    if look.outcome in REFUSED:
        if look.kind is not Kind.ASK:
            into.refused.append(place)
        return
    if look.kind in _ASKING:
        _gather_answer(into, look, place)
    if look.kind is Kind.REVEAL:
        into.reveals.append(place)
    if look.kind in {Kind.EXPORT, Kind.COPY}:
        into.exports.append(place)
    touched = not staff.own.isdisjoint(look.persons)
    for doc_id in look.doc_ids if look.kind in OPENING else ():
        known = marks.get(doc_id) or unknown_marks(doc_id)
        touched = touched or known.holder in staff.own
        if doc_id not in into.opened:
            into.opened[doc_id] = _opened(look, known, doc_id in into.shown, outside)
    if touched:
        into.own.setdefault(look.at, place)
    if look.query in staff.own_names and look.kind in _ASKING:
        into.own_names.setdefault(look.at, place)


def _gather_answer(into: _Gathering, look: Look, place: Place) -> None:
    if look.kind is Kind.ASK:
        into.asking.person(look)
        return
    into.shown.update(look.doc_ids)
    into.asking.answer(look)
    if look.outcome == EMPTY:
        into.empty.setdefault(look.query, place)


def _opened(look: Look, known: DocumentMarks, shown: bool, outside: Callable[[int], bool]) -> Opened:
    return Opened(
        seq=look.seq,
        minute=look.minute,
        doc_id=known.doc_id,
        holder=known.holder or known.doc_id,
        series=known.series,
        number=known.number,
        employer=known.employer,
        village=known.village,
        surname=known.surname,
        region=known.region,
        shown=shown,
        off=outside(look.minute),
        case=look.case,
    )


def first_of_each_holder(opened: Sequence[Opened]) -> list[Opened]:
    """Return one opening a holder, the first, in order."""
    seen: dict[str, Opened] = {}
    for one in opened:
        seen.setdefault(one.holder, one)
    return list(seen.values())
