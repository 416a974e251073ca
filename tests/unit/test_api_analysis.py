"""What follows from a material by rule: class, period, and the day the period is over."""

from __future__ import annotations

from datetime import date

import pytest

from api.analysis import retention_for

FORMED = date(2019, 3, 5)


@pytest.mark.parametrize(
    ("material", "period", "due_on"),
    [
        pytest.param("退休审批", "50年", date(2070, 1, 1), id="a term, from 1 January of the next year"),
        pytest.param("养老关系转移", "100年", date(2120, 1, 1), id="the longest term"),
    ],
)
def test_the_period_and_its_end(material: str, period: str, due_on: date) -> None:
    made = retention_for(material, FORMED)
    assert made is not None
    assert (made.period, made.due_on) == (period, due_on)
    assert made.class_name in "一二三四五六七八九"
    assert f"第{made.class_name}类" in made.source
    without = retention_for(material)
    assert without is not None
    assert without.due_on is None


@pytest.mark.parametrize("material", [None, "", "没有这种材料"])
def test_nothing_follows_from_an_unknown_material(material: str | None) -> None:
    assert retention_for(material, FORMED) is None
