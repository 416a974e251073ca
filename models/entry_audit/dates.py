"""Dates as written in forms: to a day, a month or a year."""

from __future__ import annotations

import re

from models.text.normalisation import normalise

WrittenDate = tuple[int, ...]
"""(year), (year, month) or (year, month, day)."""

_DIGITS = {
    c: n for n, cs in enumerate(("〇零○", "一", "二", "三", "四", "五", "六", "七", "八", "九")) for c in cs
}
_NUMERAL = "〇零○一二三四五六七八九十廿卅"
_WRITTEN = re.compile(
    rf"(?P<year>\d{{4}}|[{_NUMERAL}]{{4}})\s*(?:年|[-./])\s*"
    rf"(?:(?P<month>\d{{1,2}}|[{_NUMERAL}]{{1,3}})(?:\s*(?:月|[-./])\s*"
    rf"(?:(?P<day>\d{{1,2}}|[{_NUMERAL}]{{1,3}})\s*[日号]?)?)?)?"
)
_COMPACT = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>[0-2]\d|3[01])?(?!\d)")


def read_date(text: str) -> WrittenDate | None:
    """Return the first date in ``text``; None where there is none or it is no date at all.

    Lunar dates and two-digit years are left alone: they cannot be compared with a number's date.
    """
    plain = normalise(text)
    if re.search("农历|阴历|旧历|民国", plain):
        return None
    match = _WRITTEN.search(plain) or _COMPACT.search(plain)
    if match is None:
        return None
    parts = [_number(value) for value in match.groups() if value]
    limits = ((1850, 2200), (1, 12), (1, 31))
    if any(not low <= part <= high for part, (low, high) in zip(parts, limits, strict=False)):
        return None
    return tuple(parts)


def later(first: WrittenDate, second: WrittenDate) -> bool:
    """Whether ``first`` is later as far as both are written."""
    size = min(len(first), len(second))
    return first[:size] > second[:size]


def _number(value: str) -> int:
    if value.isdigit() and value.isascii():
        return int(value)
    if len(value) == 4:
        return int("".join(str(_DIGITS.get(c, 0)) for c in value))
    tens, _, ones = value.replace("廿", "二十").replace("卅", "三十").partition("十")
    if "十" not in value and "廿" not in value and "卅" not in value:
        return int("".join(str(_DIGITS[c]) for c in value))
    return _DIGITS.get(tens, 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)
