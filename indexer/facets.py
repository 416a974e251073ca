"""Counts over a visible set: how many documents there are, by insurance, material, year and region.

Nothing but the visible set is counted, so what lies outside it moves no figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.indexing import ServedIndex
from models.access.facts import Coded
from models.access.visible import VisibleSet

_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class FacetCount:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Each column most frequent first, at most 50 values, ties by value; unknown values are left out.

    ``total``: documents of the visible set that match the filters, whether or not they match the words.
    """

    total: int = 0
    insurance_types: tuple[FacetCount, ...] = ()
    material_types: tuple[FacetCount, ...] = ()
    years: tuple[FacetCount, ...] = ()
    regions: tuple[FacetCount, ...] = ()


def facets_of(served: ServedIndex, among: VisibleSet) -> Facets:
    """Count the documents of a visible set."""
    docs: NDArray[np.int32] = np.unique(served.doc_of_row[among.row_numbers])
    facts = served.facts
    years = Counter(str(year) for year in facts.year[docs].tolist() if year > 0)
    return Facets(
        total=int(docs.size),
        insurance_types=_counted(_words(facts.insurance_types, docs, split=True)),
        material_types=_counted(_words(facts.material_type, docs)),
        years=_counted(years),
        regions=_counted(_words(facts.region, docs)),
    )


def _words(column: Coded, docs: NDArray[np.int32], *, split: bool = False) -> Counter[str]:
    counted: Counter[str] = Counter()
    codes, numbers = np.unique(column.codes[docs], return_counts=True)
    for code, number in zip(codes.tolist(), numbers.tolist(), strict=True):
        word = column.words[code]
        for part in word.split("、") if split else (word,):
            if part:
                counted[part] += number
    return counted


def _counted(counts: Counter[str]) -> tuple[FacetCount, ...]:
    ordered: Iterable[tuple[str, int]] = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(FacetCount(value, count) for value, count in list(ordered)[:_AT_MOST])
