"""The checks over many documents: archive numbers in a row, texts that are nearly the same."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.archive import archive_no
from models.entry_audit.rules import EntryFinding, finding
from models.text.normalisation import normalise

_SHINGLE = 5
_HASHES, _BANDS = 128, 16
NEAR = 0.9
"""Least estimated Jaccard similarity of two texts that count as nearly the same."""
_PRIME = (1 << 61) - 1


def series(numbers: Mapping[str, str]) -> Iterator[tuple[str, EntryFinding]]:
    """Yield (document id, finding) for repeated archive numbers and gaps within a series.

    ``numbers``: document id to archive number; numbers of another form are left out. A gap is told at the
    document behind it.
    """
    by_number: dict[str, list[str]] = defaultdict(list)
    by_series: dict[tuple[object, ...], dict[int, str]] = defaultdict(dict)
    for doc_id, text in numbers.items():
        by_number[archive_no.canonical(text)].append(doc_id)
        try:
            parts = archive_no.parse(text)
        except ValueError:
            continue
        key = (parts.fonds, parts.category, parts.year, parts.retention, parts.class_code)
        by_series[key].setdefault(parts.item, doc_id)
    for same in by_number.values():
        for doc_id in same if len(same) > 1 else ():
            yield doc_id, finding("archive-no-repeated", count=len(same) - 1)
    for items in by_series.values():
        ordered = sorted(items)
        for before, after in pairwise(ordered):
            if after - before > 1:
                count = after - before - 1
                yield items[after], finding("archive-no-gap", first=before, last=after, count=count)


def near_duplicates(texts: Mapping[str, str]) -> Iterator[tuple[str, EntryFinding]]:
    """Yield (document id, finding) for every text that is nearly the same as an earlier one.

    MinHash over shingles of five characters with 16 bands of 8 rows (Broder 1997; Leskovec, Rajaraman and
    Ullman, Mining of Massive Datasets, §3.4): linear in the number of texts. Texts should be masked
    renditions, so that one form filled in for two people counts as what it is: two people's.
    """
    earlier: dict[tuple[int, bytes], list[str]] = defaultdict(list)
    signatures: dict[str, NDArray[np.uint64]] = {}
    for doc_id, text in texts.items():
        signature = _signature(text)
        if signature is None:
            continue
        rows = _HASHES // _BANDS
        bands = [(b, signature[b * rows : (b + 1) * rows].tobytes()) for b in range(_BANDS)]
        likely = {other for band in bands for other in earlier[band]}
        if any(float(np.mean(signatures[other] == signature)) >= NEAR for other in likely):
            yield doc_id, finding("near-duplicate")
        signatures[doc_id] = signature
        for band in bands:
            earlier[band].append(doc_id)


def _signature(text: str) -> NDArray[np.uint64] | None:
    plain = re.sub(r"\s", "", normalise(text))
    if len(plain) < 4 * _SHINGLE:
        return None
    shingles = {plain[i : i + _SHINGLE] for i in range(len(plain) - _SHINGLE + 1)}
    hashes = np.array([zlib.crc32(s.encode("utf-8", "surrogatepass")) for s in shingles], dtype=np.uint64)
    first, second = _factors()
    mixed = (hashes[:, None] * first + second) % np.uint64(_PRIME)
    lowest: NDArray[np.uint64] = mixed.min(axis=0)
    return lowest


def _factors() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    rng = np.random.default_rng(20261122)
    # Below 2**29, so that products with a 32-bit hash stay within 64 bits.
    return (
        rng.integers(1, 1 << 29, _HASHES, dtype=np.uint64),
        rng.integers(0, 1 << 60, _HASHES, dtype=np.uint64),
    )
