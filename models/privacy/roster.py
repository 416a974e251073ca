"""Names by their company: rosters without a header, and lists in which other names are already known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from models.privacy.detections import Detection, DetectionKind
from models.privacy.grid import Span
from models.privacy.labels import fit, kin_words
from models.privacy.layout import Reading
from models.privacy.name_table import HAN, is_name_like, name_table, surname_length

_INDEX = re.compile(r"\(?[0-9一二三四五六七八九十]{1,3}[.、)]\s?")
_PERSONAL = re.compile(r"\d{15,17}[\dXx]|(?<!\d)1[3-9]\d{9}(?!\d)|[男女]")
_COLUMNS = 3
_NEXT = re.compile(
    rf"(?:\([^()\n]{{1,24}}\))?\s?[、;]\s?([{HAN}]{{2,4}}(?:·[{HAN}]{{1,8}})*)(?=[、;,。()\s等和及]|[二两三四五六七八九十\d]{{1,3}}[人位名]|均|一同|共同|到场|在场|作证|证实|$)"
)
_PREVIOUS = re.compile(rf"(?:^|[、;:,(\s])([{HAN}]{{2,4}})[、;]\s?$")
_LONGEST_LIST = 100


def find_in_rosters(reading: Reading) -> Iterator[Detection]:
    """Yield the names in a column that is mostly names: three rows, or two that hold an ID or sex."""
    for run in reading.loose:
        least = 2 if all(_PERSONAL.search(reading.text[row[0][0] : row[-1][1]]) for row in run) else 3
        if len(run) < least:
            continue
        for column in range(_COLUMNS):
            cells = [_without_index(reading.text, row[column]) for row in run if column < len(row)]
            yield from _column(reading.text, cells, least)


def _without_index(text: str, cell: Span) -> Span:
    index = _INDEX.match(text, *cell)
    return (index.end(), cell[1]) if index and index.end() < cell[1] else cell


def _column(text: str, cells: Sequence[Span], least: int) -> Iterator[Detection]:
    fits = [fit("PERSON", text[a:b]) if text[a:b] not in kin_words() else 0.0 for a, b in cells]
    if len(cells) < least or sum(f == 2.0 for f in fits) * 10 < len(cells) * 6:
        return
    for (start, end), good in zip(cells, fits, strict=True):
        if good > 0:
            yield Detection(start, end, DetectionKind.PERSON, 0.8, "roster", ("column of names",))


def find_in_lists(reading: Reading, found: Sequence[Detection]) -> Iterator[Detection]:
    """Yield what stands beside a name in a list: 甲、乙、丙; without a surname only between two names."""
    people = [d for d in found if d.kind is DetectionKind.PERSON]
    starts = {d.start for d in people}
    for person in people:
        end = person.end
        for _ in range(_LONGEST_LIST):
            match = _NEXT.match(reading.text, end)
            if match is None or match.start(1) in starts or not _can_be_name(match[1]):
                break
            further = _NEXT.match(reading.text, match.end())
            between = further is not None and further.start(1) in starts
            if surname_length(match[1]) or between:
                yield _listed(*match.span(1))
            end = match.end()
        before = _PREVIOUS.search(reading.text, max(0, person.start - 8), person.start)
        if before and surname_length(before[1]) and _can_be_name(before[1]):
            yield _listed(*before.span(1))


def _can_be_name(word: str) -> bool:
    surname = surname_length(word)
    short = len(word) <= surname + 2 or "·" in word
    return short and is_name_like(word) and name_table().organisation.search(word) is None


def _listed(start: int, end: int) -> Detection:
    return Detection(start, end, DetectionKind.PERSON, 0.72, "name-list", ("list of names",))
