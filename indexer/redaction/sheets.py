"""Tables masked cell by cell: what a column holds decides over each of its cells."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from indexer.parsing.page_text import CELL_SEPARATOR, MAX_PAGE_ROWS
from models.privacy.detections import Detection, DetectionKind
from models.privacy.labels import label_kind
from models.privacy.masking import MaskingProfile, mask

Cells = Sequence[Sequence[str]]
Find = Callable[[Sequence[str]], Sequence[Sequence[Detection]]]
"""Detections of texts that are the pages of one document."""

COLUMN = "column"
"""Recognizer of cells hidden because their column holds such values."""
_COLUMN_SHARE, _COLUMN_VALUES = 0.5, 3
_COLUMN_SCORE = 0.7


@dataclass(frozen=True, slots=True)
class MaskedTable:
    """Rows as shown, and what was hidden by (row, column), both from 0; offsets are those of the cell."""

    rows: tuple[tuple[str, ...], ...]
    hidden: dict[tuple[int, int], tuple[Detection, ...]]


def masked_table(rows: Cells, find: Find, profile: MaskingProfile) -> MaskedTable:
    """Mask a table.

    The cells are read as text with the first row repeated over every page, so that headers stand over
    their values. Where half of a column's values (three at least) are of one kind, its other values,
    malformed or misspelt as they may be, are taken for that kind too; its headers stay.
    """
    hidden = _found(rows, find)
    for column, kind in _columns(rows, hidden).items():
        for row, cells in enumerate(rows):
            cell = cells[column] if column < len(cells) else ""
            if cell.strip() and (row, column) not in hidden and label_kind(cell) != kind:
                hidden[row, column] = (Detection(0, len(cell), kind, _COLUMN_SCORE, COLUMN, ("column",)),)
    shown = tuple(
        tuple(mask(cell, hidden.get((r, c), ()), profile).text for c, cell in enumerate(cells))
        for r, cells in enumerate(rows)
    )
    return MaskedTable(shown, hidden)


@dataclass(slots=True)
class _Sheet:
    """The text of one page and where each cell begins in it."""

    text: str = ""
    starts: list[int] = field(default_factory=list)
    cells: list[tuple[int, int]] = field(default_factory=list)

    def add(self, row: int, cells: Sequence[str]) -> None:
        for column, cell in enumerate(cells):
            self.starts.append(len(self.text))
            self.cells.append((row, column))
            # A line end within a cell would begin a row; a blank is one code point as well.
            self.text += cell.replace("\n", " ").replace("\r", " ")
            self.text += CELL_SEPARATOR if column < len(cells) - 1 else ""
        self.text += "\n"

    def at(self, start: int) -> int:
        return bisect_right(self.starts, start) - 1


def _sheets(rows: Cells) -> Iterator[_Sheet]:
    body = list(enumerate(rows))
    for first in range(1, max(2, len(body)), MAX_PAGE_ROWS):
        sheet = _Sheet()
        for row, cells in [*body[:1], *body[first : first + MAX_PAGE_ROWS]]:
            sheet.add(row, cells)
        yield sheet


def _found(rows: Cells, find: Find) -> dict[tuple[int, int], tuple[Detection, ...]]:
    sheets = list(_sheets(rows))
    hidden: dict[tuple[int, int], tuple[Detection, ...]] = {}
    for sheet, detections in zip(sheets, find([sheet.text for sheet in sheets]), strict=True):
        for detection in detections:
            for place, own in _by_cell(sheet, rows, detection):
                if own not in hidden.get(place, ()):
                    hidden[place] = (*hidden.get(place, ()), own)
    return hidden


def _by_cell(sheet: _Sheet, rows: Cells, detection: Detection) -> Iterator[tuple[tuple[int, int], Detection]]:
    """Yield what of a detection lies in each cell it touches."""
    for number in range(max(0, sheet.at(detection.start)), len(sheet.cells)):
        begin = sheet.starts[number]
        if begin >= detection.end:
            return
        row, column = sheet.cells[number]
        start = max(detection.start - begin, 0)
        end = min(detection.end - begin, len(rows[row][column]))
        if start < end:
            yield (row, column), replace(detection, start=start, end=end)


def _columns(rows: Cells, hidden: dict[tuple[int, int], tuple[Detection, ...]]) -> dict[int, DetectionKind]:
    """Return the kind of each column of which one is sure; cells wholly of a kind count."""
    filled = Counter(c for cells in rows[1:] for c, cell in enumerate(cells) if cell.strip())
    kinds: dict[int, Counter[DetectionKind]] = {}
    for (row, column), found in hidden.items():
        cell = rows[row][column]
        if row and len(found) == 1 and found[0].end - found[0].start >= len(cell.strip()):
            kinds.setdefault(column, Counter())[found[0].kind] += 1
    return {
        column: kind
        for column, counted in kinds.items()
        for kind, count in counted.most_common(1)
        if count >= max(_COLUMN_VALUES, filled[column] * _COLUMN_SHARE)
    }
