"""Pictures in which only what was read, and found free of personal data, can be seen.

Blacking out what was detected is not enough: hand-writing, seals and signatures that no engine reads would
stay. So a copy starts from white paper; recognised lines are laid on it, hidden stretches in them black, and
everything else that was inked is a grey patch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import dist

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.parsing.ocr import Corners, PlacedText

Picture = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Spans = Sequence[tuple[int, int]]

SHOWN_FROM = 0.75
"""Least confidence of a line that may be seen: print that reads worse may hold misread, unfound data."""
_GREY = 205
_INK_WINDOW_PIXELS, _INK_CONTRAST = 51, 18
_GATHER_PIXELS = 15
_SPECK_PIXELS = 120
_RULE_PIXELS = 90
_EDGE_PIXELS = 2
_MARGIN = 0.35
"""Of a line's height, on either side of a hidden stretch: a character's place is known to about that."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """Hidden spans of a text, and where the stretches of that text are."""

    places: tuple[PlacedText, ...]
    hidden: Spans


def cleared(image: Picture, readings: Sequence[Stretches]) -> Picture:
    """Return a copy of ``image``; the first reading says what may be seen, all of them what may not.

    ``image`` has shape (height, width, 3), RGB; places are pixels of it.
    """
    height, width = image.shape[:2]
    shown: Mask = np.zeros((height, width), np.uint8)
    for place in readings[0].places:
        if place.confidence >= SHOWN_FROM:
            _fill(shown, place.corners)
    copy = np.full_like(image, 255)
    copy[_patches(image, shown) > 0] = _GREY
    copy[shown > 0] = image[shown > 0]
    black: Mask = np.zeros((height, width), np.uint8)
    for reading in readings:
        for corners in _hidden_places(reading):
            _fill(black, corners)
    copy[black > 0] = 0
    return copy


def _hidden_places(reading: Stretches) -> Iterable[Corners]:
    for start, end in reading.hidden:
        for place in reading.places:
            first, last = max(start, place.start), min(end, place.end)
            if first < last:
                yield _place_of(place, first - place.start, last - place.start)


def _place_of(place: PlacedText, start: int, end: int) -> Corners:
    """Return where characters ``start``–``end`` of a stretch are; the whole of it where that is unknown."""
    if not place.characters:
        return place.corners
    points = [point for character in place.characters[start:end] for point in character]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    a, b, _, d = place.corners
    along, across = dist(a, b), dist(a, d)
    margin = _MARGIN * min(along, across)
    beside, above = (margin, _EDGE_PIXELS) if along >= across else (_EDGE_PIXELS, margin)
    left, right = min(xs) - beside, max(xs) + beside
    top, bottom = min(ys) - above, max(ys) + above
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _fill(mask: Mask, corners: Corners) -> None:
    cv2.fillConvexPoly(mask, np.rint(np.array(corners)).astype(np.int32), 255)


def _patches(image: Picture, shown: Mask) -> Mask:
    """Return where something is drawn that may not be seen: whole rectangles, no stroke can be read."""
    greys = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    ink = cv2.adaptiveThreshold(
        greys, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _INK_WINDOW_PIXELS, _INK_CONTRAST
    )
    ink[cv2.dilate(shown, np.ones((5, 5), np.uint8)) > 0] = 0
    ink = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    ink = _without_rules(ink)
    gathered = cv2.dilate(ink, np.ones((_GATHER_PIXELS, _GATHER_PIXELS), np.uint8))
    _, _, found, _ = cv2.connectedComponentsWithStats(gathered)
    patches: Mask = np.zeros_like(shown)
    for left, top, wide, high, _ in found[1:]:
        if cv2.countNonZero(ink[top : top + high, left : left + wide]) >= _SPECK_PIXELS:
            patches[top : top + high, left : left + wide] = 255
    return patches


def _without_rules(ink: Mask) -> Mask:
    """Return the ink without the long straight lines of forms, which would join everything into one patch."""
    lines = np.zeros_like(ink)
    for shape in ((1, _RULE_PIXELS), (_RULE_PIXELS, 1)):
        found = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        lines |= cv2.dilate(found, np.ones((3, 3), np.uint8))
    rest: Mask = np.where(lines > 0, 0, ink).astype(np.uint8)
    return rest
