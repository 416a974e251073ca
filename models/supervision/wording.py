"""Times and shares in plain Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models.supervision.asked import Place


def within_a_day(day: date, places: Sequence[Place]) -> str:
    """Return "3 月 4 日 21:10–22:05 " (a blank stands before the words that follow); one minute once."""
    minutes = [minute for _, minute in places]
    first, last = _clock(min(minutes)), _clock(max(minutes))
    return f"{day.month} 月 {day.day} 日 {first if first == last else f'{first}–{last}'} "


def over_days(first: date, last: date) -> str:
    """Return "2 月 3 日至 3 月 4 日"; one day is said once."""
    end = f"{last.month} 月 {last.day} 日"
    return end if first == last else f"{first.month} 月 {first.day} 日至 {end}"


def number(value: float) -> str:
    """Return a count as people say it: "约 12", "约 3.4", "不到 0.1"; never 0."""
    if value >= 10:
        return f"约 {value:.0f}"
    return "不到 0.1" if value < 0.1 else f"约 {value:.1f}"


def share(value: float) -> str:
    return "不到 0.1%" if value < 0.001 else f"{value * 100:.1f}%" if value < 0.1 else f"{value * 100:.0f}%"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
