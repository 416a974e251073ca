"""Working index fakes: slow, plain, and held to the same contracts as the real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from indexer.lexical.postings_index import K1, WEIGHT, B, query_weights
from indexer.lexical.statistics import FrozenStatistics, shipped_statistics
from indexer.lexical.terms import Field, segmenter_version, terms_of
from indexer.vectors.port import Neighbour
from models.access.visible import VisibleSet
from models.embedding.space import EmbeddingSpace, Vectors
from models.errors import IndexMismatch, IndexUnavailable


class InMemoryVectorIndex:
    """Compares every allowed row in Python."""

    def __init__(self, space: EmbeddingSpace, vectors: Vectors) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != space.dimension:
            raise IndexMismatch
        if not np.isfinite(vectors).all():
            raise IndexUnavailable
        self._space = space
        self._vectors = vectors.astype(np.float64)

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    @property
    def rows(self) -> int:
        return len(self._vectors)

    def nearest(self, vector: Vectors, k: int, among: VisibleSet) -> list[Neighbour]:
        _check(k, among, self.rows)
        if vector.shape != (self._space.dimension,):
            raise IndexMismatch
        if not np.isfinite(vector).all():
            raise IndexUnavailable
        query = vector.astype(np.float64)
        return _ranked([(row, float(self._vectors[row] @ query)) for row in among.row_numbers], k)

    def save(self, folder: Path) -> list[Path]:
        path = folder / "vectors.npy"
        np.save(path, self._vectors)
        return [path]


class InMemoryLexicalIndex:
    """BM25 written down as in the book."""

    def __init__(self, texts: Sequence[str], statistics: FrozenStatistics | None = None) -> None:
        self._texts = list(texts)
        self._statistics = statistics or shipped_statistics()

    @property
    def rows(self) -> int:
        return len(self._texts)

    @property
    def segmentation(self) -> str:
        return f"{segmenter_version()};statistics={self._statistics.id}"

    def search(self, query: str, k: int, among: VisibleSet) -> list[Neighbour]:
        _check(k, among, self.rows)
        scored = [(int(row), self._score(query, self._texts[row])) for row in among.row_numbers]
        return _ranked([(row, score) for row, score in scored if score > 0], k)

    def best_possible(self, query: str) -> float:
        return sum(weight for *_, weight in query_weights(query, self._statistics)) * (K1 + 1.0)

    def save(self, folder: Path) -> list[Path]:
        path = folder / "texts.txt"
        path.write_text("\n".join(self._texts), encoding="utf-8", errors="replace")
        return [path]

    def _score(self, query: str, text: str) -> float:
        terms = terms_of(text)
        counts = {field: Counter(terms.of(field)) for field in Field}
        score = 0.0
        for field, term, _ in query_weights(query, self._statistics):
            count = counts[field][term]
            relative = counts[field].total() / self._statistics.average_length[field]
            idf = WEIGHT[field] * self._statistics.idf(field, term)
            score += idf * count * (K1 + 1) / (count + K1 * (1 - B + B * relative))
        return score


def _check(k: int, among: VisibleSet, rows: int) -> None:
    if k < 1:
        raise ValueError("k must be at least 1")
    if among.allowed.size != rows:
        raise IndexUnavailable


def _ranked(scored: Sequence[tuple[int, float]], k: int) -> list[Neighbour]:
    # Ranked as the 32-bit numbers the real indexes hold: rounding must not break a tie.
    best = sorted(scored, key=lambda pair: (-float(np.float32(pair[1])), pair[0]))[:k]
    return [Neighbour(int(row), score) for row, score in best]
