"""Columns that line up on a terminal, where a Chinese character is two cells wide."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import combining, east_asian_width

_GAP = "  "


def cells(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def lines_of_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table; the last column is not padded."""
    table = [header, *rows]
    widths = [max(cells(row[column]) for row in table) for column in range(len(header) - 1)]
    return [_GAP.join([*map(_padded, row, widths), row[-1]]).rstrip() for row in table]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))
