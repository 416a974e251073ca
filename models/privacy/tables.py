"""Tables and forms out of lines: every value under its header or label, whatever the order they come in.

Read are: header and rows (bars, tabs, aligned or single blanks; rows continued, split over two lines, short
of a cell, behind a page break or a remark), two-line headers, rows of label and values, label above value,
all labels and then all values, and one column after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from models.privacy.grid import Line, Span
from models.privacy.labels import fit, kin_words, label_kind

Header = tuple[str, ...]
Cell = tuple[str, int, int]
"""Label, start, end."""

MAX_VALUE = 60
"""Most characters of a value that stands in a line by itself."""
_MISSING = -0.3


@dataclass(frozen=True, slots=True)
class Row:
    """A record of a table: the header it stands under and the span of each cell, None where there is none."""

    header: Header
    cells: tuple[Span | None, ...]

    def fields(self) -> Iterator[Cell]:
        for label, span in zip(self.header, self.cells, strict=True):
            if span is not None and span[0] < span[1]:
                yield label, *span


def row_under(header: Header, line: Line, spans: tuple[Span, ...]) -> tuple[float, Row]:
    """Return how well the cells ``spans`` of ``line`` suit ``header`` and the row that they make.

    The first is the mean per cell, below 0 not at all.
    """
    kinds = _kinds(header)
    values = [line.text[a:b] for a, b in spans]
    if len(values) == len(header):
        score = sum([fit(k, v) if v else 0.0 for k, v in zip(kinds, values, strict=True)])
        if score >= 0 or line.barred:
            return score / len(values), Row(header, spans)
    score, places = _alignment(kinds, values)
    cells = tuple([None if place is None else spans[place] for place in places])
    return score / len(values), Row(header, cells)


@lru_cache(1024)
def _kinds(header: Header) -> tuple[str, ...]:
    return tuple(map(label_kind, header))


def _alignment(kinds: Sequence[str], values: Sequence[str]) -> tuple[float, list[int | None]]:
    """Lay ``values`` under ``kinds`` in order, some of either left out, by what the values look like."""
    rows, columns = len(kinds), len(values)
    fits = {kind: [fit(kind, value) + 0.1 for value in values] for kind in set(kinds)}
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        fitting, here, below = fits[kinds[i]], best[i], best[i + 1]
        for j in range(columns - 1, -1, -1):
            pair = fitting[j] + below[j + 1]
            here[j] = max(pair, below[j] + _MISSING * 0.5, here[j + 1] + _MISSING)
    places: list[int | None] = []
    j = 0
    for i in range(rows):
        while j < columns and best[i][j] == best[i][j + 1] + _MISSING:
            j += 1
        if j < columns and best[i][j] == fits[kinds[i]][j] + best[i + 1][j + 1]:
            places.append(j)
            j += 1
        else:
            places.append(None)
    return best[0][0], places


def paired(line: Line) -> Iterator[Cell]:
    """Yield the values of a line of labels and values (姓名 | 张三 | 性别 | 男; 姓名 | 张三 | 李四)."""
    i = 0
    kin = line.words[0] in kin_words()
    while i < len(line.cells):
        last = i + 1
        while last < len(line.cells) and not line.labels[last]:
            last += 1
        if line.labels[i] or (i == 0 and kin):
            yield from _values(line, "姓名" if i == 0 and kin else line.words[i], range(i + 1, last))
        i = max(last, i + 1)


def _values(line: Line, label: str, places: range) -> Iterator[Cell]:
    """Yield each value that suits the label for itself; others join the first (an address with blanks)."""
    filled = [i for i in places if line.cells[i][0] < line.cells[i][1]]
    if not filled:
        return
    kind = label_kind(label)
    good = [i for i in filled if fit(kind, line.value(i)) > 0]
    if kind and kind != "ADDRESS" and filled[0] in good:
        yield from ((label, *line.cells[i]) for i in good)
    elif line.barred:
        yield label, *line.cells[filled[0]]
    else:
        yield label, line.cells[filled[0]][0], line.cells[filled[-1]][1]


def stacked(labels: Header, values: Sequence[Span], text: str) -> Iterator[Cell]:
    """Yield the values that stand below one another after ``labels``: row by row or column by column."""
    words = [text[a:b] for a, b in values]
    kinds = [label_kind(label) for label in labels]
    if len(labels) == 1:
        yield from _under_one(labels[0], kinds[0], values, words)
        return
    by_row = [i % len(kinds) for i in range(len(words))]
    size, rest = divmod(len(words), len(kinds))
    by_column = [min(i // size, len(kinds) - 1) for i in range(len(words))] if size and not rest else by_row
    orders = [by_column, by_row] if _mean(kinds, words, by_column) > _mean(kinds, words, by_row) else [by_row]
    if rest == 0 and _mean(kinds, words, orders[0]) > 0:
        yield from ((labels[c], *span) for c, span in zip(orders[0], values, strict=True))
        return
    first = 0
    while first < len(words):
        score, places = _alignment(kinds, words[first : first + len(kinds)])
        used = [place for place in places if place is not None]
        if score <= 0 or not used:
            return
        for column, place in enumerate(places):
            if place is not None:
                yield labels[column], *values[first + place]
        first += max(used) + 1


def _under_one(label: str, kind: str, values: Sequence[Span], words: Sequence[str]) -> Iterator[Cell]:
    for i, (word, span) in enumerate(zip(words, values, strict=True)):
        if len(word) > MAX_VALUE or (i > 0 and fit(kind, word) <= 0):
            return
        yield label, *span


def _mean(kinds: Sequence[str], words: Sequence[str], order: Sequence[int]) -> float:
    return sum(fit(kinds[c], w) for c, w in zip(order, words, strict=True)) / max(1, len(words))
