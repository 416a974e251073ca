"""A working `Embedder` without weights, and the real one, loaded once per test process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

import numpy as np

from models.embedding.sentence_transformer import DEFAULT_MODEL, SentenceTransformerEmbedder
from models.embedding.space import EmbeddingSpace, Vectors

DIMENSION = 64
_ROOT = Path(__file__).resolve().parent.parent


def model_cache() -> Path:
    """Where tests keep the converted model, so that it is converted once: 15 seconds."""
    return Path(os.environ.get("CHADANG_MODEL_CACHE") or _ROOT / "data/var/cache/models")


@cache
def builtin_embedder() -> SentenceTransformerEmbedder:
    """Return the real built-in model, loaded once per test process."""
    return SentenceTransformerEmbedder.load(DEFAULT_MODEL, model_cache(), threads=2)


class BigramEmbedder:
    """Each pair of neighbouring characters adds 1 to one of 64 hashed places; rows are unit vectors."""

    def __init__(self, model: str = "fake:bigrams", revision: str = "1") -> None:
        self._space = EmbeddingSpace(model, revision, DIMENSION, "sum")

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    @property
    def relevance_floor(self) -> float:
        return -1.0

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
