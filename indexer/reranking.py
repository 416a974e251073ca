"""An optional second look at the best hits, by a model that reads question and passage together.

No such model is shipped: without one the fusion's order stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

DEPTH = 30
"""Hits looked at again; the others keep their places behind them."""

Item = TypeVar("Item")


class Reranker(Protocol):
    """Scores pairs; the score of a pair must depend on that pair alone, or hidden rows would show."""

    def scores(self, question: str, passages: Sequence[str]) -> Sequence[float]:
        """Return one score per passage (masked text), larger is better."""
        ...


def reranked(reranker: Reranker, question: str, items: Sequence[Item], passages: Sequence[str]) -> list[Item]:
    """Return the items by score, ties in their old order; ``passages`` has one text per item looked at."""
    head, tail = items[: len(passages)], items[len(passages) :]
    scores = reranker.scores(question, passages)
    order = sorted(range(len(head)), key=lambda i: (-scores[i], i))
    return [*(head[i] for i in order), *tail]
