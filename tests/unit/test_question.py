"""Years in a question."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.understanding.years import Years, years_in

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2019年的工伤认定", (2019, 2019)),
        ("２０１９年度缴费核定", (2019, 2019)),
        ("工伤认定 2019", (2019, 2019)),
        ("2018-2020年失业金", (2018, 2020)),
        ("2018年至2020年", (2018, 2020)),
        ("2018到2020", (2018, 2020)),
        ("2020~2018", (2018, 2020)),
        ("2016年和2019年的", (2016, 2019)),
        ("前年工地上摔伤的事", (2024, 2024)),
        ("大前年", (2023, 2023)),
        ("去年生孩子的津贴", (2025, 2025)),
        ("今年", (2026, 2026)),
        ("上个月退休审批", (2026, 2026)),
        ("2019-03-05 的退休审批", (2019, 2019)),
        ("2019年3月5日", (2019, 2019)),
        ("D015-SB·2024-D50-GS-0123", None),
        ("身份证11010519491231002X", None),
        ("20190305", None),
        ("第2019号", (2019, 2019)),
        ("1899年", None),
        ("退休审批表", None),
        ("", None),
    ],
)
def test_years(text: str, years: tuple[int, int] | None) -> None:
    assert years_in(text, TODAY) == (Years(*years) if years else None)


def test_last_month_in_january_was_last_year() -> None:
    assert years_in("上月的申请", date(2026, 1, 3)) == Years(2025, 2025)


@given(
    st.text(st.sampled_from("0123456789年-~至到前去今大上个月度 ２０１９D·")),
    st.dates(min_value=date(1000, 1, 1)),
)
def test_first_is_never_after_last(text: str, today: date) -> None:
    years = years_in(text, today)
    assert years is None or years.first <= years.last
