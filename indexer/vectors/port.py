"""The vector index as the use cases see it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.access.visible import VisibleSet
from models.embedding.space import EmbeddingSpace, Vectors


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row and how well it matches: larger is better; comparable only within one list."""

    row_no: int
    score: float


class VectorIndex(Protocol):
    """Immutable, one per generation; row numbers are dense from 0 in the order of building."""

    @property
    def space(self) -> EmbeddingSpace: ...

    @property
    def rows(self) -> int: ...

    def nearest(self, vector: Vectors, k: int, among: VisibleSet) -> list[Neighbour]:
        """Return at most ``k`` neighbours out of ``among``, best first, ties by row number.

        ``among`` is applied inside the search. Filtering afterwards would return fewer than ``k``
        and let counts betray documents the reader may not see.

        Args:
            vector: shape (dimension,), float32, unit L2 norm.
            k: at least 1.
            among: rows the reader may see; empty means no neighbour.

        Raises:
            IndexUnavailable: ``among`` belongs to another generation size.
        """
        ...

    def save(self, folder: Path) -> list[Path]:
        """Write the index below ``folder`` and return the files written."""
        ...
