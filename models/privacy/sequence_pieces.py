"""Words and parts of words for the sequence model: the longest known piece first, a long number as one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

NOTHING, UNKNOWN, START = 0, 1, 2
"""Piece numbers: none, a character in no piece, and what stands before every window."""
FIRST = 3
RULES = "_-.=*~…·•─━═—/#+"
SHORTEST_RUN, LONGEST_RUN = 5, 19
"""Runs of digits from the one length on are one piece, named by their length up to the other."""
_RUN = re.compile(rf"[0-9]{{{SHORTEST_RUN},}}|  +|([{re.escape(RULES)}])\1\1+")

Numbers = npt.NDArray[np.int64]


def run_pieces() -> list[str]:
    """Return the names of runs: digits by length, blanks, every ruling mark twice."""
    return [*(_digits(n) for n in range(SHORTEST_RUN, LONGEST_RUN + 1)), "  ", *(mark * 2 for mark in RULES)]


def _digits(length: int) -> str:
    return f"\\d{min(length, LONGEST_RUN)}"


class Pieces:
    """A vocabulary; the number of a piece is `FIRST` and its place in it."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = tuple(pieces)
        self.size = FIRST + len(self.pieces)
        self._numbers = {piece: FIRST + place for place, piece in enumerate(self.pieces)}
        self._reach: dict[str, int] = {}  # of the longest piece that begins with a pair of characters
        for piece in self.pieces:
            if len(piece) > 1:
                self._reach[piece[:2]] = max(len(piece), self._reach.get(piece[:2], 2))

    def numbers(self, text: str) -> Numbers:
        """Return int64 (characters,): the number of a piece where it begins, `NOTHING` elsewhere."""
        numbers: list[int] = []
        lengths: list[int] = []
        last = 0
        for run in _RUN.finditer(text):
            self._cut(text, last, run.start(), numbers, lengths)
            found = run[0]
            name = _digits(len(found)) if found[0].isdigit() else found[:2]
            numbers.append(self._numbers.get(name, UNKNOWN))
            lengths.append(len(found))
            last = run.end()
        self._cut(text, last, len(text), numbers, lengths)
        row = np.zeros(len(text), dtype=np.int64)
        if numbers:
            row[[0, *accumulate(lengths[:-1])]] = numbers
        return row

    def _cut(self, text: str, start: int, end: int, numbers: list[int], lengths: list[int]) -> None:
        # Most pairs of characters begin no piece: one look at the pair spares those at all lengths.
        number_of, reach_of = self._numbers.get, self._reach.get
        while start < end:
            size = min(reach_of(text[start : start + 2], 1), end - start)
            while (number := number_of(text[start : start + size])) is None and size > 1:
                size -= 1
            numbers.append(UNKNOWN if number is None else number)
            lengths.append(size)
            start += size
