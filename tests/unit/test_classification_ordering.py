from __future__ import annotations

import numpy as np
import pytest

from models.classification.ordering import interleaved, most_telling, uncertainty
from tests.fakes_reviews import said

NOTHING = np.zeros((0, 2), dtype=np.float32)
EAST, NORTH, WEST = np.eye(2, dtype=np.float32)[0], np.eye(2, dtype=np.float32)[1], -np.eye(2)[0]


def test_a_narrow_margin_is_uncertain() -> None:
    assert uncertainty(said("养老", 1.0, accepted=True)) == 0.0
    assert uncertainty(said("养老", 1 / 7, accepted=False)) == pytest.approx(1.0)
    assert uncertainty(said("养老", 0.4, accepted=False)) > uncertainty(said("养老", 0.6, accepted=False))


def test_the_least_sure_come_first_where_nothing_is_alike() -> None:
    same = np.stack([EAST, EAST, EAST])
    assert list(most_telling([0.1, 0.9, 0.5], same, NOTHING)) == [1, 2, 0]
    assert list(most_telling([0.5, 0.5, 0.5], same, NOTHING)) == [0, 1, 2]


def test_a_copy_of_what_was_chosen_waits() -> None:
    vectors = np.stack([EAST, EAST, NORTH]).astype(np.float32)
    assert list(most_telling([0.9, 0.89, 0.5], vectors, NOTHING)) == [0, 2, 1]


def test_what_is_reviewed_already_counts_as_seen() -> None:
    vectors = np.stack([EAST, WEST]).astype(np.float32)
    assert next(most_telling([0.6, 0.5], vectors, NOTHING)) == 0
    assert next(most_telling([0.6, 0.5], vectors, EAST[None, :])) == 1


def test_diversity_can_be_left_out() -> None:
    vectors = np.stack([EAST, EAST, NORTH]).astype(np.float32)
    assert list(most_telling([0.9, 0.8, 0.5], vectors, NOTHING, diversity=0.0)) == [0, 1, 2]
    assert list(most_telling([], NOTHING, NOTHING)) == []


@pytest.mark.parametrize(
    ("doubtful", "sampled", "order"),
    [
        pytest.param("abcdef", "XY", "abcdXefY", id="every fifth, the rest behind"),
        pytest.param("a", "XY", "aXY", id="the sample goes on alone"),
        pytest.param("abcdef", "", "abcdef", id="no sample"),
        pytest.param("", "", "", id="nothing"),
    ],
)
def test_one_of_the_sample_at_every_fifth_place(doubtful: str, sampled: str, order: str) -> None:
    assert "".join(interleaved(doubtful, sampled)) == order
