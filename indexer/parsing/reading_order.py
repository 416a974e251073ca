"""Boxes of recognised text into lines a person would read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from indexer.parsing.ocr import Corners, PlacedText

_SAME_ROW_OVERLAP = 0.5
_NOWHERE: Corners = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))


@dataclass(frozen=True, slots=True)
class TextBox:
    """One stretch of text on a page; pixels, y downwards.

    ``top`` and ``bottom`` are those of its left edge, ``slope`` is dy/dx of its top edge.
    """

    text: str
    confidence: float
    left: float
    right: float
    top: float
    bottom: float
    slope: float = 0.0
    corners: Corners = _NOWHERE
    characters: tuple[Corners, ...] = ()


def placed(boxes: Sequence[TextBox]) -> tuple[str, tuple[PlacedText, ...]]:
    """Return the boxes' text, rows on lines and a blank between boxes, and where each box stands in it."""
    places: list[PlacedText] = []
    lines: list[str] = []
    at = 0
    for row in rows_of(boxes):
        for box in row:
            end = at + len(box.text)
            places.append(PlacedText(at, end, box.corners, box.confidence, box.characters))
            at = end + 1  # a blank, or the line end
        lines.append(" ".join(box.text for box in row))
    return "\n".join(lines), tuple(places)


def rows_of(boxes: Sequence[TextBox]) -> Iterator[list[TextBox]]:
    """Yield rows top to bottom, the boxes of one left to right.

    A slightly tilted scan is levelled first. Boxes share a row when they overlap by half of the
    smaller height, so that a label and its value stay on one line; columns of prose do too.
    """
    rows: list[list[TextBox]] = []
    for box in sorted(_levelled(boxes), key=lambda b: (b.top + b.bottom, b.left)):
        if rows and _same_row(rows[-1], box):
            rows[-1].append(box)
        else:
            rows.append([box])
    return (sorted(row, key=lambda b: b.left) for row in rows)


def mean_confidence(boxes: Sequence[TextBox]) -> float:
    """Return the mean confidence weighted by text length, 0.0 for no boxes."""
    length = sum(len(box.text) for box in boxes)
    if not length:
        return 0.0
    mean = sum(box.confidence * len(box.text) for box in boxes) / length
    return min(1.0, max(0.0, mean))


def _levelled(boxes: Sequence[TextBox]) -> list[TextBox]:
    wide = [b.slope for b in boxes if b.right - b.left > 4 * (b.bottom - b.top)]
    tilt = median(wide) if wide else 0.0
    return [replace(b, top=b.top - tilt * b.left, bottom=b.bottom - tilt * b.left) for b in boxes]


def _same_row(row: Sequence[TextBox], box: TextBox) -> bool:
    top, bottom = median(b.top for b in row), median(b.bottom for b in row)
    overlap = min(bottom, box.bottom) - max(top, box.top)
    smaller = min(bottom - top, box.bottom - box.top)
    return overlap >= _SAME_ROW_OVERLAP * smaller
