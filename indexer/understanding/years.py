"""Years a question names, or counts back from a day (前年, 近三年, 上个月).

Documents are known by their year of formation, so a month is understood as its year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from models.text.normalisation import normalise

_BACK = {"大前年": 3, "前年": 2, "去年": 1, "上年": 1, "今年": 0, "本年": 0}
_DIGITS = {c: str(n) for n, c in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0", "O": "0"}
_COUNTS = {c: n for n, c in enumerate("一二三四五六七八九十", start=1)} | {"两": 2, "几": 3}
_EARLIEST = 1900


@dataclass(frozen=True, slots=True)
class Years:
    """A span of years of formation, both ends included."""

    first: int
    last: int


def _range(match: re.Match[str], _: date) -> Years:
    ends = sorted((int(match[1]), int(match[2])))
    return Years(*ends)


def _from(match: re.Match[str], today: date) -> Years:
    year = int(match[1])
    return Years(year, max(year, today.year))


def _until(match: re.Match[str], _: date) -> Years:
    return Years(_EARLIEST, int(match[1]))


def _one(match: re.Match[str], _: date) -> Years:
    return Years(int(match[1]), int(match[1]))


def _spelled(match: re.Match[str], _: date) -> Years:
    year = int("".join(_DIGITS[c] for c in match[1]))
    return Years(year, year)


def _relative(match: re.Match[str], today: date) -> Years:
    year = today.year - _BACK[match[0]]
    return Years(year, year)


def _last(match: re.Match[str], today: date) -> Years:
    """近三年 begins three calendar years back, so that a file of late then is still inside."""
    back = int(match[1]) if match[1].isdigit() else _COUNTS[match[1]]
    return Years(today.year - back, today.year)


def _last_month(_: re.Match[str], today: date) -> Years:
    year = today.year - (today.month == 1)
    return Years(year, year)


_YEAR = r"((?:19|20)\d\d)"
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Years]], ...] = tuple(
    (re.compile(pattern, re.ASCII), meaning)
    for pattern, meaning in (
        (rf"(?<!\d){_YEAR}年?\s*(?:-|~|至|到)\s*{_YEAR}(?!\d)年?", _range),
        (rf"(?<![\d-]){_YEAR}年(?:以来|以后|之后|起)", _from),
        (rf"(?<![\d-]){_YEAR}年(?:以前|之前|及以前)", _until),
        (rf"(?<![\d-]){_YEAR}(?:年|-\d{{1,2}}-\d{{1,2}}(?!\d)|(?![\d年-]))", _one),
        ("((?:一九|二[〇零○O])[〇零○O一二三四五六七八九]{2})年", _spelled),
        ("|".join(_BACK), _relative),
        ("(?:近|最近|这|过去)([一二两三四五六七八九十几]|[1-9]|10)年", _last),
        ("上个?月", _last_month),
    )
)


def spans_of_years(text: str, today: date) -> list[tuple[int, int, Years]]:
    """Return (start, end, years) of everything the text says about time, in text order, no overlaps."""
    return sorted(_found(normalise(text), today), key=lambda found: found[0])


def years_in(text: str, today: date) -> Years | None:
    """Return the span from the first to the last year a question names, None where it names none."""
    found = [years for *_, years in spans_of_years(text, today)]
    return Years(min(y.first for y in found), max(y.last for y in found)) if found else None


def _found(plain: str, today: date) -> Iterator[tuple[int, int, Years]]:
    taken = [False] * len(plain)
    for pattern, meaning in _RULES:
        for match in pattern.finditer(plain):
            start, end = match.span()
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                yield start, end, meaning(match, today)
