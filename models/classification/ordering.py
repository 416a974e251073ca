"""In which order people should look: the least sure first, and not the same case twice in a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from models.classification.results import Classification
from models.embedding.space import Vectors

DIVERSITY = 0.5
"""What being unlike everything chosen before weighs against being uncertain, 0–1."""
SAMPLE_EVERY = 5
"""Every fifth place of a queue goes to the sample of accepted answers, while there are any."""


def uncertainty(classification: Classification) -> float:
    """Return 1 minus the margin between the two most probable labels, 0–1 (margin sampling)."""
    first, *others = (label.probability for label in classification.labels)
    return 1.0 - (first - max(others, default=0.0))


def most_telling(
    doubt: Sequence[float], vectors: Vectors, seen: Vectors, *, diversity: float = DIVERSITY
) -> Iterator[int]:
    """Yield positions, the most uncertain and most unlike what was chosen or seen before first.

    Greedy: a place's worth is ``(1 - diversity) · doubt + diversity · distance``, where distance is to the
    nearest text chosen or seen, as a share of the largest such distance left. Ties in order of position.

    Args:
        doubt: uncertainty 0–1 of each text.
        vectors: unit rows, shape (n, dimension), float32; a row of zeros is unlike everything.
        seen: unit rows of texts already judged, shape (m, dimension).
        diversity: 0–1, what distance weighs.

    Source: maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) with the distance of greedy
    k-center (Sener and Savarese, ICLR 2018, algorithm 1).
    """
    worth = (1.0 - diversity) * np.asarray(doubt, dtype=np.float64)
    left = np.ones(len(worth), dtype=np.bool_)
    nearest = (vectors @ seen.T).max(axis=1).astype(np.float64) if len(seen) else _unlike(len(worth))
    for _ in range(len(worth)):
        distance = np.clip(1.0 - nearest, 0.0, None)
        largest = distance[left].max()
        novelty = distance / largest if largest > 0 else distance
        chosen = int(np.where(left, worth + diversity * novelty, -np.inf).argmax())
        yield chosen
        left[chosen] = False
        nearest = np.maximum(nearest, vectors @ vectors[chosen])


def interleaved(doubtful: Sequence[str], sampled: Sequence[str], every: int = SAMPLE_EVERY) -> list[str]:
    """Return both in their own order, one of ``sampled`` at every ``every``-th place while there are any."""
    merged: list[str] = []
    doubts, samples = iter(doubtful), iter(sampled)
    for place in range(1, len(doubtful) + len(sampled) + 1):
        first, second = (samples, doubts) if place % every == 0 else (doubts, samples)
        chosen = next(first, None)
        merged.append(chosen if chosen is not None else next(second))
    return merged


def _unlike(count: int) -> NDArray[np.float64]:
    return np.zeros(count, dtype=np.float64)
