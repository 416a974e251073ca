"""Text shared by all parsers: cleaning, cutting into pages, table rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

MAX_PAGE_CHARACTERS = 20_000
MAX_PAGE_ROWS = 200
LEAST_CHARACTERS = 16
"""A page number and a scanner's watermark are fewer: with less, pictures are read by OCR."""
CELL_SEPARATOR = " | "

# C0 and C1 controls but for tab, newline and form feed; surrogates and noncharacters, which the
# store and JSON refuse. NEL (U+0085) and the Unicode line separators count as line ends.
_LINE_ENDS = re.compile("\r\n?|[\x0b\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NOT_CHARACTERS = re.compile("[\ud800-\udfff\ufffe\uffff]")
_EXCEL_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)


def cleaned(text: str) -> str:
    """Return text with line ends as \\n, control characters as spaces, no lone surrogates."""
    text = _LINE_ENDS.sub("\n", text)
    return _NOT_CHARACTERS.sub("\ufffd", _UNPRINTABLE.sub(" ", text))


def paged(text: str) -> Iterator[str]:
    """Cut text at form feeds, then after line ends into pieces of at most MAX_PAGE_CHARACTERS.

    The pieces joined are the text without its form feeds. A line longer than a page is cut in it.
    """
    for sheet in text.split("\f"):
        yield from _pieces_of(sheet)


def _pieces_of(sheet: str) -> Iterator[str]:
    start = 0
    while len(sheet) - start > MAX_PAGE_CHARACTERS:
        limit = start + MAX_PAGE_CHARACTERS
        line_end = sheet.rfind("\n", start, limit)
        end = limit if line_end < 0 else line_end + 1
        yield sheet[start:end]
        start = end
    yield sheet[start:]


def cell_text(value: str) -> str:
    """Return a table cell on one line; ``="0012"`` (a spreadsheet's way to keep zeros) unwrapped."""
    flat = " ".join(cleaned(value).split())
    quoted = _EXCEL_TEXT.match(flat)
    return quoted.group(1) if quoted else flat


def row_text(cells: Iterable[str]) -> str:
    """Return one row as ``a | b | c``; empty cells at the end dropped, an empty row is ``""``."""
    flat = [cell_text(cell) for cell in cells]
    while flat and not flat[-1]:
        flat.pop()
    return CELL_SEPARATOR.join(flat)


def paged_rows(rows: Iterable[str], *, heading: Sequence[str] = ()) -> Iterator[str]:
    """Cut table rows into pages, each beginning with ``heading`` and the header row.

    A page ends after MAX_PAGE_ROWS rows or before MAX_PAGE_CHARACTERS, whichever is first. The
    first row given is the header. No row, no page.
    """
    remaining = iter(rows)
    header = next(remaining, None)
    if header is None:
        return
    opening = [*heading, header]
    if sum(len(line) + 1 for line in opening) > MAX_PAGE_CHARACTERS // 2:
        opening = []  # a header that would fill every page is an ordinary row
        page = [*heading, header]
    else:
        page = list(opening)
    length, count = sum(len(line) + 1 for line in page), 0
    for row in remaining:
        if count and (count >= MAX_PAGE_ROWS or length + len(row) > MAX_PAGE_CHARACTERS):
            yield from _pieces_of("\n".join(page))
            page = list(opening)
            length, count = sum(len(line) + 1 for line in page), 0
        page.append(row)
        length += len(row) + 1
        count += 1
    yield from _pieces_of("\n".join(page))
