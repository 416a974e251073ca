"""The tables of insurance and material types fit each other and the lines."""

from __future__ import annotations

import pytest

from models.archive.levels import Line, Retention
from models.archive.regions import full_name, is_code, names, within
from models.archive.taxonomy import insurance_types, lines_of, material_called, material_types


def test_the_seven_labels_in_order() -> None:
    assert list(insurance_types()) == ["养老", "医疗", "失业", "工伤", "生育", "综合", "其他"]


def test_lines() -> None:
    own = {name: set(kind.lines) for name, kind in insurance_types().items()}
    assert own["综合"] == set(Line)
    assert own["其他"] == set()
    assert own["医疗"] == own["生育"] == {Line.MEDICAL}
    assert own["养老"] == own["失业"] == own["工伤"] == {Line.HRSS}


@pytest.mark.parametrize(
    ("insurances", "lines"),
    [
        ((), set()),
        (("其他",), set()),
        (("火灾",), set()),
        (("养老", "生育"), set(Line)),
        (("其他", "工伤"), {Line.HRSS}),
    ],
)
def test_lines_of(insurances: tuple[str, ...], lines: set[Line]) -> None:
    assert lines_of(insurances) == lines


def test_every_material_belongs_to_an_insurance_with_a_line_and_has_a_period() -> None:
    for name, material in material_types().items():
        assert material.name == name == name.strip()
        assert insurance_types()[material.insurance].lines
        assert material.retention in Retention
        assert material.class_code.isascii()
        assert material.class_code.isupper()
        assert 2 <= len(material.class_code) <= 4  # so that it fits an archive number


def test_a_material_is_known_by_name_and_title_and_no_two_share_one() -> None:
    for material in material_types().values():
        assert material_called(f" {material.name} ") is material
        assert material_called(material.title) is material
    assert material_called("") is None
    assert material_called("食堂菜单") is None


def test_region_codes() -> None:
    assert all(is_code(code) for code in names())
    assert full_name("500111") == "重庆市大足区"
    assert full_name("99") == ""
    for code in ("", "5", "500", "50011", "5001110", "ａ50", "５０", "50x", "0" * 13):
        assert not is_code(code)
    assert not within("500111", "")
    assert not within("", "")
