"""The arithmetic behind benefits, so that made-up papers add up. Amounts are in cents (分)."""

from __future__ import annotations

from datetime import date

from training.synthetic.wording import shift_months

_REFORM = date(2025, 1, 1)
LUMP_SUM_MONTHS = {1: 27, 2: 25, 3: 23, 4: 21, 5: 18, 6: 16, 7: 13, 8: 11, 9: 9, 10: 7}
"""Months of own wage by disability grade. Source: 工伤保险条例 (2010) arts. 35–37."""


def retirement_date(birth: date, original_age: int) -> date:
    """Return the statutory retirement date of somebody whose age before the reform was 50, 55 or 60.

    Source: NPC Standing Committee decision of 2024-09-13: from 2025-01-01 one month later for every
    four months of reaching 60 (men) or 55 (women), up to 36; for every two months for 50, up to 60.
    """
    original = shift_months(birth, original_age * 12)
    if original < _REFORM:
        return original
    reached = (original.year - 2025) * 12 + original.month
    step, most = (2, 60) if original_age == 50 else (4, 36)
    return shift_months(original, min(most, -(-reached // step)))


def birth_for_retirement(retires_on: date, original_age: int) -> date:
    """Return a birth date whose statutory retirement falls within a month or two of ``retires_on``."""
    birth = shift_months(retires_on, -original_age * 12)
    for _ in range(3):
        late = retirement_date(birth, original_age)
        months = (late.year - retires_on.year) * 12 + late.month - retires_on.month
        birth = shift_months(birth, -months)
    return birth


def unemployment_term_months(paid_months: int) -> int:
    """Return the longest term of unemployment benefit for ``paid_months`` of contributions.

    0 under one year, 12 under five, 18 under ten, else 24. Source: 社会保险法 art. 46.
    """
    years = paid_months // 12
    limits = ((10, 24), (5, 18), (1, 12))
    return next((months for least, months in limits if years >= least), 0)


def maternity_leave_days(*, difficult: bool, children: int) -> int:
    """Return the days of leave: 98, 15 more for a difficult birth, 15 for each further child.

    Source: 女职工劳动保护特别规定 (2012) art. 7.
    """
    return 98 + (15 if difficult else 0) + 15 * (children - 1)


def miscarriage_leave_days(pregnant_months: int) -> int:
    """Return 15 days under four months of pregnancy, else 42. Source: as above, art. 7."""
    return 15 if pregnant_months < 4 else 42


def maternity_allowance(monthly_wage_cents: int, days: int) -> int:
    """Return the allowance: monthly average wage of the employer over 30, times the days, in cents."""
    return round(monthly_wage_cents * days / 30)
