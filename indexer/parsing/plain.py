"""Text and CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from indexer.parsing.charset import decode
from indexer.parsing.limits import Budget
from indexer.parsing.page_text import cleaned, paged, paged_rows, row_text

DELIMITERS = ",\t;|，"
_SNIFFED_LINES = 20


def text_pages(data: bytes, budget: Budget) -> Iterator[str]:
    """Yield the pages of a text file; see ``page_text.paged``."""
    text = cleaned(decode(data).text)
    budget.take_characters(len(text))
    yield from paged(text)


def csv_pages(data: bytes, budget: Budget) -> Iterator[str]:
    """Yield the pages of a CSV file as table text; what is no table after all is read as text."""
    text = cleaned(decode(data).text).replace("\f", "\n")
    budget.take_characters(len(text))
    cells = csv_cells(text)
    if cells is None:
        yield from paged(text)
        return
    yield from paged_rows(row for row in map(row_text, cells) if row)


def csv_cells(text: str) -> list[list[str]] | None:
    """Return the cells of a table in text; None where it is no table after all."""
    delimiter = delimiter_of(text)
    if delimiter is None:
        return None
    try:
        return list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error:  # a cell beyond the library's field limit: an unclosed quote, mostly
        return None


def delimiter_of(text: str) -> str | None:
    """Return the character that splits the first lines into equally many cells, at least two."""
    lines = [line for line in text[:65536].splitlines()[:_SNIFFED_LINES] if line.strip()]
    best, widest = None, 1
    for delimiter in DELIMITERS:
        widths = _widths(lines, delimiter)
        usual = max(set(widths), key=widths.count, default=1)
        if usual > widest and widths.count(usual) * 2 > len(widths):
            best, widest = delimiter, usual
    return best


def looks_tabular(text: str) -> bool:
    """Tell whether an unnamed text is a table: at least two lines, all equally wide."""
    lines = [line for line in text.splitlines()[:_SNIFFED_LINES] if line.strip()]
    if len(lines) < 2:
        return False
    # A full-width comma is ordinary prose; it separates cells only where the name says CSV.
    return any(len(set(w)) == 1 and w[0] > 2 for d in ",\t;|" if (w := _widths(lines, d)))


def _widths(lines: list[str], delimiter: str) -> list[int]:
    try:
        return [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return []
