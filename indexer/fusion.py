"""Several rankings into one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item", str, int)


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[Item]], *, k: int = 60, weights: Sequence[float] | None = None
) -> list[tuple[Item, float]]:
    """Merge rankings into one by the sum of weight / (k + rank).

    The score of an item depends on its own ranks only, so rankings made inside one visible set
    stay free of influence from rows outside it.

    Args:
        rankings: each best first, no repeats within one ranking; any may be empty. Items are row
            numbers or document ids.
        k: damping constant, at least 1. Larger flattens the advantage of the first ranks.
        weights: one per ranking, above 0; all 1 where not given.

    Returns:
        (item, score) pairs, best first; ties in item order so that output is stable.

    Source: Cormack, Clarke, Buettcher, SIGIR 2009, equation 1 (there every weight is 1).
    """
    if k < 1:
        raise ValueError("k must be at least 1")
    scores: dict[Item, float] = defaultdict(float)
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, item in enumerate(ranking, start=1):
            scores[item] += weight / (k + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
