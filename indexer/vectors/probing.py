"""Which lists of a partition a question has to look into.

Decided from the question, frozen numbers and allowed rows alone. A list without an allowed row is never
looked into, and how many rows a list holds in all has no say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Lists = NDArray[np.int64]
"""List numbers, int64, no repeats."""


def nearest_lists(similarities: NDArray[np.float32], allowed_in: NDArray[np.int64], at_least: int) -> Lists:
    """Return the nearest lists that hold ``at_least`` allowed rows together, or all that hold any.

    Args:
        similarities: of the question and each centroid, shape (lists,).
        allowed_in: allowed rows of each list, shape (lists,).
        at_least: at least 1.

    Returns:
        nearest first, ties by list number; nobody starves: too few rows means that there are no more.
    """
    order = np.argsort(-similarities, kind="stable")
    order = order[allowed_in[order] > 0]
    enough = int(np.searchsorted(np.cumsum(allowed_in[order]), at_least)) + 1
    return order[:enough]


def promising_lists(
    taken: Lists, reach: NDArray[np.float32], allowed_in: NDArray[np.int64], least: float
) -> Lists:
    """Return ``taken`` and every list with an allowed row that may hold a score above ``least``."""
    wanted = (reach > least) & (allowed_in > 0)
    wanted[taken] = True
    return np.flatnonzero(wanted).astype(np.int64)
