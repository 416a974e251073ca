"""Line after line into tables and forms: which header is open, and what waits for more lines."""

from __future__ import annotations

from collections.abc import Iterator

from models.privacy.grid import Line, Span, finer_cells
from models.privacy.labels import kin_words
from models.privacy.tables import MAX_VALUE, Cell, Header, Row, paired, row_under, stacked

_PROSE = 40


class Assembler:
    """Reads line after line and yields cells; remembers headers until prose or another header comes."""

    def __init__(self, header: Header = ()) -> None:
        self.headers: list[Header] = [header] if header else []
        self.rows: list[Row] = []
        self.loose: list[list[tuple[Span, ...]]] = []
        """Runs of lines of several cells under no header."""
        self._apart = True
        self._fresh = False
        self._labels: list[str] = []
        self._values: list[Span] = []
        self._text = ""

    def feed(self, line: Line) -> Iterator[Cell]:
        """Yield the cells that are certain once ``line`` is read."""
        self._text = line.text
        if len(line.cells) == 1:
            yield from self._single(line)
            return
        yield from self.flush()
        if line.is_header:
            self.headers = [*self.headers[-1:], line.words] if self._fresh else [line.words]
            self._fresh = True
            return
        self._fresh = False
        yield from self._record(line)

    def flush(self) -> Iterator[Cell]:
        """Yield what was waiting for more lines."""
        labels, values = tuple(self._labels), self._values
        self._labels, self._values = [], []
        if not labels and len(values) >= 2 and self.headers:
            labels = self.headers[-1]
        if labels and values:
            yield from sorted(stacked(labels, values, self._text), key=lambda cell: cell[1])

    def _single(self, line: Line) -> Iterator[Cell]:
        start, end = line.cells[0]
        if line.labels[0]:
            if self._values:
                yield from self.flush()
            self._labels.append(line.words[0])
        elif end - start <= MAX_VALUE and "。" not in (value := line.value(0)) and ":" not in value:
            self._values.append((start, end))
        else:
            yield from self.flush()
            if end - start > _PROSE:
                self.headers = []
            self._apart = True

    def _record(self, line: Line) -> Iterator[Cell]:
        made = [self._best(header, line) for header in self.headers]
        score, row = max(made, key=lambda pair: pair[0], default=(-1.0, None))
        whole = row is not None and len(row.header) == len(line.cells)
        if row is not None and (score > 0 or (whole and score == 0)):
            self.rows.append(row)
            self._apart = True
            yield from row.fields()
            return
        if self._apart:
            self.loose.append([])
        self._apart = False
        self.loose[-1].append(line.cells)
        if any(line.labels) or line.words[0] in kin_words():
            yield from paired(line)

    def _best(self, header: Header, line: Line) -> tuple[float, Row]:
        """Return the better of the rows that wide blanks and single blanks make."""
        made = row_under(header, line, line.cells)
        if line.barred or made[0] > 1:
            return made
        spans = finer_cells(line)
        return (
            made
            if spans == line.cells
            else max(made, row_under(header, line, spans), key=lambda pair: pair[0])
        )
