"""The lexical index as the use cases see it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from indexer.vectors.port import Neighbour
from models.access.visible import VisibleSet


class LexicalIndex(Protocol):
    """Character bigrams and words over masked text, one per generation."""

    @property
    def rows(self) -> int: ...

    @property
    def segmentation(self) -> str:
        """Name and version of segmenter and frozen statistics, recorded in the manifest."""
        ...

    def search(self, query: str, k: int, among: VisibleSet) -> list[Neighbour]:
        """Return at most ``k`` rows out of ``among``, best first, ties by row number.

        Scores depend on the query, the row and frozen statistics only, never on other rows. Any
        string is a valid query; a row without a term of it is no hit.

        Args:
            query: masked text, no syntax.
            k: at least 1.
            among: rows the reader may see; empty means no hit.

        Raises:
            IndexUnavailable: ``among`` belongs to another generation size.
        """
        ...

    def best_possible(self, query: str) -> float:
        """Return the score no row can exceed for this query, at least 0; no row is looked at."""
        ...

    def save(self, folder: Path) -> list[Path]:
        """Write the index below ``folder`` and return the files written."""
        ...


class LexicalIndexBuilder(Protocol):
    """Writes a lexical index into an empty folder."""

    def __call__(self, texts: Sequence[str], folder: Path) -> LexicalIndex: ...
