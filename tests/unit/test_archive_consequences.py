from __future__ import annotations

from datetime import date

import pytest

from models.archive.consequences import consequences_of
from models.archive.levels import Retention
from models.archive.taxonomy import insurance_types, material_types


def test_the_tables_are_complete() -> None:
    materials = material_types().values()
    assert {m.insurance for m in materials} == set(insurance_types()) - {"其他"}
    assert {m.class_name for m in materials} == set("一二三四五六七八九")
    by_class = {m.class_name: m.class_code for m in materials}
    assert all(m.class_code == by_class[m.class_name] for m in materials)
    assert len(set(by_class.values())) == 9


@pytest.mark.parametrize(
    ("material", "due_on"),
    [
        pytest.param("工伤认定决定", date(2075, 1, 1), id="50 years from the next 1 January"),
        pytest.param("单位登记", None, id="permanent"),
    ],
)
def test_the_term_begins_with_the_year_after(material: str, due_on: date | None) -> None:
    follows = consequences_of(material, date(2024, 3, 5))
    assert follows is not None
    assert follows.due_on == due_on
    assert follows.verified
    assert "第3号" in follows.source


def test_an_unconfirmed_rule_says_so() -> None:
    follows = consequences_of("退休审批")
    assert follows is not None
    assert (follows.retention, follows.verified, follows.due_on) == (Retention.YEARS_50, False, None)
    assert (follows.class_name, follows.class_code) == ("三", "YL")


@pytest.mark.parametrize("material", [None, "", "菜谱"])
def test_nothing_follows_from_no_material(material: str | None) -> None:
    assert consequences_of(material) is None
