"""Pages of text set on A4 sheets: what stands where, for any backend that can draw. Units are points."""

from __future__ import annotations

from dataclasses import dataclass, field

from training.synthetic.blocks import Table, blocks_of
from training.synthetic.markup import width

A4 = (595.0, 842.0)
_MARGIN = 54.0
_BODY = 12.0
_PAD = 3.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A run of text; (x, y) is the left end of its top edge, y counted downwards."""

    x: float
    y: float
    size: float
    text: str


@dataclass(slots=True)
class Sheet:
    """One sheet under construction; ``rules`` are (x0, y0, x1, y1)."""

    size: tuple[float, float]
    marks: list[Mark] = field(default_factory=list)
    rules: list[tuple[float, float, float, float]] = field(default_factory=list)


def typeset(page: str, *, title: str | None = None) -> list[Sheet]:
    """Set one page of text on as many sheets as it needs; a first line equal to ``title`` is set larger."""
    blocks = blocks_of(page)
    wide = any(isinstance(b, Table) and max(map(len, b.rows)) > 6 for b in blocks)
    setter = _Setter((A4[1], A4[0]) if wide else A4)
    for i, block in enumerate(blocks):
        if isinstance(block, Table):
            setter.table(block)
        elif i == 0 and title is not None and block.text and len(block.text) <= 26:
            setter.heading(block.text)
        else:
            setter.line(block.text)
    return setter.sheets


def wrapped(text: str, columns: int) -> list[str]:
    """Break ``text`` into lines of at most ``columns`` half-width columns; at least one line."""
    out, line, used = [], "", 0
    for character in text:
        need = width(character)
        if used + need > columns and line:
            out.append(line)
            line, used = "", 0
        line += character
        used += need
    return [*out, line]


class _Setter:
    def __init__(self, size: tuple[float, float]) -> None:
        self._size = size
        self._y = _MARGIN
        self.sheets = [Sheet(size)]

    def _need(self, height: float) -> Sheet:
        if self._y + height > self._size[1] - _MARGIN:
            self.sheets.append(Sheet(self._size))
            self._y = _MARGIN
        return self.sheets[-1]

    def heading(self, text: str) -> None:
        size = 16.0
        left = (self._size[0] - width(text) * size / 2) / 2
        self._need(size).marks.append(Mark(max(_MARGIN, left), self._y, size, text))
        self._y += size * 2

    def line(self, text: str) -> None:
        columns = int((self._size[0] - 2 * _MARGIN) / (_BODY / 2)) - 2
        for part in wrapped(text, columns):
            sheet = self._need(_BODY)
            if part.strip():
                sheet.marks.append(Mark(_MARGIN, self._y, _BODY, part))
            self._y += _BODY * 1.6

    def table(self, table: Table) -> None:
        count = max(map(len, table.rows))
        size = _BODY if count <= 4 else 9.0
        widths = self._column_widths(table, count, size)
        for row in table.rows:
            self._row(row, widths, size)
        self._y += size

    def _column_widths(self, table: Table, count: int, size: float) -> list[float]:
        wanted = [
            max((width(row[i]) for row in table.rows if i < len(row)), default=2) * size / 2 * 1.1
            + 3 * _PAD
            + size / 2
            for i in range(count)
        ]
        room = self._size[0] - 2 * _MARGIN
        if sum(wanted) <= room:
            return wanted
        fair = room / count
        spare = sum(fair - w for w in wanted if w < fair)
        excess = sum(w - fair for w in wanted if w > fair)
        return [w if w < fair else fair + spare * (w - fair) / excess for w in wanted]

    def _row(self, row: tuple[str, ...], widths: list[float], size: float) -> None:
        parts = [
            wrapped(cell, max(2, int((w - 2 * _PAD) / (size / 2)) - 1))
            for cell, w in zip(row, widths, strict=False)
        ]
        height = max(map(len, parts)) * size * 1.35 + 2 * _PAD
        sheet, x = self._need(height), _MARGIN
        for w, lines in zip(widths, parts, strict=False):
            sheet.rules += _box(x, self._y, x + w, self._y + height)
            for n, text in enumerate(lines):
                if text:
                    sheet.marks.append(Mark(x + _PAD, self._y + _PAD + n * size * 1.35, size, text))
            x += w
        self._y += height


def _box(x0: float, y0: float, x1: float, y1: float) -> list[tuple[float, float, float, float]]:
    return [(x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)]
