"""Exact filtered vector search with FAISS: every row allowed is compared.

The selector narrows the search itself, and is an allow-list: a row nobody mentioned stays hidden.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.vectors.faiss_selectors import array_selector, bitmap_selector, listed, probe
from indexer.vectors.port import Neighbour
from models.access.visible import VisibleSet
from models.embedding.space import EmbeddingSpace, Vectors
from models.errors import IndexMismatch, IndexUnavailable

FILE_NAME = "flat.faiss"
_ARRAY_AT_MOST = 50_000
"""Allowed rows up to which a list is walked; above it a bitmap is tested row by row."""
_SPARE = 16
"""Rows fetched beyond k in the first attempt, so that most ties at the boundary cost no second one."""


class FaissVectorIndex:
    """Every vector of one generation, compared by inner product."""

    def __init__(self, index: Any, space: EmbeddingSpace) -> None:
        self._index = index
        self._space = space

    @classmethod
    def build(cls, space: EmbeddingSpace, vectors: Vectors) -> Self:
        """Build in memory from float32 vectors of shape (n, dimension); n may be 0.

        Raises:
            IndexMismatch: the vectors have another dimension than ``space``.
            IndexUnavailable: a vector holds NaN or infinity.
        """
        if vectors.ndim != 2 or vectors.shape[1] != space.dimension:
            raise IndexMismatch("待入索引的向量维数与当前模型不一致，请运行 chadang index rebuild。")
        _refuse_not_finite(vectors)
        index = faiss.IndexFlatIP(space.dimension)
        if len(vectors):
            index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index, space)

    @classmethod
    def open(cls, folder: Path, space: EmbeddingSpace) -> Self:
        """Map the saved file into memory and probe its selectors before anybody is served.

        Raises:
            IndexMismatch: the file holds vectors of another dimension.
            IndexUnavailable: the file cannot be read, or the selectors let a forbidden row through.
        """
        try:
            index = faiss.read_index(str(folder / FILE_NAME), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise IndexUnavailable("向量索引文件无法读取，请运行 chadang index rebuild。") from error
        if index.d != space.dimension:
            raise IndexMismatch("向量索引的维数与当前模型不一致，请运行 chadang index rebuild。")
        opened = cls(index, space)
        opened.probe()
        return opened

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    @property
    def rows(self) -> int:
        return int(self._index.ntotal)

    def nearest(self, vector: Vectors, k: int, among: VisibleSet) -> list[Neighbour]:
        """Exact nearest rows inside ``among``; see the port."""
        self.check(vector, k, among)
        # The choice rests on the allowed count alone: a total would betray what is hidden.
        if among.count <= _ARRAY_AT_MOST:
            return self.best_of(vector, k, among.row_numbers)
        selector, keep_alive = bitmap_selector(among.allowed)
        found = self._best(vector, k, among.count, selector)
        del keep_alive
        return found

    def check(self, vector: Vectors, k: int, among: VisibleSet) -> None:
        """Raise what the port says unless the question fits this index."""
        if k < 1:
            raise ValueError("k must be at least 1")
        if among.allowed.size != self.rows:
            raise IndexUnavailable("可见范围与索引不是同一代，请稍后重试。")
        if vector.shape != (self._space.dimension,):
            raise IndexMismatch("查询向量的维数与索引不一致，请运行 chadang index rebuild。")
        _refuse_not_finite(vector)

    def best_of(self, vector: Vectors, k: int, row_numbers: NDArray[np.int64]) -> list[Neighbour]:
        """Return the nearest of some rows, best first, ties by row number; they must be allowed ones."""
        selector, keep_alive = array_selector(row_numbers)
        found = self._best(vector, k, row_numbers.size, selector)
        del keep_alive
        return found

    def _best(self, vector: Vectors, k: int, available: int, selector: Any) -> list[Neighbour]:
        if available == 0:
            return []
        rows, scores = self._until_the_score_changes(vector, min(k, available), available, selector)
        order = np.lexsort((rows, -scores))[:k]
        return [Neighbour(int(rows[i]), float(scores[i])) for i in order]

    def _until_the_score_changes(
        self,
        vector: Vectors,
        k: int,
        available: int,
        selector: Any,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the best k and every row that ties with the k-th.

        FAISS keeps an arbitrary one of equal rows. Only with all of them in hand can the tie be
        broken by row number.
        """
        # OpenMP keeps this setting per calling thread, and two threads a request were up to seven
        # times slower under contention.
        faiss.omp_set_num_threads(1)
        query = np.ascontiguousarray(vector, dtype=np.float32)[np.newaxis, :]
        fetch = min(k + _SPARE, available)
        while True:
            scores, rows = self._index.search(query, fetch, params=_searching_only(selector))
            found = rows[0] >= 0
            if fetch == available or scores[0, -1] < scores[0, k - 1]:
                return rows[0][found], scores[0][found]
            fetch = min(fetch * 4, available)

    def vectors_of(self, rows: NDArray[np.int64]) -> Vectors:
        """Return the stored vectors of some rows, float32, shape (len(rows), dimension)."""
        if rows.size == 0:
            return np.zeros((0, self._space.dimension), dtype=np.float32)
        vectors: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64))
        return vectors

    def save(self, folder: Path) -> list[Path]:
        """Write one file below ``folder``; never over one that may be mapped by a reader."""
        path = folder / FILE_NAME
        if path.exists():
            raise IndexUnavailable("索引目录中已有向量文件，不能覆盖，请写入新的目录。")
        faiss.write_index(self._index, str(path))
        return [path]

    def probe(self) -> None:
        """Raise IndexUnavailable if a forbidden row is found under a selector, or an allowed one missed."""

        def search(query: Vectors, fetch: int, selector: Any) -> NDArray[np.int64]:
            rows: NDArray[np.int64] = self._index.search(
                query[np.newaxis, :], fetch, params=_searching_only(selector)
            )[1][0]
            return rows

        probe(search, self.vectors_of, self.rows, (listed, bitmap_selector))


def _searching_only(selector: Any) -> Any:
    """Return search parameters that point to ``selector`` without keeping it alive."""
    parameters = faiss.SearchParameters()
    parameters.sel = selector
    return parameters


def _refuse_not_finite(vectors: Vectors) -> None:
    # A NaN compares false with everything: it would sort anywhere and break the ranking silently.
    if not np.isfinite(vectors).all():
        raise IndexUnavailable("向量中含有非数值，无法检索，请检查向量模型。")
