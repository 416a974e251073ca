"""Character n-grams of a text as a sparse TF-IDF row, without any library."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from models.text.normalisation import normalise

SHORTEST, LONGEST = 1, 4
_PLACEHOLDER = re.compile(r"〔[^〔〕]{1,12}〕")
_DIGITS = re.compile(r"\d+")
_BLANKS = re.compile(r"\s+")
_HIDDEN, _NUMBER = "〇", "0"

Sparse = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Column numbers, ascending, and their values; both of shape (k,)."""


def plain(text: str) -> str:
    """Return ``text`` as n-grams see it: lower case, every placeholder 〇, every number 0, blanks single.

    No number and no hidden value can enter a vocabulary made from it.
    """
    hidden = _PLACEHOLDER.sub(_HIDDEN, normalise(text))
    return _BLANKS.sub(" ", _DIGITS.sub(_NUMBER, hidden)).strip().lower()


def ngrams(plain_text: str) -> Iterator[str]:
    """Yield every run of 1 to 4 characters, repeats included."""
    for length in range(SHORTEST, LONGEST + 1):
        for start in range(len(plain_text) - length + 1):
            yield plain_text[start : start + length]


@dataclass(frozen=True, slots=True)
class NgramSpace:
    """A vocabulary, n-gram to column, and inverse document frequencies, float32 (columns,)."""

    columns: Mapping[str, int]
    idf: NDArray[np.float32]

    def counts(self, text: str) -> dict[str, int]:
        """Return how often each known n-gram occurs in ``text``."""
        known = self.columns
        return dict(Counter(gram for gram in ngrams(plain(text)) if gram in known))

    def row(self, text: str) -> Sparse:
        """Return the row of ``text``: (1 + ln tf) · idf, unit L2 norm; empty if nothing is known."""
        found = sorted((self.columns[gram], count) for gram, count in self.counts(text).items())
        where = np.array([column for column, _ in found], dtype=np.int64)
        damped = np.array([1.0 + log(count) for _, count in found], dtype=np.float32)
        values = damped * self.idf[where]
        norm = float(np.linalg.norm(values))
        return where, values / np.float32(norm or 1.0)
