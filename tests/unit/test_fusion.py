"""Reciprocal rank fusion."""

from __future__ import annotations

import pytest

from indexer.fusion import reciprocal_rank_fusion


def test_sums_reciprocal_ranks() -> None:
    fused = reciprocal_rank_fusion([["工伤认定", "退休审批"], ["退休审批"]], k=60)
    assert [item for item, _ in fused] == ["退休审批", "工伤认定"]
    assert dict(fused)["退休审批"] == pytest.approx(1 / 62 + 1 / 61)
    assert dict(fused)["工伤认定"] == pytest.approx(1 / 61)


def test_ties_are_in_item_order() -> None:
    assert [item for item, _ in reciprocal_rank_fusion([[7, 3], [3, 7]])] == [3, 7]
    assert [item for item, _ in reciprocal_rank_fusion([[10], [9]])] == [9, 10]


@pytest.mark.parametrize(
    ("rankings", "found"),
    [([], []), ([[], []], []), ([[], [4, 2]], [4, 2])],
    ids=["no ranking", "empty rankings", "one leg found nothing"],
)
def test_empty_rankings(rankings: list[list[int]], found: list[int]) -> None:
    assert [item for item, _ in reciprocal_rank_fusion(rankings)] == found


def test_a_larger_k_flattens_the_first_ranks() -> None:
    rankings = [[1, 2, 3], [2, 3]]
    sharp, flat = (dict(reciprocal_rank_fusion(rankings, k=k)) for k in (1, 1000))
    assert sharp[1] / sharp[3] > flat[1] / flat[3]


def test_k_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        reciprocal_rank_fusion([[1]], k=0)
