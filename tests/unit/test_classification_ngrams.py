from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.classification.ngrams import NgramSpace, ngrams, plain

SPACE = NgramSpace({"工": 0, "伤": 1, "工伤": 2, "0": 3}, np.array([1, 1, 2, 1], dtype=np.float32))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("２０２３年工伤", "0年工伤", id="full-width number"),
        pytest.param("身份证号〔身份证号〕，电话〔电话〕", "身份证号〇,电话〇", id="placeholders"),
        pytest.param(" 工伤\n\n 认定\t表 ", "工伤 认定 表", id="blanks"),
        pytest.param("DRG付费", "drg付费", id="case"),
        pytest.param("", "", id="empty"),
    ],
)
def test_plain(text: str, seen: str) -> None:
    assert plain(text) == seen


def test_ngrams_are_all_runs_of_one_to_four() -> None:
    assert sorted(ngrams("工伤认")) == sorted(["工", "伤", "认", "工伤", "伤认", "工伤认"])


def test_row_weighs_by_frequency_and_rarity() -> None:
    where, values = SPACE.row("工伤工伤")
    assert where.tolist() == [0, 1, 2]
    damped = 1 + np.log(2)
    expected = np.array([damped, damped, 2 * damped]) / np.linalg.norm([damped, damped, 2 * damped])
    np.testing.assert_allclose(values, expected, rtol=1e-6)


def test_nothing_known_gives_an_empty_row() -> None:
    where, values = SPACE.row("天气")
    assert where.size == values.size == 0


@given(st.text(alphabet="工伤认定0123〔〕姓名 \x00\ud800x", max_size=60))
def test_a_row_has_unit_norm_or_is_empty(text: str) -> None:
    where, values = SPACE.row(text)
    assert not where.size or np.linalg.norm(values) == pytest.approx(1.0, abs=1e-5)
    assert where.tolist() == sorted(set(where.tolist()))


@given(st.text(max_size=80))
def test_at_most_one_digit_in_a_row_survives(text: str) -> None:
    shown = plain(text)
    assert not any(a.isdecimal() and b.isdecimal() for a, b in pairwise(shown))
