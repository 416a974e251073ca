"""The meaning of a text of any length as one vector."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np

from models.classification.segments import segments_of, spread
from models.embedding.space import EmbeddingSpace, Vectors


class TextEmbedder(Protocol):
    """What the classifier needs of an embedder."""

    @property
    def space(self) -> EmbeddingSpace: ...

    def embed_for_classification(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, in order; no texts give shape (0, dimension)."""
        ...


def mean_vectors(texts: Sequence[str], embedder: TextEmbedder, max_segments: int) -> Vectors:
    """Return the mean over each text's segments, shape (n, dimension), rows of norm at most 1.

    A linear head over a mean averages the segments' scores, so that no part of a long text is cut off;
    of more than ``max_segments`` an even spread is read. No text may be blank.
    """
    if not texts:
        return np.zeros((0, embedder.space.dimension), dtype=np.float32)
    cut = [spread(segments_of(text), max_segments) for text in texts]
    rows = embedder.embed_for_classification([piece for pieces in cut for piece in pieces])
    starts = np.cumsum([0, *(len(pieces) for pieces in cut)])
    return np.stack([rows[a:b].mean(axis=0) for a, b in pairwise(starts)]).astype(np.float32)
