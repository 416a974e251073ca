"""Candidates out of coded vectors in lists (FAISS IVF over one byte a component).

Lists and codes come from a frozen partition, so each row lies where it lies and reads as it reads
whatever other rows there are. What is found are candidates: their exact order is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.vectors.faiss_selectors import bitmap_selector, probe
from indexer.vectors.probing import Lists, nearest_lists, promising_lists
from models.access.visible import VisibleSet
from models.embedding.partition import Partition
from models.embedding.space import Vectors
from models.errors import IndexUnavailable

_CANDIDATES = 4
_SPARE = 160
"""So many times k candidates and so many more, so that what an 8-bit code misjudges is among them: with 30
to spare, .97 of the right rows came back where many score nearly the same."""
_FIRST_SHARE = 50
"""The first look takes in one allowed row in so many, to know what a good score is."""
_BY_RESIDUAL = False
"""The vector itself is coded, not what the centroid leaves of it."""
_CODED_AT_ONCE = 65_536
_STORE_PAIRS = False
"""Row numbers come back, not places in lists."""


class FaissLists:
    """The coded vectors of one generation.

    ``list_of_row``: int16, shape (rows,).
    """

    def __init__(self, index: Any, list_of_row: NDArray[np.int16], partition: Partition) -> None:
        self._index = index
        self._list_of_row = list_of_row
        self._partition = partition

    @classmethod
    def build(cls, partition: Partition, vectors: Vectors, list_of_row: NDArray[np.int16]) -> Self:
        """Code float32 vectors of shape (n, dimension), n at least 1, into the lists given."""
        quantizer = faiss.IndexFlatL2(partition.dimension)
        strays = np.zeros((1, partition.dimension), dtype=np.float32)
        quantizer.add(np.concatenate([partition.centroids, strays]))
        index = faiss.IndexIVFScalarQuantizer(
            quantizer,
            partition.dimension,
            partition.lists,
            faiss.ScalarQuantizer.QT_8bit_direct,  # distances in whole numbers: twice as fast as decoding
            faiss.METRIC_L2,
            _BY_RESIDUAL,
        )
        index.is_trained = True  # by the partition: nothing is ever learnt from the rows
        lists = np.ascontiguousarray(list_of_row, dtype=np.int64)
        for first in range(0, len(vectors), _CODED_AT_ONCE):
            codes = np.ascontiguousarray(partition.coded(vectors[first : first + _CODED_AT_ONCE]))
            theirs = lists[first : first + len(codes)]
            index.add_core(len(codes), faiss.swig_ptr(codes), None, faiss.swig_ptr(theirs))
        return cls(index, list_of_row.astype(np.int16), partition)

    @classmethod
    def open(cls, folder: Path, partition: Partition) -> Self | None:
        """Map saved files into memory; None where none were saved for this very partition.

        Raises:
            IndexUnavailable: a file cannot be read.
        """
        coded, numbers = _paths(folder, partition)
        if not coded.exists():
            return None
        try:
            index = faiss.read_index(str(coded), faiss.IO_FLAG_MMAP_IFC)
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
        """Write two files named after the partition; never over ones that may be mapped by a reader."""
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
        themselves. Of rows whose codes score the same at the cut, all are returned.
        """
        wanted = _CANDIDATES * k + _SPARE
        similarities = self._partition.similarities(query)
        of_allowed = self._list_of_row[among.row_numbers]
        allowed_in = np.bincount(of_allowed, minlength=self._partition.lists)
        first = nearest_lists(similarities, allowed_in, max(wanted, among.count // _FIRST_SHARE))
        selector, keep_alive = bitmap_selector(among.allowed)
        scores, _ = self._scan(query, first, min(k, among.count), selector)
        reach = self._partition.reach(similarities)
        lists = promising_lists(first, reach, allowed_in, float(scores[-1]))
        found = self._until_the_score_changes(query, lists, wanted, int(allowed_in[lists].sum()), selector)
        del keep_alive
        return found

    def _until_the_score_changes(
        self, query: Vectors, lists: Lists, wanted: int, available: int, selector: Any
    ) -> NDArray[np.int64]:
        # One more than wanted shows whether the last one ties: FAISS keeps an arbitrary one of equal rows.
        fetch = min(wanted + 1, available)
        while True:
            scores, rows = self._scan(query, lists, fetch, selector)
            if fetch == available:
                found: NDArray[np.int64] = rows[rows >= 0]  # a row of -1 is no row, should one ever come
                return found
            if scores[-1] < scores[wanted - 1]:
                kept: NDArray[np.int64] = rows[scores >= scores[wanted - 1]]
                return kept
            fetch = min(fetch * 4, available)

    def _scan(
        self, query: Vectors, lists: Lists, fetch: int, selector: Any
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return scores and numbers of the best allowed rows of some lists, best first."""
        faiss.omp_set_num_threads(1)  # kept per calling thread
        asked = np.ascontiguousarray(self._partition.coded(query))[np.newaxis, :]
        keys = np.ascontiguousarray(lists, dtype=np.int64)
        unused = np.zeros(keys.size, dtype=np.float32)
        distances = np.empty(fetch, dtype=np.float32)
        rows = np.empty(fetch, dtype=np.int64)
        parameters = faiss.SearchParametersIVF()
        parameters.sel = selector
        parameters.nprobe = keys.size
        # The wrapper that takes arrays refuses parameters, so the pointers are handed over here.
        self._index.search_preassigned_c(
            1, faiss.swig_ptr(asked), fetch, faiss.swig_ptr(keys), faiss.swig_ptr(unused),
            faiss.swig_ptr(distances), faiss.swig_ptr(rows), _STORE_PAIRS, parameters,
        )  # fmt: skip
        # Of unit vectors, the squared distance is twice what the cosine lacks of 1.
        return 1.0 - distances / np.float32(2 * self._partition.steps**2), rows

    def probe(self, vectors_of: Callable[[NDArray[np.int64]], Vectors]) -> None:
        """Raise IndexUnavailable if a selector is not obeyed in a scan of all lists."""
        every_list = np.arange(self._partition.lists, dtype=np.int64)

        def search(query: Vectors, fetch: int, selector: Any) -> NDArray[np.int64]:
            return self._scan(query, every_list, fetch, selector)[1]

        probe(search, vectors_of, self._list_of_row.size, (bitmap_selector,))


def _paths(folder: Path, partition: Partition) -> tuple[Path, Path]:
    return folder / f"bytes-{partition.id}.faiss", folder / f"bytes-{partition.id}.npy"
