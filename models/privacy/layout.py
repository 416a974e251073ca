"""Forms and tables in plain text: which label or column header a value stands under."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.text.normalisation import normalise

Span = tuple[int, int]

WINDOW = 16
_STOP = re.compile(r"[。;!?\n]")
_CELL_MARK = re.compile(r"\||\t|│|┃|¦")
_WIDE_BLANK = re.compile(r" {2,}")
_BLANK = re.compile(r"\s+")
_MAX_LINE = 2000
_MAX_LABEL = 14
_LABEL_END = re.compile(
    r"(?:姓\s*名|名|人|员|号码?|证|电话|手机|方式|住址|地址|日期|时间|年月|性别|民族|单位|关系|备注|类别|类型|编号"
    r"|金额|序号|账户|配偶|父亲|母亲|诊断|病情|职务|年龄|籍贯|学历|开户行|银行|字|长)(?:\([^()]{0,10}\))?"
)
_LABELLED = re.compile(
    r"(?:^|(?<=[\s|,;。(]))((?:[一-鿿][ ]{0,4}){1,12}(?:\([^()\n]{0,10}\))?) {0,2}: {0,3}(?=\S)"
)


@dataclass(frozen=True, slots=True)
class Field:
    """A value under a label: half-open span of the value, blanks trimmed; ``label`` without blanks."""

    label: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """A text as the recognizers see it: normalised, with its fields and what the name model said.

    ``names`` and ``places`` are spans of persons and of places or organisations; empty without a model.
    """

    text: str
    fields: tuple[Field, ...]
    names: tuple[Span, ...] = ()
    places: tuple[Span, ...] = ()

    @cached_property
    def _starts(self) -> list[int]:
        return [field.start for field in self.fields]

    @cached_property
    def _name_ends(self) -> dict[int, int]:
        return dict(self.names)

    def name_at(self, start: int) -> int | None:
        """Return where the name ends that the model tagged from ``start`` on."""
        return self._name_ends.get(start)

    def field_at(self, position: int) -> Field | None:
        """Return the table cell or form value that covers ``position``."""
        i = bisect_right(self._starts, position) - 1
        if i >= 0 and position < self.fields[i].end:
            return self.fields[i]
        return None

    def context(self, start: int, window: int = WINDOW) -> str:
        """Return the label of the cell and up to ``window`` characters before ``start``, same sentence."""
        field = self.field_at(start)
        first = max(0, start - window)
        if field is not None and field.start >= first:
            return f"{field.label}:{self.text[field.start : start]}"
        before = self.text[first:start]
        stops = list(_STOP.finditer(before))
        before = before[stops[-1].end() :] if stops else before
        return before if field is None else f"{field.label}:{before}"


def read(text: str, names: Sequence[Span] = (), places: Sequence[Span] = ()) -> Reading:
    """Return ``text`` normalised and laid out; offsets stay those of ``text``."""
    plain = normalise(text)
    return Reading(plain, tuple(_fields(plain)), tuple(names), tuple(places))


def is_label(cell: str) -> bool:
    """Whether a cell can be a label or column header: short, Chinese, ends like one."""
    word = _BLANK.sub("", cell).rstrip(":")
    return 2 <= len(word) <= _MAX_LABEL and not any(c.isdigit() for c in word) and _ends_like_label(word)


def _ends_like_label(word: str) -> bool:
    return any(match.end() == len(word) for match in _LABEL_END.finditer(word))


def _lines(text: str) -> Iterator[Span]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _cells(text: str, start: int, end: int) -> list[Span]:
    """Cut a line into cells at bars and tabs, else at wide blanks, else at single blanks."""
    line = text[start:end]
    for mark in (_CELL_MARK, _WIDE_BLANK, _BLANK):
        cuts = [match.span() for match in mark.finditer(line)]
        if not cuts:
            continue
        edges = [0, *(edge for cut in cuts for edge in cut), len(line)]
        spans = [_trim(text, start + a, start + b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
        if mark is _CELL_MARK:
            inner = slice(1 if not line[: cuts[0][0]].strip() else 0, None)
            spans = spans[inner]
            return spans[:-1] if spans and spans[-1][0] == spans[-1][1] else spans
        return [span for span in spans if span[0] < span[1]]
    return [_trim(text, start, end)]


def _trim(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return (start + left, start + len(piece.rstrip())) if piece.strip() else (start, start)


def _fields(text: str) -> Iterator[Field]:
    """Yield the fields of tables, alternating rows and label-above-value lines, in text order."""
    header: list[str] = []
    label_above = ""
    for start, end in _lines(text):
        if end - start > _MAX_LINE or start == end:
            header, label_above = (header, label_above) if start == end else ([], "")
            continue
        cells = _cells(text, start, end)
        words = [_BLANK.sub("", text[a:b]).rstrip(":") for a, b in cells]
        labels = [is_label(word) for word in words]
        if len(cells) >= 2 and sum(labels) >= max(2, len(cells) - 1):
            header, label_above = words, ""
        elif len(cells) >= 2 and header and abs(len(cells) - len(header)) <= (0 if len(header) < 4 else 1):
            yield from _row(header, cells)
        elif len(cells) >= 2 and labels[0]:
            header = []
            yield from _pairs(words, labels, cells)
        elif len(cells) == 1 and labels[0]:
            header, label_above = [], words[0]
            continue
        elif len(cells) == 1 and label_above and cells[0][0] < cells[0][1] <= cells[0][0] + 60:
            yield Field(label_above, *cells[0])
        else:
            header = [] if len(cells) == 1 else header
        label_above = ""


def _row(header: Sequence[str], cells: Sequence[Span]) -> Iterator[Field]:
    for label, (start, end) in zip(header, cells, strict=False):
        if start < end:
            yield Field(label, start, end)


def _pairs(words: Sequence[str], labels: Sequence[bool], cells: Sequence[Span]) -> Iterator[Field]:
    """Yield the values of a row that alternates label and value (姓名 | 张三 | 性别 | 男)."""
    for i in range(1, len(cells)):
        start, end = cells[i]
        if labels[i - 1] and not labels[i] and start < end:
            yield Field(words[i - 1], start, end)


def labelled(text: str) -> Iterator[tuple[str, int]]:
    """Yield (label without blanks, start of the value) for each 标签：值 of normalised ``text``."""
    for match in _LABELLED.finditer(text):
        yield _BLANK.sub("", match[1]), match.end()
