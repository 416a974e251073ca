"""Lines, access levels, retention periods."""

from __future__ import annotations

from datetime import date

import pytest

from models.archive.levels import AccessLevel, Line, Retention


@pytest.mark.parametrize(
    ("retention", "formed_on", "due_on"),
    [
        (Retention.YEARS_10, date(2019, 3, 5), date(2030, 1, 1)),
        (Retention.YEARS_10, date(2019, 1, 1), date(2030, 1, 1)),
        (Retention.YEARS_10, date(2019, 12, 31), date(2030, 1, 1)),
        (Retention.YEARS_30, date(2020, 2, 29), date(2051, 1, 1)),
        (Retention.YEARS_50, date(2000, 6, 1), date(2051, 1, 1)),
        (Retention.YEARS_100, date(1949, 10, 1), date(2050, 1, 1)),
        (Retention.PERMANENT, date(2019, 3, 5), None),
        (Retention.YEARS_100, date(9898, 1, 1), date(9999, 1, 1)),
        (Retention.YEARS_100, date(9899, 1, 1), None),
        (Retention.YEARS_10, date(9999, 12, 31), None),
    ],
)
def test_a_term_runs_from_the_first_of_january_after_forming(
    retention: Retention, formed_on: date, due_on: date | None
) -> None:
    assert retention.due_on(formed_on) == due_on


def test_codes_are_distinct_and_name_the_years() -> None:
    assert [(r.value, r.code, r.years) for r in Retention] == [
        ("永久", "Y", None),
        ("100年", "D100", 100),
        ("50年", "D50", 50),
        ("30年", "D30", 30),
        ("10年", "D10", 10),
    ]


def test_levels_are_ordered_and_read_back_from_their_labels() -> None:
    assert [level.label for level in sorted(AccessLevel)] == ["公开", "内部", "工作秘密", "敏感"]
    assert [AccessLevel.of(f" {level.label} ") for level in AccessLevel] == list(AccessLevel)


@pytest.mark.parametrize("word", ["", "秘密", "机密", "公开 内部", "0", "public"])
def test_any_other_word_is_no_level_and_is_not_echoed(word: str) -> None:
    with pytest.raises(ValueError, match="只能是") as raised:
        AccessLevel.of(word)
    assert len(word) < 2 or word == "秘密" or word not in str(raised.value)


def test_line_labels() -> None:
    assert {line.label for line in Line} == {"人社", "医保"}
