"""Lines and cells: how a line of a form or table falls into pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from models.privacy.labels import is_label as can_be_label
from models.privacy.labels import kin_words, label_kind, plain_label
from models.privacy.name_table import HAN, surname_length

Span = tuple[int, int]

MAX_LINE = 2000
_CELL_MARK = re.compile(r"\||\t|│|┃|┊|┆|║|¦|｜")
_RULE = re.compile(r"[\s|+\-=_─━—┄┌┬┐├┼┤└┴┘│┃┊┆║═:]+")
_WIDE_BLANK = re.compile(r" {2,}")
_BLANK = re.compile(r"\s+")
_SLASH = re.compile(r"/(?!/)")
_LEAST_SLASHES = 3
_PAGE_MARK = re.compile(
    r"[\s\-—\f]*(?:第\s*[0-9一二三四五六七八九十]+\s*页.{0,14}|共\s*\d+\s*页|[0-9]{1,3}\s*/\s*[0-9]{1,3}|-\s*\d+\s*-|\(?(?:续表|续上表|接上页|转下页|续前页|下接.{1,6}页|续)\)?|.{0,20}\(续\))[\s\-—]*"
)
_NO_GIVEN_NAME = frozenset("男女是否无有汉父母子妻夫兄弟姐妹年月日元岁个人次")


@dataclass(frozen=True)
class Line:
    """A line of normalised text with its cells as half-open spans; ``words`` are the cells without blanks."""

    text: str
    start: int
    end: int
    cells: tuple[Span, ...]
    barred: bool

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple("".join(self.text[a:b].split()).rstrip(":") for a, b in self.cells)

    @cached_property
    def labels(self) -> tuple[bool, ...]:
        return tuple(can_be_label(word) for word in self.words)

    @property
    def is_header(self) -> bool:
        """Whether most cells are labels, two of them side by side: otherwise labels and values alternate."""
        count = sum(self.labels)
        beside = any(a and b for a, b in zip(self.labels, self.labels[1:], strict=False))
        known = sum(bool(label_kind(word)) for word in self.words)
        return count >= 2 and known >= 1 and beside and count * 10 >= len(self.cells) * 6

    def value(self, index: int) -> str:
        start, end = self.cells[index]
        return self.text[start:end]


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines of ``text`` with anything on them; ruled lines and page marks are left out."""
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if start < end:
            line = text[start:end]
            if end - start > MAX_LINE:
                yield Line(text, start, end, ((start, end),), barred=False)
            elif line.strip() and not _RULE.fullmatch(line) and not _PAGE_MARK.fullmatch(line):
                cells, barred = cells_of(text, start, end)
                if cells:
                    yield Line(text, start, end, tuple(cells), barred)
        start = end + 1


def cells_of(text: str, start: int, end: int) -> tuple[list[Span], bool]:
    """Cut a line into cells at bars and tabs, else at wide blanks, else at single blanks; say if at bars."""
    line = text[start:end]
    cuts = [match.span() for match in _CELL_MARK.finditer(line)]
    if cuts:
        spans = _between(text, start, line, cuts)
        # A bar may frame the line; a tab in front is an empty cell.
        framed = not line[: cuts[0][0]].strip() and line[cuts[0][0]] != "\t"
        spans = spans[1:] if framed else spans
        return (spans[:-1] if spans and spans[-1][0] == spans[-1][1] else spans), True
    if len(slashes := [match.span() for match in _SLASH.finditer(line)]) >= _LEAST_SLASHES:
        return [span for span in _between(text, start, line, slashes) if span[0] < span[1]], False
    for mark in (_WIDE_BLANK, _BLANK):
        cuts = [match.span() for match in mark.finditer(line)]
        spans = [span for span in _between(text, start, line, cuts) if span[0] < span[1]]
        if len(spans) > 1:
            return _joined(text, spans), False
    return spans, False


def finer(line: Line) -> Line:
    """Return ``line`` cut at every blank, for rows in which wide and single blanks are mixed."""
    if line.barred:
        return line
    text = line.text[line.start : line.end]
    cuts = [match.span() for match in _BLANK.finditer(text)]
    spans = [span for span in _between(line.text, line.start, text, cuts) if span[0] < span[1]]
    return Line(line.text, line.start, line.end, tuple(_joined(line.text, spans)), barred=False)


def _between(text: str, start: int, line: str, cuts: list[Span]) -> list[Span]:
    edges = [0, *(edge for cut in cuts for edge in cut), len(line)]
    return [_trim(text, start + a, start + b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _trim(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return (start + left, start + len(piece.rstrip())) if piece.strip() else (start, start)


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """Join single characters that blanks keep apart: 姓 名, 出 生 年 月, 孙 红 梅."""
    joined: list[Span] = []
    i = 0
    while i < len(spans):
        size = _spread(text, spans[i : i + 8])
        joined.append((spans[i][0], spans[i + size - 1][1]))
        i += size
    return joined


def _spread(text: str, spans: list[Span]) -> int:
    """Return how many of ``spans`` make one word, at least 1."""
    single = 0
    for start, end in spans:
        if end - start != 1 or re.fullmatch(f"[{HAN}]", text[start]) is None:
            break
        single += 1
    letters = [text[start] for start, _ in spans]
    for size in range(single, 1, -1):
        if label_kind(plain_label("".join(letters[:size]))):
            return size
    for size in (3, 2):
        word = "".join(letters[:size])
        if size <= single and surname_length(word) and not set(word[1:]) & _NO_GIVEN_NAME:
            return 1 if letters[0] in kin_words() else size
    return 1
