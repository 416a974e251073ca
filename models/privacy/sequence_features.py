"""What the sequence model reads: characters, pairs, word tags, labels of fields; one row a character."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.privacy.lac import WordTags
from models.privacy.layout import Reading

PAIRS = 16_384
LABELS = 256
NOTHING, UNKNOWN = 0, 1
"""Character numbers: behind the end of a text, and characters that are not in the vocabulary."""
_FIRST = 2
_BASIC_PLANE = 0x10000

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Features:
    """Four rows of numbers, int64 (characters,): each below its own limit."""

    characters: Numbers
    pairs: Numbers
    words: Numbers
    labels: Numbers

    def part(self, start: int, end: int) -> Features:
        return Features(
            self.characters[start:end], self.pairs[start:end], self.words[start:end], self.labels[start:end]
        )


class Alphabet:
    """The characters that have a number of their own; all others share `UNKNOWN`."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        self.size = _FIRST + len(characters)
        self._numbers = np.full(_BASIC_PLANE, UNKNOWN, dtype=np.int64)
        codes = np.array([ord(c) for c in characters], dtype=np.int64)
        self._numbers[codes] = np.arange(_FIRST, self.size)

    def features(self, reading: Reading, words: WordTags) -> Features:
        """Return the features of a reading; ``words`` has one tag for each of its characters."""
        codes = _codes(reading.text)
        numbers = np.where(codes < _BASIC_PLANE, self._numbers[np.minimum(codes, _BASIC_PLANE - 1)], UNKNOWN)
        behind = np.append(codes[1:], 0)
        pairs = 1 + (codes * 31_337 + behind * 7_919) % (PAIRS - 1)
        return Features(numbers, pairs, words.astype(np.int64), _labels(reading, len(codes)))


def joined(parts: Sequence[Features]) -> Features:
    """Return the features of texts one behind another."""
    return Features(
        np.concatenate([p.characters for p in parts]),
        np.concatenate([p.pairs for p in parts]),
        np.concatenate([p.words for p in parts]),
        np.concatenate([p.labels for p in parts]),
    )


def _codes(text: str) -> Numbers:
    """Return the code points; half of a surrogate pair is one as well."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)


def _labels(reading: Reading, length: int) -> Numbers:
    """Return a number for the label a character stands under, by the label's last two characters."""
    numbers = np.zeros(length, dtype=np.int64)
    for field in reading.fields:
        label = field.label[-2:].encode("utf-8", "surrogatepass")
        numbers[field.start : field.end] = 1 + zlib.crc32(label) % (LABELS - 1)
    return numbers
