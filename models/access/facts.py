"""What the policy may know of a document, one at a time and in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.archive.documents import DocumentState
from models.archive.levels import AccessLevel, Line


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """The attributes visibility and filters are decided by; ``year`` is None where unknown.

    ``case_key``: keyed hash of the number of the case it was made in, '' where it names none.
    """

    doc_id: str
    lines: frozenset[Line]
    region: str
    access_level: AccessLevel
    state: DocumentState
    insurance_types: tuple[str, ...]
    material_type: str | None
    year: int | None
    case_key: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column of repeated words: ``words[codes[i]]`` is the word of row i."""

    words: tuple[str, ...]
    codes: NDArray[np.int32]

    @classmethod
    def of(cls, values: Sequence[str]) -> Coded:
        words = tuple(dict.fromkeys(values))
        position = {word: number for number, word in enumerate(words)}
        return cls(words, np.fromiter((position[v] for v in values), dtype=np.int32, count=len(values)))

    def where(self, wanted: Sequence[bool]) -> NDArray[np.bool_]:
        """Return the rows whose word is wanted; ``wanted`` is aligned with ``words``."""
        if not self.words:
            return np.zeros(0, dtype=np.bool_)
        chosen: NDArray[np.bool_] = np.asarray(wanted, dtype=np.bool_)[self.codes]
        return chosen


@dataclass(frozen=True, slots=True, eq=False)
class FactsTable:
    """Facts of n documents in columns, each of length n, in the order given."""

    size: int
    lines: Coded
    region: Coded
    access_level: NDArray[np.int8]
    state: Coded
    insurance_types: Coded
    material_type: Coded
    year: NDArray[np.int16]
    case_key: Coded
    row_of: Mapping[str, int]
    """Document id to row."""

    @classmethod
    def of(cls, rows: Sequence[DocumentFacts]) -> FactsTable:
        """Build the columns; an unknown year is 0, sets are joined by 、 in a fixed order."""
        return cls(
            size=len(rows),
            lines=Coded.of(["、".join(sorted(r.lines)) for r in rows]),
            region=Coded.of([r.region for r in rows]),
            access_level=np.array([int(r.access_level) for r in rows], dtype=np.int8),
            state=Coded.of([r.state.value for r in rows]),
            insurance_types=Coded.of(["、".join(r.insurance_types) for r in rows]),
            material_type=Coded.of([r.material_type or "" for r in rows]),
            year=np.array([r.year or 0 for r in rows], dtype=np.int16),
            case_key=Coded.of([r.case_key for r in rows]),
            row_of={r.doc_id: number for number, r in enumerate(rows)},
        )
