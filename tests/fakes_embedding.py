"""A working `Embedder` without weights: hashed character pairs, so texts that share words are near."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np

from models.embedding.space import EmbeddingSpace, Vectors

DIMENSION = 64


class BigramEmbedder:
    """Each pair of neighbouring characters adds 1 to one of 64 hashed places; rows are unit vectors."""

    def __init__(self, model: str = "fake:bigrams", revision: str = "1") -> None:
        self._space = EmbeddingSpace(model, revision, DIMENSION, "sum")

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            # The edges make the empty text and a single character count as something too.
            for pair in pairwise(f"^{text}$"):
                row[_place("".join(pair))] += 1.0
        norms: Vectors = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Vectors = rows / norms
        return unit

    def embed_query(self, text: str) -> Vectors:
        row: Vectors = self.embed_passages([text])[0]
        return row

    def embed_for_classification(self, texts: Sequence[str]) -> Vectors:
        return self.embed_passages(texts)


def _place(pair: str) -> int:
    digest = blake2b(pair.encode("utf-8", "replace"), digest_size=4).digest()
    return int.from_bytes(digest) % DIMENSION
