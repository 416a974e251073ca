"""Allow-lists of FAISS, and the probe that tells whether an index obeys them.

Only allow-lists: a selector that names what is hidden lets through what nobody mentioned. Every maker
returns the selector and the memory it points into, which must outlive it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from models.embedding.space import Vectors
from models.errors import IndexUnavailable

Search = Callable[[Vectors, int, Any], NDArray[np.int64]]
"""Query of shape (dimension,), number of rows, selector -> rows found, best first, -1 where none."""
_FETCH = 10


def array_selector(row_numbers: NDArray[np.int64]) -> tuple[Any, object]:
    """Return a list of rows to walk; for Flat alone, elsewhere it is looked through for every row."""
    rows = np.ascontiguousarray(row_numbers, dtype=np.int64)
    return faiss.IDSelectorArray(rows.size, faiss.swig_ptr(rows)), rows


def bitmap_selector(allowed: NDArray[np.bool_]) -> tuple[Any, object]:
    """Return a bit per row."""
    bits = np.packbits(allowed, bitorder="little")
    return faiss.IDSelectorBitmap(bits.size, faiss.swig_ptr(bits)), bits


def listed(allowed: NDArray[np.bool_]) -> tuple[Any, object]:
    """Return a list of the rows allowed; see `array_selector`."""
    return array_selector(np.flatnonzero(allowed))


def probe(
    search: Search,
    vectors_of: Callable[[NDArray[np.int64]], Vectors],
    rows: int,
    makers: Sequence[Callable[[NDArray[np.bool_]], tuple[Any, object]]],
) -> None:
    """Search the very object about to be served under allow-lists, and refuse it if one is not obeyed.

    Some FAISS index types return forbidden rows in spite of a selector, others run dry (seen in 1.15.1).
    A row is asked for that the allow-list leaves out, so a leak would come first; then lists of one row
    and of none.

    Raises:
        IndexUnavailable: a forbidden row was found, or too few allowed ones.
    """
    for asked in sorted({0, rows // 2, rows - 1}) if rows >= 2 else ():
        (query,) = vectors_of(np.array([asked]))
        for allowed in _without(asked, rows):
            for maker in makers:
                selector, keep_alive = maker(allowed)
                found = search(query, min(_FETCH, rows), selector)
                hits = found[found >= 0]
                if not allowed[hits].all() or hits.size != min(_FETCH, int(allowed.sum())):
                    raise IndexUnavailable("向量索引未通过可见范围自检，已停止使用，请联系系统管理员。")
                del keep_alive


def _without(asked: int, rows: int) -> list[NDArray[np.bool_]]:
    """Return allow-lists that leave a row out: a third of all rows, its neighbour alone, nothing."""
    numbers = np.arange(rows)
    return [numbers % 3 == (asked + 1) % 3, numbers == (asked + 1) % rows, np.zeros(rows, dtype=np.bool_)]
