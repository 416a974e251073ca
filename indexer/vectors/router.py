"""The vector index that is served: exact for narrow rights, through lists for wide ones.

Approximate indexes starve readers with narrow rights (recall .08 at 0.1 % allowed, measured), and
comparing every row takes long for wide ones. The way is chosen by the number of *allowed* rows; how many
rows there are beside them changes nothing. Either way the order and the scores are those of the exact
index.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from indexer.vectors.faiss_index import FaissVectorIndex
from indexer.vectors.faiss_lists import FaissLists
from indexer.vectors.port import Neighbour
from models.access.visible import VisibleSet
from models.embedding.partition import Partition, shipped_partition
from models.embedding.space import EmbeddingSpace, Vectors
from models.errors import IndexUnavailable

EXACT_AT_MOST = 30_000
"""Allowed rows up to which all are compared; above, lists are faster (docs/benchmarks.md)."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Routing:
    """Up to how many allowed rows search is exact, and the partition used above; None means never."""

    partition: Partition | None
    exact_at_most: int = EXACT_AT_MOST

    @classmethod
    def shipped(cls, space: EmbeddingSpace) -> Self:
        return cls(shipped_partition(space))


class RoutedVectorIndex:
    """A `VectorIndex` of an exact index and, in large generations, lists."""

    def __init__(self, exact: FaissVectorIndex, lists: FaissLists | None, exact_at_most: int) -> None:
        self._exact = exact
        self._lists = lists
        self._exact_at_most = exact_at_most

    @classmethod
    def build(
        cls,
        space: EmbeddingSpace,
        vectors: Vectors,
        routing: Routing,
        known: NDArray[np.int16] | None = None,
    ) -> Self:
        """Build in memory; ``known`` has the lists of the first rows, where they are known.

        Raises:
            IndexMismatch, IndexUnavailable: as `FaissVectorIndex.build`.
        """
        exact = FaissVectorIndex.build(space, vectors)
        partition = routing.partition
        # More rows than are ever compared one by one: a smaller archive has no use for lists.
        if partition is None or len(vectors) <= routing.exact_at_most:
            return cls(exact, None, routing.exact_at_most)
        before = np.zeros(0, dtype=np.int16) if known is None else known
        numbers = np.concatenate([before, partition.list_of(vectors[len(before) :])])
        return cls(exact, FaissLists.build(partition, vectors, numbers), routing.exact_at_most)

    @classmethod
    def open(cls, folder: Path, space: EmbeddingSpace, routing: Routing) -> Self:
        """Map the saved files and probe the selectors of both indexes.

        Lists that fail their probe are left aside and search is exact: slower, never wrong.

        Raises:
            IndexMismatch, IndexUnavailable: as `FaissVectorIndex.open`.
        """
        exact = FaissVectorIndex.open(folder, space)
        lists = FaissLists.open(folder, routing.partition) if routing.partition else None
        return cls(exact, _conforming(lists, exact), routing.exact_at_most)

    @property
    def space(self) -> EmbeddingSpace:
        return self._exact.space

    @property
    def rows(self) -> int:
        return self._exact.rows

    @property
    def uses_lists(self) -> bool:
        """Whether wide rights are searched through lists."""
        return self._lists is not None

    def nearest(self, vector: Vectors, k: int, among: VisibleSet) -> list[Neighbour]:
        """Nearest rows inside ``among``; see the port. Scores are exact on both ways."""
        self._exact.check(vector, k, among)
        if self._lists is None or among.count <= self._exact_at_most:
            return self._exact.nearest(vector, k, among)
        return self._exact.best_of(vector, k, self._lists.candidates(vector, k, among))

    def vectors_of(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the stored vectors of some rows, float32, shape (len(rows), dimension)."""
        return self._exact.vectors_of(rows)

    def lists_of(self, rows: NDArray[np.int64], partition: Partition | None) -> NDArray[np.int16] | None:
        """Return the lists of some rows, None unless they are lists of this very partition."""
        if self._lists is None or partition is None or self._lists.partition.id != partition.id:
            return None
        return self._lists.list_of_row[rows]

    def save(self, folder: Path) -> list[Path]:
        """Write into an empty folder; never over files that may be mapped by a reader."""
        return self._exact.save(folder) + (self._lists.save(folder) if self._lists else [])


def _conforming(lists: FaissLists | None, exact: FaissVectorIndex) -> FaissLists | None:
    if lists is None:
        return None
    try:
        if lists.list_of_row.shape != (exact.rows,):
            raise IndexUnavailable("向量索引各部分的行数不一致，请运行 chadang index rebuild。")
        lists.probe(exact.vectors_of)
    except IndexUnavailable as error:
        _log.warning("vector lists refused, searching exactly: %s", error.detail)
        return None
    return lists
