"""Text under construction that remembers which stretches are personal data."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from models.privacy.detections import DetectionKind

Piece = tuple[str, DetectionKind | None]
"""A stretch of text and what kind of personal data it is, None for ordinary text."""

Span = tuple[int, int, DetectionKind]
"""Code points ``start``–``end`` (half-open) of a page, and the kind."""

Pieces = tuple[Piece, ...]

_SLOT = re.compile(r"\{([^{}]+)\}")


@cache
def _euphemisms() -> tuple[tuple[str, str], ...]:
    text = (files("training.synthetic") / "vocabulary" / "unnamed.toml").read_text("utf-8")
    return tuple((row[0], row[1]) for row in tomllib.loads(text)["say"])


def unnamed(text: str) -> str:
    """Return ``text`` with the names of insurances said around, so that no keyword gives them away."""
    for word, instead in _euphemisms():
        text = text.replace(word, instead)
    return text


@lru_cache(maxsize=20_000)
def parsed(template: str, say_around: bool) -> tuple[tuple[str, bool], ...]:
    """Cut a template into (text, is a slot) parts; literals are said around where asked for."""
    parts: list[tuple[str, bool]] = []
    last = 0
    for match in _SLOT.finditer(template):
        parts.append((template[last : match.start()], False))
        parts.append((match.group(1), True))
        last = match.end()
    parts.append((template[last:], False))
    return tuple((unnamed(t) if say_around and not slot else t, slot) for t, slot in parts if t)


def plain(text: str) -> Pieces:
    return ((text, None),)


def text_of(pieces: Iterable[Piece]) -> str:
    return "".join(text for text, _ in pieces)


def spans_of(pieces: Iterable[Piece]) -> tuple[Span, ...]:
    """Return the spans of the joined text, in order."""
    spans: list[Span] = []
    at = 0
    for text, kind in pieces:
        if kind is not None:
            spans.append((at, at + len(text), kind))
        at += len(text)
    return tuple(spans)


def lines(*rows: Pieces) -> Pieces:
    """Join rows with line ends."""
    joined: list[Piece] = []
    for i, row in enumerate(rows):
        if i:
            joined.append(("\n", None))
        joined.extend(row)
    return tuple(joined)


def width(text: str) -> int:
    """Return columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table(rows: Sequence[Sequence[Pieces]], style: str) -> Pieces:
    """Lay cells out as a table: ``pipe`` (| a | b |), ``tab``, or ``aligned`` with blanks."""
    widths = [max(width(text_of(row[i])) for row in rows if i < len(row)) for i in range(max(map(len, rows)))]
    return lines(*(_row(row, style, widths) for row in rows))


def _row(cells: Sequence[Pieces], style: str, widths: Sequence[int]) -> Pieces:
    out: list[Piece] = [("| ", None)] if style == "pipe" else []
    for i, cell in enumerate(cells):
        if i:
            out.append(({"pipe": " | ", "tab": "\t", "aligned": "  "}[style], None))
        out.extend(cell)
        if style == "aligned" and i < len(cells) - 1:
            out.append((" " * (widths[i] - width(text_of(cell))), None))
    if style == "pipe":
        out.append((" |", None))
    return tuple(out)
