"""Lines and cells: how a line of a form or table falls into pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from models.privacy.labels import is_label as can_be_label
from models.privacy.labels import kin_words, label_kind, plain_label
from models.privacy.name_table import HAN, surname_length

Span = tuple[int, int]

MAX_LINE = 2000
_CELL_MARK = re.compile(r"[|\t│┃┊┆║¦｜]")
_RULE = re.compile(r"[\s|+\-=_─━—┄┌┬┐├┼┤└┴┘│┃┊┆║═:]+")
_WORD = re.compile(r"\S+")
# What stands between two blanks in a row.
_BETWEEN_WIDE_BLANKS = re.compile(r"\S+(?:(?!\s* {2})\s+\S+)*")
_SLASH = re.compile(r"/(?!/)")
_LEAST_SLASHES = 3
_LONGEST_SPREAD = 8
_HAN_LETTER = re.compile(f"[{HAN}]")
_PAGE_MARK = re.compile(
    r"[\s\-—\f]*(?:第\s*[0-9一二三四五六七八九十]+\s*页.{0,14}|共\s*\d+\s*页|[0-9]{1,3}\s*/\s*[0-9]{1,3}|-\s*\d+\s*-|\(?(?:续表|续上表|接上页|转下页|续前页|下接.{1,6}页|续)\)?|.{0,20}\(续\))[\s\-—]*"
)
_NO_GIVEN_NAME = frozenset("男女是否无有汉父母子妻夫兄弟姐妹年月日元岁个人次")


class Line(NamedTuple):
    """A line of normalised text with its cells as half-open spans.

    ``words`` are the cells without blanks, ``labels`` whether each can be a label.
    """

    text: str
    start: int
    end: int
    cells: tuple[Span, ...]
    barred: bool
    words: tuple[str, ...]
    labels: tuple[bool, ...]

    @property
    def is_header(self) -> bool:
        """Whether most cells are labels, two of them side by side: otherwise labels and values alternate."""
        count = sum(self.labels)
        if count < 2 or count * 10 < len(self.cells) * 6:
            return False
        beside = any(a and b for a, b in zip(self.labels, self.labels[1:], strict=False))
        return beside and any(map(label_kind, self.words))

    def value(self, index: int) -> str:
        start, end = self.cells[index]
        return self.text[start:end]


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines of ``text`` with anything on them, no ruled lines, page marks or lines too long."""
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if 0 < end - start <= MAX_LINE and not _says_nothing(text[start:end]):
            cells, barred = cells_of(text, start, end)
            if cells:
                yield _line(text, start, end, tuple(cells), barred=barred)
        start = end + 1


def _says_nothing(line: str) -> bool:
    """Whether a line is empty, a ruled line or the mark of a page."""
    if _RULE.fullmatch(line):
        return True
    marked = "页" in line or "续" in line or "/" in line or "-" in line
    return marked and _PAGE_MARK.fullmatch(line) is not None


def _line(text: str, start: int, end: int, cells: tuple[Span, ...], *, barred: bool) -> Line:
    words = tuple(["".join(text[a:b].split()).rstrip(":") for a, b in cells])
    return Line(text, start, end, cells, barred, words, tuple(map(can_be_label, words)))


def cells_of(text: str, start: int, end: int) -> tuple[list[Span], bool]:
    """Cut a line into cells at bars and tabs, else at wide blanks, else at single blanks; say if at bars."""
    line = text[start:end]
    if _CELL_MARK.search(line):
        cuts = [match.span() for match in _CELL_MARK.finditer(line)]
        spans = _between(text, start, line, cuts)
        # A bar may frame the line; a tab in front is an empty cell.
        framed = not line[: cuts[0][0]].strip() and line[cuts[0][0]] != "\t"
        spans = spans[1:] if framed else spans
        return (spans[:-1] if spans and spans[-1][0] == spans[-1][1] else spans), True
    if line.count("/") >= _LEAST_SLASHES:
        slashes = [match.span() for match in _SLASH.finditer(line)]
        if len(slashes) >= _LEAST_SLASHES:
            return _filled(text, start, line, slashes), False
    if "  " in line:
        spans = [match.span() for match in _BETWEEN_WIDE_BLANKS.finditer(text, start, end)]
        if len(spans) > 1:
            return _joined(text, spans), False
    if len(line.split()) == 1:
        return [_trim(text, start, end)], False
    spans = [match.span() for match in _WORD.finditer(text, start, end)]
    return _joined(text, spans), False


def finer_cells(line: Line) -> tuple[Span, ...]:
    """Return the cells of ``line`` cut at every blank, for rows in which wide and single blanks are mixed."""
    spans = [match.span() for match in _WORD.finditer(line.text, line.start, line.end)]
    return tuple(_joined(line.text, spans))


def _filled(text: str, start: int, line: str, cuts: list[Span]) -> list[Span]:
    return [span for span in _between(text, start, line, cuts) if span[0] < span[1]]


def _between(text: str, start: int, line: str, cuts: list[Span]) -> list[Span]:
    edges = [0, *(edge for cut in cuts for edge in cut), len(line)]
    return [_trim(text, start + a, start + b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _trim(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    bare = piece.strip()
    if len(bare) == end - start > 0:
        return start, end
    if not bare:
        return start, start
    first = start + len(piece) - len(piece.lstrip())
    return first, first + len(bare)


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """Join single characters that blanks keep apart: 姓 名, 出 生 年 月, 孙 红 梅."""
    if 1 not in [end - start for start, end in spans]:
        return spans
    joined: list[Span] = []
    i = 0
    while i < len(spans):
        size = _spread(text, spans, i)
        joined.append((spans[i][0], spans[i + size - 1][1]))
        i += size
    return joined


def _spread(text: str, spans: list[Span], first: int) -> int:
    """Return how many of ``spans`` from ``first`` on make one word, at least 1."""
    letters = ""
    for start, end in spans[first : first + _LONGEST_SPREAD]:
        if end - start != 1 or _HAN_LETTER.match(text, start) is None:
            break
        letters += text[start]
    for size in range(len(letters), 1, -1):
        if label_kind(plain_label(letters[:size])):
            return size
    for size in (3, 2):
        word = letters[:size]
        if size <= len(letters) and surname_length(word) and not _NO_GIVEN_NAME.intersection(word[1:]):
            return 1 if letters[0] in kin_words() else size
    return 1
