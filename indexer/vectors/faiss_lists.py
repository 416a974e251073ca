"""Candidates out of coded vectors in lists (FAISS IVF over half a byte a component).

Lists and codes come from a frozen partition, so each row lies where it lies and reads as it reads
whatever other rows there are. What is found are candidates: their exact order is decided elsewhere.
Codes lie in blocks that are compared at once, the hidden ones with them: a hidden row costs time there,
and has no say in what comes out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.vectors.faiss_blocks import fill, lists_without_rows
from indexer.vectors.faiss_selectors import bitmap_selector, probe
from indexer.vectors.probing import Lists, nearest_lists, promising_lists
from models.access.visible import VisibleSet
from models.embedding.partition import Partition
from models.embedding.space import Vectors
from models.errors import IndexUnavailable

_FETCH_MORE, _FETCH_SPARE = 4, 1960
"""So many times k rows and so many more are found: codes are coarse, and where many rows score nearly the
same the right ones lie far down."""
_MARGIN = 6.0
"""Of these, rows are candidates down to so many deviations of coding below the k-th score,"""
_KEEP_MORE, _KEPT_SPARE = 4, 160
"""but never fewer than so many times k and so many more."""
_FIRST_SHARE = 50
"""The first look takes in one allowed row in so many, to know what a good score is."""
_RESERVOIR = 13
"""The way of scanning (FAISS, IndexIVFFastScan): one for any number of rows, so that it is the one probed."""
_STORE_PAIRS = False
"""Row numbers come back, not places in lists."""


class FaissLists:
    """The coded vectors of one generation.

    ``list_of_row``: int16, shape (rows,).
    """

    def __init__(self, index: Any, list_of_row: NDArray[np.int16], partition: Partition) -> None:
        index.implem = _RESERVOIR
        self._index = index
        self._list_of_row = list_of_row
        self._partition = partition

    @classmethod
    def build(cls, partition: Partition, vectors: Vectors, list_of_row: NDArray[np.int16]) -> Self:
        """Code float32 vectors of shape (n, dimension), n at least 1, into the lists given."""
        index = lists_without_rows(partition)
        fill(index, partition, vectors, list_of_row)
        return cls(index, list_of_row.astype(np.int16), partition)

    @classmethod
    def open(cls, folder: Path, partition: Partition) -> Self | None:
        """Read saved files; None where none were saved for this very partition.

        Raises:
            IndexUnavailable: a file cannot be read.
        """
        coded, numbers = _paths(folder, partition)
        if not coded.exists():
            return None
        try:
            index = faiss.read_index(str(coded))
            list_of_row = np.load(numbers, allow_pickle=False)
        except (RuntimeError, OSError, ValueError) as error:
            raise IndexUnavailable("向量索引文件无法读取，请运行 chadang index rebuild。") from error
        return cls(index, list_of_row, partition)

    @property
    def list_of_row(self) -> NDArray[np.int16]:
        return self._list_of_row

    @property
    def partition(self) -> Partition:
        return self._partition

    def save(self, folder: Path) -> list[Path]:
        """Write two files named after the partition; never over ones that may be in use."""
        coded, numbers = _paths(folder, self._partition)
        if coded.exists() or numbers.exists():
            raise IndexUnavailable("索引目录中已有向量文件，不能覆盖，请写入新的目录。")
        faiss.write_index(self._index, str(coded))
        np.save(numbers, np.ascontiguousarray(self._list_of_row), allow_pickle=False)
        return [coded, numbers]

    def candidates(self, query: Vectors, k: int, among: VisibleSet) -> NDArray[np.int64]:
        """Return allowed rows that are the ``k`` nearest and some more, at least ``k`` if there are.

        A first look into the nearest lists tells which score the k-th row has at least; then every list
        is looked into whose vectors may do better. Filters against the question widen the second look by
        themselves. Of rows whose codes score the same at the cut, all are returned or none.
        """
        margin = _MARGIN * self._partition.coarseness
        similarities = self._partition.similarities(query)
        allowed_in = np.bincount(self._list_of_row[among.row_numbers], minlength=self._partition.lists)
        first = nearest_lists(similarities, allowed_in, max(k, among.count // _FIRST_SHARE))
        selector, keep_alive = bitmap_selector(among.allowed)
        scores, _ = self._scan(query, first, min(k, among.count), selector)
        reach = self._partition.reach(similarities)
        lists = promising_lists(first, reach, allowed_in, float(scores[-1]) - margin)
        scores, rows = self._until_k_are_better(query, lists, k, int(allowed_in[lists].sum()), selector)
        del keep_alive
        least = _KEEP_MORE * k + _KEPT_SPARE
        if rows.size > least:
            rows = rows[scores >= min(scores[k - 1] - margin, scores[least - 1])]
        return rows

    def _until_k_are_better(
        self, query: Vectors, lists: Lists, k: int, available: int, selector: Any
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return many of the best rows, best first, without those that tie with the last.

        FAISS keeps an arbitrary one of equal rows, so only those better than the last are known to be
        complete.
        """
        fetch = min(_FETCH_MORE * k + _FETCH_SPARE, available)
        while True:
            scores, rows = self._scan(query, lists, fetch, selector)
            kept = rows >= 0  # a row of -1 is no row, should one ever come
            if fetch < available:
                kept &= scores > scores[-1]
            if fetch == available or kept.sum() >= k:
                return scores[kept], rows[kept]
            fetch = min(fetch * _FETCH_MORE, available)

    def _scan(
        self, query: Vectors, lists: Lists, fetch: int, selector: Any
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return scores and numbers of the best allowed rows of some lists, best first."""
        faiss.omp_set_num_threads(1)  # kept per calling thread
        asked = np.ascontiguousarray(query, dtype=np.float32)[np.newaxis, :]
        keys = np.ascontiguousarray(lists, dtype=np.int64)
        unused = np.zeros(keys.size, dtype=np.float32)
        scores = np.empty(fetch, dtype=np.float32)
        rows = np.empty(fetch, dtype=np.int64)
        parameters = faiss.SearchParametersIVF()
        parameters.sel = selector
        parameters.nprobe = keys.size
        # The wrapper that takes arrays refuses parameters, so the pointers are handed over here.
        self._index.search_preassigned_c(
            1, faiss.swig_ptr(asked), fetch, faiss.swig_ptr(keys), faiss.swig_ptr(unused),
            faiss.swig_ptr(scores), faiss.swig_ptr(rows), _STORE_PAIRS, parameters,
        )  # fmt: skip
        return scores, rows

    def probe(self, vectors_of: Callable[[NDArray[np.int64]], Vectors]) -> None:
        """Raise IndexUnavailable if a selector is not obeyed in a scan of all lists."""
        every_list = np.arange(self._partition.lists, dtype=np.int64)

        def search(query: Vectors, fetch: int, selector: Any) -> NDArray[np.int64]:
            return self._scan(query, every_list, fetch, selector)[1]

        probe(search, vectors_of, self._list_of_row.size, (bitmap_selector,))


def _paths(folder: Path, partition: Partition) -> tuple[Path, Path]:
    return folder / f"halves-{partition.id}.faiss", folder / f"halves-{partition.id}.npy"
