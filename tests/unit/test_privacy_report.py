"""The figures of a report: intervals, residual risk, samples, denied values, cells of a spreadsheet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reporting.tables import _safe
from indexer.allowances import _common
from indexer.reports import sample_of_value
from models.privacy.classes import class_of, privacy_classes
from models.privacy.denied import DENIED, DeniedValue, comparable, with_denied
from models.privacy.detections import Detection, DetectionKind
from models.privacy.estimates import document_recall, wilson
from models.privacy.masking import mask, profile
from models.privacy.residual import RiskGrade, birth_year_and_sex, residual_risk
from tests.strategies import PRINTED_ID


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0), (1, 1, 0.2065, 1.0)],
)
def test_wilson(successes: int, trials: int, low: float, high: float) -> None:
    made = wilson(successes, trials)
    assert made is not None
    assert (made.low, made.high) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_lies_in_its_interval(pair: tuple[int, int]) -> None:
    made = wilson(*pair)
    assert (made is None) == (pair[1] == 0)
    assert made is None or 0 <= made.low <= made.value <= made.high <= 1


def test_recall_from_second_looks() -> None:
    made = document_recall(found=90, clean=20, looked=10, missed=5)
    assert made is not None
    assert made.value == pytest.approx(0.9)
    assert made.low < made.value < made.high
    assert document_recall(90, 20, 0, 0) is None


@pytest.mark.parametrize(
    ("groups", "grade", "smallest", "unique", "small"),
    [
        ([], RiskGrade.UNKNOWN, 0, 0, 0),
        ([20], RiskGrade.LOW, 20, 0, 0),
        ([18, 1], RiskGrade.MEDIUM, 1, 1, 1),
        ([10, 1, 4], RiskGrade.HIGH, 1, 1, 5),
    ],
)
def test_residual_risk(groups: list[int], grade: RiskGrade, smallest: int, unique: int, small: int) -> None:
    people = [(f"p{g}-{n}", f"c{g}") for g, size in enumerate(groups) for n in range(size)]
    risk = residual_risk([*people, *people])
    assert (risk.grade, risk.smallest, risk.unique, risk.small) == (grade, smallest, unique, small)
    assert risk.persons == sum(groups)


@pytest.mark.parametrize(
    ("number", "known"),
    [
        (PRINTED_ID, ("1949", "女")),
        ("110105 19491231 002x", ("1949", "女")),
        ("110105491231001", ("1949", "男")),
        ("110105491331001", None),
        ("一二三", None),
    ],
)
def test_birth_year_and_sex(number: str, known: tuple[str, str] | None) -> None:
    assert birth_year_and_sex(number) == known


@given(st.sampled_from(DetectionKind), st.text(min_size=1, max_size=30))
def test_a_sample_is_never_the_value(kind: DetectionKind, value: str) -> None:
    assert sample_of_value(kind, value) != value or set(value) == {"*"}


@pytest.mark.parametrize("value", ["欧阳", "1962年", "重庆市大足区", "癌", "@"])
def test_a_short_value_is_not_shown_whole(value: str) -> None:
    assert all(sample_of_value(kind, value) != value for kind in DetectionKind)


def test_every_kind_has_a_class_and_the_table_says_it_is_unverified() -> None:
    assert all(1 <= class_of(kind).level_43697 <= 4 for kind in DetectionKind)
    assert class_of(DetectionKind.DIAGNOSIS).sensitive
    assert not class_of(DetectionKind.RESIDENT_ID).sensitive_45574
    assert privacy_classes().verified is False


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("绰号蓝鲸七号。", [(2, 6)]),
        ("蓝 鲸 七 号与蓝鲸七号", [(0, 7), (8, 12)]),
        ("蓝鲸八号", []),
    ],
)
def test_a_denied_value_is_found_however_it_is_spaced(text: str, found: list[tuple[int, int]]) -> None:
    made = with_denied(text, (), (DeniedValue(DetectionKind.PERSON, "蓝鲸七号"),))
    assert [(d.start, d.end) for d in made] == found
    assert "蓝鲸七号" not in mask(text, made, profile("index")).text


def test_a_denied_number_is_no_part_of_a_longer_one_and_a_covered_one_stays() -> None:
    item = DeniedValue(DetectionKind.PERSON_NO, "20010")
    assert with_denied("120010 200101", (), (item,)) == ()
    covering = Detection(0, 5, DetectionKind.PHONE, 0.9, "rule")
    made = with_denied("20010，200 10", (covering,), (item,))
    assert [(d.recognizer, d.start) for d in made] == [("rule", 0), (DENIED, 6)]


def test_a_single_character_is_denied_nowhere_else() -> None:
    assert with_denied("王王王", (), (DeniedValue(DetectionKind.PERSON, "王"),)) == ()


@given(st.text(max_size=20))
def test_equal_values_compare_equal_however_spaced(value: str) -> None:
    assert comparable(" ".join(value)) == comparable(value)


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        (("50",), ("500111",), ("500111",)),
        (("500111", "500112"), ("5001",), ("500111", "500112")),
        (("500111",), ("500112",), ()),
    ],
)
def test_the_regions_two_persons_share(
    one: tuple[str, ...], other: tuple[str, ...], common: tuple[str, ...]
) -> None:
    assert _common(one, other) == _common(other, one) == common


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-1", "@x", "\tx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert _safe(cell) == f"'{cell}"
    assert _safe("张*") == "张*"
