"""Clerks of made-up traffic, what their days are like, and a look before it has a number."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from models.supervision.looks import Kind, Staff
from training.synthetic.traffic_archive import Collection

POSTS = (("counter", 0.6, 13.0), ("back", 0.2, 9.0), ("reviewer", 0.12, 14.0), ("archivist", 0.08, 7.0))
"""Post, share of the staff, cases on an ordinary day."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How often things happen; shares unless a name says otherwise."""

    offices: int = 8
    clerks: int = 200
    holders: int = 10000
    days: int = 250
    empty_search: float = 0.08
    refused: float = 0.006
    second_look: float = 0.12
    reveal: float = 0.12
    copy: float = 0.05
    elsewhere: float = 0.02
    agent_visit: float = 0.05
    village_visit: float = 0.01
    family: float = 0.06
    late_evening: float = 0.03
    lone_weekend: float = 0.004
    ill: float = 0.012
    long_leave: float = 0.10
    long_leave_registered: float = 0.93
    projects_a_year: float = 5.0
    project_registered: float = 0.88
    newcomers: float = 0.08
    movers: float = 0.06
    case_noted: float = 0.96
    by_person: float = 0.8
    """Searches of a case that hold a name or number; the others hold an archive number or plain words."""
    wrong_person: float = 0.03
    list_will_do: float = 0.1
    """Questions a case to which the list of hits is the answer: nothing is opened."""
    name_list: float = 0.008
    """Days on which a clerk goes through the names of an employer without opening files."""
    own_case: float = 0.02
    """How often a clerk does not leave the file of the own household to a colleague."""


@dataclass(slots=True)
class Draft:
    """A look before it has a number; ``minute`` of the day; ``trace`` is the number of an insider's trace."""

    minute: float
    account: str
    kind: Kind
    outcome: str = "ok"
    doc_ids: tuple[str, ...] = ()
    query: str = ""
    case: str = ""
    trace: int = -1


@dataclass(slots=True)
class Clerk:
    staff: Staff
    home: Collection
    pace: float
    typing: float
    revealing: float
    starts: int
    cases: float
    household: tuple[int, ...]
    share: int = 0
    shares: int = 1
    """Which part of new papers is the clerk's, of how many."""
    asking: float = 1.0
    """How much more or less than others the clerk is content with the list of hits."""
    away: set[int] = field(default_factory=set)
    again: list[tuple[str, str]] = field(default_factory=list)
    """Documents to be opened once more, with their case."""
    moves_on: int = 10**9
    moves_to: float = 0.0

    @property
    def account(self) -> str:
        return self.staff.account


@dataclass(frozen=True, slots=True)
class Project:
    """Work in bulk of some clerks of one office, day numbers included."""

    clerks: tuple[str, ...]
    first: int
    last: int
    documents: tuple[str, ...]
    a_day: int


def poisson(mean: float, draw: random.Random) -> int:
    """Return a Poisson number (Knuth); ``mean`` below 200."""
    limit, product, count = math.exp(-mean), draw.random(), 0
    while product > limit:
        product *= draw.random()
        count += 1
    return count
