"""What the sequence model reads: characters, pairs, word tags, labels, pieces; one column a character."""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.privacy.lac import WordTags
from models.privacy.layout import Reading
from models.privacy.sequence_pieces import NOTHING, START, UNKNOWN, Pieces
from models.text.segmentation import sentences

PAIRS = 16_384
LABELS = 256
ROWS = 5
"""Rows of `Vocabulary.rows`: characters, pairs, words, labels, pieces."""
CHARACTERS, PAIR_HASHES, WORDS, FIELD_LABELS, PIECES = range(ROWS)
_FIRST = 2
_BASIC_PLANE = 0x10000

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PieceRows:
    """The pieces of one window behind `START`: number and label of each, and for each character its piece."""

    pieces: Numbers
    labels: Numbers
    piece_of: Numbers


class Vocabulary:
    """The characters and pieces that have a number of their own; others share `UNKNOWN`."""

    def __init__(self, characters: str, pieces: Sequence[str]) -> None:
        self.characters = characters
        self.size = _FIRST + len(characters)
        self.pieces = Pieces(pieces)
        self._numbers = np.full(_BASIC_PLANE, UNKNOWN, dtype=np.int64)
        codes = np.array([ord(c) for c in characters], dtype=np.int64)
        self._numbers[codes] = np.arange(_FIRST, self.size)

    def rows(self, reading: Reading, words: WordTags, start: int = 0, end: int | None = None) -> Numbers:
        """Return int64 (`ROWS`, characters) for a stretch of a reading.

        ``words`` has one tag for each character of the whole reading.
        """
        end = len(reading.text) if end is None else end
        text = reading.text[start:end]
        codes = _codes(text)
        numbers = np.where(codes < _BASIC_PLANE, self._numbers[np.minimum(codes, _BASIC_PLANE - 1)], UNKNOWN)
        behind = np.append(codes[1:], 0)
        pairs = 1 + (codes * 31_337 + behind * 7_919) % (PAIRS - 1)
        labels = _labels(reading, start, end)
        return np.stack(
            [numbers, pairs, words[start:end].astype(np.int64), labels, self.pieces.numbers(text)]
        )


def piece_rows(rows: Numbers) -> PieceRows:
    """Return the pieces of a window of `Vocabulary.rows`; the rest of one cut at its front is `START`."""
    begins = rows[PIECES] != NOTHING
    return PieceRows(
        np.concatenate(([START], rows[PIECES][begins])),
        np.concatenate(([0], rows[FIELD_LABELS][begins])),
        np.cumsum(begins),
    )


def stretches(text: str, longest: int) -> Iterator[tuple[int, int]]:
    """Yield half-open spans of at most ``longest`` characters that cover ``text``, sentences kept whole."""
    start = last = 0
    for _, end in sentences(text, longest):
        if end - start > longest:
            yield start, last
            start = last
        last = end
    if last > start:
        yield start, last


def _codes(text: str) -> Numbers:
    """Return the code points; half of a surrogate pair is one as well."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)


def _labels(reading: Reading, start: int, end: int) -> Numbers:
    """Return a number for the label a character stands under, by the label's last two characters."""
    numbers = np.zeros(end - start, dtype=np.int64)
    fields = reading.fields
    first = max(0, bisect_right(fields, start, key=lambda field: field.start) - 1)
    for field in fields[first : bisect_left(fields, end, key=lambda field: field.start)]:
        label = field.label[-2:].encode("utf-8", "surrogatepass")
        numbers[max(0, field.start - start) : max(0, field.end - start)] = 1 + zlib.crc32(label) % (
            LABELS - 1
        )
    return numbers
