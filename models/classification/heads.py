"""Linear heads and what becomes of their scores: probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.classification.ngrams import Sparse

Scores = NDArray[np.float64]
"""float64, shape (labels,) or (n, labels); unbounded."""


@dataclass(frozen=True, slots=True)
class Head:
    """One linear layer: ``weights`` float32 (features, labels), ``bias`` float32 (labels,)."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def of_sparse(self, row: Sparse) -> Scores:
        """Return the scores of a sparse row, shape (labels,)."""
        where, values = row
        scores: Scores = (values @ self.weights[where] + self.bias).astype(np.float64)
        return scores

    def of_dense(self, rows: NDArray[np.float32]) -> Scores:
        """Return the scores of dense rows (n, features), shape (n, labels)."""
        scores: Scores = (rows @ self.weights + self.bias).astype(np.float64)
        return scores


@dataclass(frozen=True, slots=True)
class Scales:
    """How much each head's scores count once calibrated.

    ``ngrams_alone`` is for texts judged without an embedding; the other two are used together.
    """

    ngrams_alone: float
    ngrams: float
    embedding: float


def alone(ngrams: Scores, scales: Scales) -> Scores:
    """Return calibrated scores where there is no embedding."""
    scores: Scores = ngrams * scales.ngrams_alone
    return scores


def fused(ngrams: Scores, embedding: Scores, scales: Scales) -> Scores:
    """Return calibrated scores of both heads together."""
    scores: Scores = ngrams * scales.ngrams + embedding * scales.embedding
    return scores


def softmax(scores: Scores) -> Scores:
    """Return probabilities along the last axis; they sum to 1."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    probabilities: Scores = shifted / shifted.sum(axis=-1, keepdims=True)
    return probabilities


def chances(scores: Scores) -> Scores:
    """Return for each score by itself the chance 0–1 that its label applies, whatever the others say."""
    made: Scores = 1.0 / (1.0 + np.exp(-np.clip(scores, -60.0, 60.0)))
    return made
