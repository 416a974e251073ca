from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.archive.levels import Line
from models.classification.conformal import Conformity, Form, Levels, form_of, label_set

LABELS = ("养老", "医疗", "其他")
EVEN = Levels({Line.HRSS: 0.1, Line.MEDICAL: 0.1})
KNOWN = np.linspace(0.0, 1.0, 99, dtype=np.float32)


def _set(probabilities: list[float], p_values: list[float], also: tuple[str, ...] = ()) -> tuple[str, ...]:
    return label_set(LABELS, np.array(probabilities), np.array(p_values), EVEN, also).labels


@pytest.mark.parametrize(
    ("text", "form"),
    [
        pytest.param("失业金怎么领", Form.SHORT, id="question"),
        pytest.param("工" * 60, Form.SHORT, id="just short"),
        pytest.param("工" * 61, Form.LONG, id="just long"),
        pytest.param("工伤 " * 10, Form.SHORT, id="blanks do not count"),
        pytest.param("\n" * 300, Form.LONG, id="a page of nothing is no question"),
        pytest.param("", Form.SHORT, id="empty"),
    ],
)
def test_form(text: str, form: Form) -> None:
    assert form_of(text) is form


def test_p_value_is_the_share_that_conformed_no_better() -> None:
    conformity = Conformity({Form.SHORT: (np.array([0.2, 0.4, 0.4, 0.9], dtype=np.float32),)})
    for probability, expected in ((0.1, 1 / 5), (0.2, 2 / 5), (0.4, 4 / 5), (0.95, 1.0)):
        assert conformity.p_values(np.array([probability]), Form.SHORT)[0] == pytest.approx(expected)


def test_a_label_nobody_was_seen_of_cannot_be_ruled_out() -> None:
    conformity = Conformity({Form.LONG: (np.zeros(0, dtype=np.float32),)})
    assert conformity.p_values(np.array([0.0]), Form.LONG)[0] == 1.0


def test_one_label_left_is_certain() -> None:
    found = label_set(LABELS, np.array([0.9, 0.05, 0.05]), np.array([0.8, 0.05, 0.1]), EVEN)
    assert found.labels == ("养老",)
    assert found.certain


@pytest.mark.parametrize(
    ("p_values", "also", "labels"),
    [
        pytest.param([0.8, 0.5, 0.0], (), ("养老", "医疗"), id="two left"),
        pytest.param([0.0, 0.0, 0.0], (), ("养老",), id="all ruled out: unlike anything seen"),
        pytest.param([0.0, 0.5, 0.0], (), ("养老", "医疗"), id="another one left"),
        pytest.param([0.8, 0.0, 0.0], ("医疗",), ("养老", "医疗"), id="a second insurance is named"),
    ],
)
def test_nothing_else_is_certain(
    p_values: list[float], also: tuple[str, ...], labels: tuple[str, ...]
) -> None:
    found = label_set(LABELS, np.array([0.6, 0.3, 0.1]), np.array(p_values), EVEN, also)
    assert found.labels == labels
    assert not found.certain


def test_the_stricter_line_rules_what_belongs_to_both_or_to_none() -> None:
    levels = Levels({Line.HRSS: 0.2, Line.MEDICAL: 0.05})
    assert [levels.of(label) for label in ("养老", "生育", "综合", "其他")] == [0.2, 0.05, 0.05, 0.05]


@given(st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_stricter_level_never_takes_a_label_away(shares: list[float], one: float, other: float) -> None:
    probabilities = np.array(shares) + 1e-6
    conformity = Conformity(dict.fromkeys(Form, (KNOWN,) * 3))
    p_values = conformity.p_values(probabilities, Form.SHORT)
    strict, lax = (
        label_set(LABELS, probabilities, p_values, Levels(dict.fromkeys(Line, level)))
        for level in (min(one, other), max(one, other))
    )
    assert set(lax.labels) <= set(strict.labels)
    assert lax.labels


def test_the_promise_holds_on_texts_of_the_same_kind() -> None:
    rng = np.random.default_rng(4)
    seen, fresh = rng.beta(5, 1, 800), rng.beta(5, 1, 4000)
    conformity = Conformity({Form.SHORT: (np.sort(seen).astype(np.float32),)})
    missed = [conformity.p_values(np.array([p]), Form.SHORT)[0] <= 0.1 for p in fresh]
    assert np.mean(missed) == pytest.approx(0.1, abs=0.03)
