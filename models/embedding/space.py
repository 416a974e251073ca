"""The embedding port: a space and who embeds into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""float32, shape (n, dimension) or (dimension,), rows of unit L2 norm."""


def unit_rows(rows: Vectors) -> Vectors:
    """Scale the rows of (n, dimension) to unit L2 norm; a zero row stays zero."""
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Vectors = (rows / np.maximum(norms, 1e-12)).astype(np.float32)
    return scaled


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """What two vectors must share to be compared.

    ``revision`` changes whenever the weights, the prompts, the pooling or the reference mean do.
    """

    model: str
    revision: str
    dimension: int
    pooling: str = "mean"


class Embedder(Protocol):
    """Turns masked text into vectors of one space."""

    @property
    def space(self) -> EmbeddingSpace: ...

    @property
    def relevance_floor(self) -> float:
        """Cosine of question and passage below which one is not about the other; -1 where unknown."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, in order; an empty sequence gives shape (0, dimension).

        Raises:
            ModelUnavailable: the weights cannot be loaded.
        """
        ...

    def embed_query(self, text: str) -> Vectors:
        """Return the unit vector of a question, shape (dimension,)."""
        ...
