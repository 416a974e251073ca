"""Archive numbers (档号): parse and format, one the inverse of the other.

Form: ``全宗号-门类·年度-期限代码-类别码-件号``, e.g. ``D015-SB·2024-D50-GS-0123``.
Source: DA/T 22-2015 for the structure; category SB and the class codes are our own and not official.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.archive.levels import Retention
from models.text.normalisation import normalise

_FORM = re.compile(
    r"(?P<fonds>[A-Z]\d{3,4})-(?P<category>[A-Z]{2})·(?P<year>\d{4})-(?P<term>Y|D100|D50|D30|D10)"
    r"-(?P<class_code>[A-Z]{2,4})-(?P<item>\d{4,6})",
    re.ASCII,
)
_TERMS = {retention.code: retention for retention in Retention}
_SPACED = re.compile(
    r"[A-Z](?:\s*\d){3,4}\s*-\s*[A-Z]{2}\s*·\s*\d{4}\s*-\s*(?:Y|D100|D50|D30|D10)\s*"
    r"-\s*[A-Z]{2,4}\s*-\s*\d{4,6}(?!\d)",
    re.ASCII,
)
"""The same with blanks between the parts, as a number stands in a sentence; a longer one is another."""


@dataclass(frozen=True, slots=True)
class ArchiveNo:
    """The parts of an archive number; ``item`` counts from 1 within fonds, year, term and class."""

    fonds: str
    category: str
    year: int
    retention: Retention
    class_code: str
    item: int

    def __str__(self) -> str:
        head = f"{self.fonds}-{self.category}·{self.year:04d}"
        return f"{head}-{self.retention.code}-{self.class_code}-{self.item:04d}"


def parse(text: str) -> ArchiveNo:
    """Return the parts of ``text``; ValueError where it has not the form."""
    found = _FORM.fullmatch(canonical(text))
    if found is None:
        raise ValueError("档号应如 D015-SB·2024-D50-GS-0123")
    return ArchiveNo(
        fonds=found["fonds"],
        category=found["category"],
        year=int(found["year"]),
        retention=_TERMS[found["term"]],
        class_code=found["class_code"],
        item=int(found["item"]),
    )


def canonical(text: str) -> str:
    """Return the spelling under which archive numbers are compared: half-width, upper case, no blanks.

    Applies to any numbering scheme; two spellings of one number become equal.
    """
    return "".join(_plain(text).split())


def found_in(text: str) -> list[str]:
    """Return the archive numbers standing in ``text``, canonical, in order."""
    numbers = [canonical(match.group()) for match in _SPACED.finditer(_plain(text))]
    spelled = canonical(text)
    return numbers or ([spelled] if _plausible(spelled) else [])


def spans_in(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, canonical number) of the archive numbers standing in ``text``, in order."""
    return [(*match.span(), canonical(match.group())) for match in _SPACED.finditer(_plain(text))]


def _plain(text: str) -> str:
    # The dot of a number is on no keyboard: a full stop stands for it.
    return normalise(text).replace(".", "·").upper()


def _plausible(spelled: str) -> bool:
    """Whether a whole question looks like a number of some other scheme (Z109-WS·2016-Y-BGS-0001)."""
    return (
        len(spelled) <= 64 and "-" in spelled and any(c.isdigit() for c in spelled) and spelled.isprintable()
    )
