"""Made-up archives for made-up traffic: documents as marks only. No name, number or text is generated."""

from __future__ import annotations

import random
from bisect import bisect
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate

from models.supervision.looks import DocumentMarks

YEARS, CLASSES = range(2015, 2021), ("YL", "YB", "SY", "GS", "ZH")
_SURNAMES = 120
_GIVEN_NAMES = list(accumulate(1 / (rank + 20) for rank in range(4000)))
_SURNAME_WEIGHTS = [1 / (rank + 6) for rank in range(_SURNAMES)]
"""About 8 % bear the first surname and 40 % one of the first ten, as in the yearly reports on names."""


@dataclass(slots=True)
class Collection:
    """The archive of one office. Holders are numbered in the order in which their last papers were filed."""

    office: str
    documents_of: list[list[str]] = field(default_factory=list)
    holders_of: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """Attribute (employer, village, surname) to value to holders."""
    in_series: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    """Marks of names as a question has them; holders of one name share one, in whatever office."""

    @property
    def size(self) -> int:
        return len(self.documents_of)

    def holder(self, number: int) -> str:
        return f"{self.office}:{number}"

    def name(self, number: int) -> str:
        """Return the mark under which a holder is asked for by name."""
        return self.names[number % self.size]

    def number(self, number: int) -> str:
        """Return the mark under which a holder is asked for by number; no other has it."""
        return f"id:{self.office}:{number % self.size}"


def collections(offices: int, holders: int, seed: int) -> tuple[list[Collection], dict[str, DocumentMarks]]:
    """Return the collections of ``offices`` with ``holders`` people each, and the marks of all documents."""
    marks: dict[str, DocumentMarks] = {}
    made = [
        _collection(f"5001{number + 10:02d}", holders, seed, random.Random(f"archive {seed} {number}"), marks)
        for number in range(offices)
    ]
    return made, marks


def _collection(
    office: str, holders: int, seed: int, draw: random.Random, marks: dict[str, DocumentMarks]
) -> Collection:
    made = Collection(office)
    employers = list(accumulate(1 / (rank + 4) for rank in range(260)))
    surnames = list(accumulate(_SURNAME_WEIGHTS))
    counters: dict[str, int] = defaultdict(int)
    groups: dict[str, dict[str, list[int]]] = {
        name: defaultdict(list) for name in ("employer", "village", "surname")
    }
    for number in range(holders):
        own = {
            "employer": f"{office}e{bisect(employers, draw.random() * employers[-1])}"
            if draw.random() < 0.75
            else "",
            "village": f"{office}{draw.randrange(100, 148)}",
            "surname": f"s{bisect(surnames, draw.random() * surnames[-1])}",
        }
        for name, value in own.items():
            if value:
                groups[name][value].append(number)
        papers: list[str] = []
        for _ in range(draw.choice((1, 1, 2, 2, 3, 4))):
            series = f"{office}-{draw.choice(YEARS)}-{draw.choice(CLASSES)}"
            for _ in range(draw.choice((1, 1, 2, 3))):
                counters[series] += 1
                doc_id = f"{series}-{counters[series]}"
                marks[doc_id] = DocumentMarks(
                    doc_id,
                    holder=made.holder(number),
                    series=series,
                    number=counters[series],
                    region=office,
                    **own,
                )
                made.in_series.setdefault(series, []).append((counters[series], doc_id))
                papers.append(doc_id)
        made.documents_of.append(papers)
    made.holders_of = {name: dict(values) for name, values in groups.items()}
    made.names = _names(groups["surname"], holders, random.Random(f"names {seed} {office}"))
    return made


def _names(surnames: dict[str, list[int]], holders: int, draw: random.Random) -> list[str]:
    """Return the mark of everybody's name; the commonest is borne by about 7 of 10,000."""
    made = [""] * holders
    for surname, bearers in surnames.items():
        for number in bearers:
            made[number] = f"name:{surname}.{bisect(_GIVEN_NAMES, draw.random() * _GIVEN_NAMES[-1])}"
    return made
