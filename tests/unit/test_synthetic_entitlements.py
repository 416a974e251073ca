"""Arithmetic of benefits in made-up papers."""

from __future__ import annotations

from datetime import date

import pytest

from training.synthetic.entitlements import (
    birth_for_retirement,
    maternity_leave_days,
    retirement_date,
    unemployment_term_months,
)
from training.synthetic.wording import capital_amount, written_date


@pytest.mark.parametrize(
    ("birth", "age", "expected"),
    [
        pytest.param(date(1964, 12, 9), 60, date(2024, 12, 9), id="the last man before the reform"),
        pytest.param(date(1965, 1, 9), 60, date(2025, 2, 9), id="the first man after it: one month"),
        pytest.param(date(1965, 5, 9), 60, date(2025, 7, 9), id="two months from the fifth month"),
        pytest.param(date(1976, 9, 9), 60, date(2039, 9, 9), id="from 1976-09 at 63"),
        pytest.param(date(1981, 9, 9), 55, date(2039, 9, 9), id="women of 55: from 1981-09 at 58"),
        pytest.param(date(1984, 11, 9), 50, date(2039, 11, 9), id="women of 50: from 1984-11 at 55"),
        pytest.param(date(1990, 1, 1), 50, date(2045, 1, 1), id="never more than five years"),
    ],
)
def test_retirement_after_the_reform(birth: date, age: int, expected: date) -> None:
    assert retirement_date(birth, age) == expected


@pytest.mark.parametrize("age", [50, 55, 60])
@pytest.mark.parametrize("year", [1999, 2019, 2025])
def test_a_birth_date_for_a_retirement(age: int, year: int) -> None:
    wanted = date(year, 6, 15)
    assert abs((retirement_date(birth_for_retirement(wanted, age), age) - wanted).days) <= 62


@pytest.mark.parametrize(("paid", "term"), [(11, 0), (12, 12), (59, 12), (60, 18), (119, 18), (120, 24)])
def test_unemployment_terms(paid: int, term: int) -> None:
    assert unemployment_term_months(paid) == term


def test_maternity_leave() -> None:
    assert maternity_leave_days(difficult=False, children=1) == 98
    assert maternity_leave_days(difficult=True, children=2) == 128


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (130000, "壹仟叁佰元整"),
        (1000500, "壹万零伍元整"),
        (2050010, "贰万零伍佰元壹角"),
        (10203, "壹佰零贰元零叁分"),
        (100000000, "壹佰万元整"),
    ],
)
def test_capital_amounts(cents: int, text: str) -> None:
    assert capital_amount(cents) == text


def test_dates_in_numerals() -> None:
    assert written_date(date(2024, 10, 21), "numerals") == "二〇二四年十月二十一日"
