"""Dates and amounts as archives write them."""

from __future__ import annotations

import calendar
from datetime import date

DATE_STYLES = ("han", "han", "han", "iso", "dots", "slashes", "numerals")

_DIGITS = "〇一二三四五六七八九"
_CAPITALS = "零壹贰叁肆伍陆柒捌玖"


def written_date(day: date, style: str) -> str:
    """Return ``day`` in one of ``DATE_STYLES``; any other style is an error."""
    forms = {
        "han": f"{day.year}年{day.month}月{day.day}日",
        "iso": day.isoformat(),
        "dots": f"{day.year}.{day.month}.{day.day}",
        "slashes": f"{day.year}/{day.month:02d}/{day.day:02d}",
        "numerals": "".join(_DIGITS[int(d)] for d in str(day.year))
        + f"年{_small(day.month)}月{_small(day.day)}日",
    }
    return forms[style]


def short_birth_dates(day: date) -> tuple[str, ...]:
    """Return the ways in which old forms write a date of birth: month only, two-digit year, digits alone."""
    return (
        f"{day.year}.{day.month}",
        f"{day.year % 100:02d}.{day.month}",
        f"{day.year}年{day.month}月",
        f"{day:%Y%m%d}",
        f"{day.year % 100:02d}年{day.month}月{day.day}日",
    )


def written_month(day: date, style: str) -> str:
    """Return the month of ``day`` (2019年3月, 2019-03, 2019.3)."""
    if style in ("iso", "slashes"):
        return f"{day.year}-{day.month:02d}"
    return f"{day.year}.{day.month}" if style == "dots" else f"{day.year}年{day.month}月"


def shift_months(day: date, months: int) -> date:
    """Return the same day ``months`` later (earlier if negative), cut to the month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def capital_amount(cents: int) -> str:
    """Return an amount in capital numerals (壹仟叁佰元整); ``cents`` is below 10**10."""
    yuan, rest = divmod(cents, 100)
    groups = [yuan // 10**8, yuan // 10**4 % 10**4, yuan % 10**4]
    text = ""
    for group, unit in zip(groups, ("亿", "万", ""), strict=True):
        if not group:
            continue
        gap = bool(text) and group < 1000
        text += ("零" if gap else "") + _thousands(group) + unit
    text = (text or "零") + "元"
    if not rest:
        return text + "整"
    jiao, fen = divmod(rest, 10)
    text += f"{_CAPITALS[jiao]}角" if jiao else "零"
    return text + (f"{_CAPITALS[fen]}分" if fen else "")


def _thousands(number: int) -> str:
    text, gap = "", False
    for power, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = number // power % 10
        if digit:
            text += ("零" if gap and text else "") + _CAPITALS[digit] + unit
        gap = not digit
    return text


def _small(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{_DIGITS[tens]}十")
    return head + (_DIGITS[ones] if ones else "")
