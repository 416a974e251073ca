"""Pages to chunks: stretches short enough to embed well, cut where the text pauses.

Chunks of a page follow each other without gap or overlap, so they join back to the page, and no
cut falls inside a detection, so that a chunk's rendition hides what the page's rendition hides.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Sequence

from models.privacy.detections import Detection

TARGET_CHARACTERS = 200
"""Preferred length: 512-character chunks embed five times slower than 180-character ones."""
MAX_CHARACTERS = 320

_PAUSE = re.compile(r"[。！？；!?;]+[”’」』）)]*|\n+")
_SOFT_PAUSE = re.compile(r"[，、,：:\s|]")


def chunk_spans(
    text: str,
    detections: Sequence[Detection] = (),
    *,
    target: int = TARGET_CHARACTERS,
    limit: int = MAX_CHARACTERS,
) -> list[tuple[int, int]]:
    """Return half-open spans of code points that cover ``text`` in order.

    A span is at most ``limit`` long, blanks at its ends not counted, unless a detection longer than
    that has to stay whole. Text that is blank throughout has no span.
    """
    if not text.strip():
        return []
    held = _Held(detections)
    cuts = [0]
    while len(text) - cuts[-1] > limit:
        cuts.append(_next_cut(text, cuts[-1], held, target, limit))
        if cuts[-1] >= len(text):
            break
    if cuts[-1] < len(text):
        cuts.append(len(text))
    return _without_blank_spans(text, list(itertools.pairwise(cuts)))


def _next_cut(text: str, start: int, held: _Held, target: int, limit: int) -> int:
    """Return the best place after ``start``: a sentence end near the target, else a softer one."""
    window_end = start + limit
    for pattern, nearest in ((_PAUSE, target // 2), (_SOFT_PAUSE, target // 2)):
        ends = [m.end() for m in pattern.finditer(text, start + nearest, window_end)]
        good = [end for end in ends if not held.inside(end)]
        if good:
            return min(good, key=lambda end: abs(end - start - target))
    return held.outside_before(window_end, start)


def _without_blank_spans(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join a blank span to its predecessor (or the first to its successor), keeping the cover."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and (not text[start:end].strip() or not text[joined[-1][0] : joined[-1][1]].strip()):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


class _Held:
    """The places where a cut is not allowed: strictly inside a detection."""

    def __init__(self, detections: Sequence[Detection]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted((d.start, d.end) for d in detections):
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def around(self, position: int) -> tuple[int, int] | None:
        """Return the held stretch that ``position`` would cut in two."""
        i = bisect_left(self._starts, position) - 1
        return (self._starts[i], self._ends[i]) if i >= 0 and position < self._ends[i] else None

    def inside(self, position: int) -> bool:
        return self.around(position) is not None

    def outside_before(self, position: int, after: int) -> int:
        """Return ``position``, or the nearest allowed cut: before the stretch if that is past ``after``."""
        stretch = self.around(position)
        if stretch is None:
            return position
        start, end = stretch
        return start if start > after else end
