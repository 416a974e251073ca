"""How much to believe each head: scales fitted on groups that took no part in training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.classification.heads import Scales, Scores, softmax

_START = 1.0


def fitted_scales(
    ngrams: Scores, embedding: Scores, truth: NDArray[np.int64], weights: NDArray[np.float64]
) -> Scales:
    """Return the scales with the least weighted log loss.

    Args:
        ngrams: scores of the n-gram head on the held-out part, shape (n, labels).
        embedding: the same of the embedding head.
        truth: label numbers, shape (n,).
        weights: of the examples, shape (n,).
    """
    alone = _minimise(lambda scale: ngrams * scale[0], 1, truth, weights)
    both = _minimise(lambda scale: ngrams * scale[0] + embedding * scale[1], 2, truth, weights)
    return Scales(ngrams_alone=float(alone[0]), ngrams=float(both[0]), embedding=float(both[1]))


def _minimise(
    scores_at: Callable[[NDArray[np.float64]], Scores],
    count: int,
    truth: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    from scipy.optimize import minimize

    rows = np.arange(len(truth))

    def loss(logarithms: NDArray[np.float64]) -> float:
        probabilities = softmax(scores_at(np.exp(logarithms)))[rows, truth]
        return float(-np.average(np.log(np.maximum(probabilities, 1e-12)), weights=weights))

    found = minimize(loss, np.full(count, np.log(_START)), method="Nelder-Mead")
    scales: NDArray[np.float64] = np.exp(found.x)
    return scales
