"""How long entries stay in the ledger before they may be moved out."""

from __future__ import annotations

from datetime import datetime

KEEP_MONTHS = 6
"""Network logs are kept six months at least (网络安全法 as amended 2025, art. 23(3), formerly 21(3))."""


def movable_before(now: datetime, months: int) -> datetime:
    """Return the moment before which entries may be moved out; never less than `KEEP_MONTHS` ago.

    Months are those of the calendar; where the earlier month is shorter, its 28th day counts.
    """
    count = now.year * 12 + now.month - 1 - max(months, KEEP_MONTHS)
    year, month = divmod(count, 12)
    day = now.day if now.day <= 28 else 28
    return now.replace(year=year, month=month + 1, day=day)
