"""What a question says about time: years named, or counted back from a day (前年, 去年).

Understanding is a preference, never a filter: a file about 前年's accident may have been formed
a year later, and a wrong guess must not hide the right file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from models.text.normalisation import normalise

_BACK = {"大前年": 3, "前年": 2, "去年": 1, "上年": 1, "今年": 0, "本年": 0}
_RELATIVE = re.compile("|".join(_BACK))
_LAST_MONTH = re.compile("上个?月")
_RANGE = re.compile(r"(?<!\d)((?:19|20)\d\d)年?\s*(?:-|~|至|到)\s*((?:19|20)\d\d)(?!\d)", re.ASCII)
_YEAR = re.compile(r"(?<![\d-])((?:19|20)\d\d)(?:年|-\d{1,2}-\d{1,2}(?!\d)|(?![\d年-]))", re.ASCII)


@dataclass(frozen=True, slots=True)
class Years:
    """A span of years of formation, both ends included."""

    first: int
    last: int


def years_in(text: str, today: date) -> Years | None:
    """Return the years a question names, None where it names none.

    Several years give the span from the first to the last; ``today`` resolves relative words.
    """
    plain = normalise(text)
    found = [int(year) for pair in _RANGE.findall(plain) for year in pair]
    found += [int(year) for year in _YEAR.findall(plain)]
    found += [today.year - _BACK[word] for word in _RELATIVE.findall(plain)]
    if _LAST_MONTH.search(plain):
        found.append(today.year - (today.month == 1))
    return Years(min(found), max(found)) if found else None
