"""Times, counts and shares as a supervisor reads them."""

from __future__ import annotations

from datetime import date

import pytest

from models.supervision.wording import number, over_days, share, within_a_day

DAY = date(2026, 3, 4)


def test_times() -> None:
    assert within_a_day(DAY, [(1, 1325), (2, 1270)]) == "3 月 4 日 21:10–22:05 "
    assert within_a_day(DAY, [(1, 5)]) == "3 月 4 日 00:05 "
    assert over_days(date(2026, 2, 3), DAY) == "2 月 3 日至 3 月 4 日"
    assert over_days(DAY, DAY) == "3 月 4 日"


@pytest.mark.parametrize(
    ("value", "said"), [(0.05, "不到 0.1"), (0.1, "约 0.1"), (6.04, "约 6.0"), (10, "约 10"), (30.6, "约 31")]
)
def test_counts(value: float, said: str) -> None:
    assert number(value) == said


@pytest.mark.parametrize(("value", "said"), [(0.0004, "不到 0.1%"), (0.061, "6.1%"), (0.4, "40%")])
def test_shares(value: float, said: str) -> None:
    assert share(value) == said
