"""The capability without which no operator of the index can be called."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class VisibleSet:
    """The rows of one generation that a principal may see for one purpose.

    ``allowed``: bool, shape (rows of the generation,). All False means nothing, never everything.
    """

    generation: str
    allowed: NDArray[np.bool_]
    row_numbers: NDArray[np.int64] = field(init=False, repr=False)
    """The allowed row numbers, ascending, int64."""

    def __post_init__(self) -> None:
        if self.allowed.dtype != np.bool_ or self.allowed.ndim != 1:
            raise ValueError("allowed must be a one-dimensional array of bool")
        object.__setattr__(self, "row_numbers", np.flatnonzero(self.allowed).astype(np.int64))

    @property
    def count(self) -> int:
        return int(self.row_numbers.size)
