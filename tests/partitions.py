"""Frozen partitions of no particular space, so that lists are used on small worlds."""

from __future__ import annotations

import numpy as np

from models.embedding.partition import Partition
from models.embedding.space import Vectors


def scattered(dimension: int, lists: int = 6, *, spread: float = 0.01, stray_below: float = 0.0) -> Partition:
    """Return random centroids; a small ``spread`` leaves lists out, 1 leaves out none."""
    centroids = np.random.default_rng(dimension).normal(size=(lists, dimension))
    low, width = (np.full(dimension, value, dtype=np.float32) for value in (-1.0, 2.0))
    return Partition(units(centroids), low, width, closeness=0.6, spread=spread, stray_below=stray_below)


def units(vectors: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Vectors:
    """Return the rows scaled to unit norm, float32."""
    scaled: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled
