"""From candidates to the answer: catalogue values, names found once, thresholds, overlaps."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter

from models.privacy.attributes import REPORT_ONLY
from models.privacy.bands import bands, counts
from models.privacy.checksums import compact, is_plausible_resident_id
from models.privacy.detections import Detection, DetectionKind
from models.privacy.detector import KnownValues
from models.privacy.grid import Span
from models.privacy.layout import Reading, read
from models.privacy.rules import match_rules
from models.text.normalisation import normalise

CATALOGUE = "catalogue"
THRESHOLDS = {kind: band.threshold for kind, band in bands().items()}
SEQUENCE = "sequence"
_ROSTER_ID = re.compile(
    r"[ ,、:\t|(]{1,4}(?:[男女][ ,、\t|]{1,3})?"
    r"([1-9](?:[ \-]?\d){14}(?:(?:[ \-]?\d){2}[ \-]?[\dXx])?)(?![\d*])",
    re.ASCII,
)
_PLACEHOLDER = re.compile(r"〔[^〔〕\n]{1,24}〕")
# Numbers are certain in their form, so they win over words; within an address a name is part of the street.
_TURNS = {
    **dict.fromkeys(DetectionKind, -3),
    **dict.fromkeys(REPORT_ONLY, 0),
    DetectionKind.PERSON: -1,
    DetectionKind.DIAGNOSIS: -1,
    DetectionKind.ADDRESS: -2,
    DetectionKind.BIRTH_DATE: -2,
}
"""The kinds in the order in which they are heard, the lowest first."""
_PLACE = attrgetter("start", "end")
_EDGES = frozenset(" \t\r\n、,，")
"""What is no part of a value at its ends."""
_LEAST_REST = 2
"""Fewest characters of what is left of a value beside others."""
_BESIDE_NUMBERS = frozenset({DetectionKind.PERSON, DetectionKind.BIRTH_DATE})
DIVISIBLE = frozenset({DetectionKind.ADDRESS, DetectionKind.DIAGNOSIS})


def find_known(reading: Reading, known: KnownValues) -> Iterator[Detection]:
    """Yield every occurrence of the catalogue's values, blanks, dashes and line breaks inside allowed."""
    for kind, value in _values(known):
        plain = [c for c in normalise(value) if not c.isspace() and c != "-"]
        if len(plain) < 2:
            continue
        gap = r"[ \-\t\r\n]{0,2}" if any(c.isdigit() for c in plain) else r"[ \t]{0,3}"
        limits = (r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])") if plain[0].isascii() else ("", "")
        pattern = limits[0] + gap.join(map(re.escape, plain)) + limits[1]
        for match in re.finditer(pattern, reading.text, re.IGNORECASE):
            yield Detection(match.start(), match.end(), kind, 1.0, CATALOGUE, ("catalogue",))


def _values(known: KnownValues) -> Iterator[tuple[DetectionKind, str]]:
    yield from ((DetectionKind.PERSON, value) for value in known.names)
    yield from ((DetectionKind.RESIDENT_ID, value) for value in known.id_numbers)
    for value in known.other:
        found = next(iter(match_rules(read(value))), None)
        yield (found.kind if found else DetectionKind.PERSON_NO), value


def find_beside_names(reading: Reading, found: Iterable[Detection]) -> Iterator[Detection]:
    """Yield numbers right behind a name or birth date that fail only their check character (rosters)."""
    for name in found:
        if name.kind not in _BESIDE_NUMBERS:
            continue
        match = _ROSTER_ID.match(reading.text, name.end)
        if match and is_plausible_resident_id(compact(match[1])):
            yield Detection(
                *match.span(1), DetectionKind.RESIDENT_ID, 0.7, "resident-id-beside-name", ("name",)
            )


def resolve(text: str, candidates: Iterable[Detection]) -> list[Detection]:
    """Return the candidates above their threshold without overlaps, sorted by start.

    The catalogue wins, then numbers, then the higher score, then the longer span. What is left of an address
    or diagnosis beside a winner stays, so that nothing once found comes out in the open. Placeholders and
    starred values are no personal data and are left alone.
    """
    masked = Taken(match.span() for match in _PLACEHOLDER.finditer(text)) if "〕" in text else None
    starred = "*" in text
    taken = _Cover(len(text))
    kept: list[Detection] = []
    for candidate in sorted(filter(counts, candidates), key=_order):
        start, end = candidate.start, candidate.end
        if (masked and masked.overlaps(start, end)) or (starred and _is_rest(text, candidate)):
            continue
        if taken.is_free(start, end):
            bare = _without_edges(text, candidate)
            if bare.start < bare.end:
                taken.add(bare.start, bare.end)
                kept.append(bare)
        elif candidate.kind in DIVISIBLE:
            for first, last in taken.free(start, end):
                bare = _without_edges(text, replace(candidate, start=first, end=last))
                if bare.end - bare.start >= _LEAST_REST:
                    taken.add(bare.start, bare.end)
                    kept.append(bare)
    return sorted(kept, key=_PLACE)


def resolve_more(text: str, found: list[Detection], more: Iterable[Detection]) -> list[Detection]:
    """Return what `resolve` makes of ``more`` and of ``found``, which it made before.

    What meets nothing joins without asking all the others again.
    """
    added = sorted(filter(counts, more), key=_PLACE)
    if "*" in text:
        # What was cut in front of a star is now the rest of a masked value.
        return resolve(text, [*found, *added])
    if not added:
        return found
    if "〕" in text or _meet(found, added):
        return resolve(text, [*found, *added])
    bare = (_without_edges(text, detection) for detection in added)
    return sorted([*found, *(d for d in bare if d.start < d.end)], key=_PLACE)


def _meet(found: Sequence[Detection], added: Sequence[Detection]) -> bool:
    """Whether one of ``added`` overlaps another or one of ``found``; both are in order."""
    both = sorted([*found, *added], key=_PLACE)
    return any(one.end > other.start for one, other in pairwise(both))


def _is_rest(text: str, candidate: Detection) -> bool:
    """Whether the candidate is what masking left of a value (欧阳**); **张三** is emphasis, not masking."""
    before = text[max(0, candidate.start - 1) : candidate.start]
    return candidate.recognizer != CATALOGUE and text[candidate.end : candidate.end + 1] == "*" != before


def _order(detection: Detection) -> tuple[int, int, float, int, int, str]:
    return (
        detection.recognizer != CATALOGUE,
        _TURNS[detection.kind],
        -detection.score,
        detection.start - detection.end,
        detection.start,
        detection.recognizer,
    )


def _without_edges(text: str, detection: Detection) -> Detection:
    start, end = detection.start, detection.end
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    same = start == detection.start and end == detection.end
    return detection if same else replace(detection, start=start, end=end)


class _Cover:
    """The characters of a text that are taken; a long text may hold very many spans."""

    def __init__(self, length: int) -> None:
        self._taken = bytearray(length)

    def is_free(self, start: int, end: int) -> bool:
        return start < end and self._taken.find(1, start, end) < 0

    def free(self, start: int, end: int) -> list[Span]:
        """Return the parts of a span that are not taken, in order."""
        gaps = []
        while (gap := self._taken.find(0, start, end)) >= 0:
            start = self._taken.find(1, gap, end)
            start = end if start < 0 else start
            gaps.append((gap, start))
        return gaps

    def add(self, start: int, end: int) -> None:
        self._taken[start:end] = b"\x01" * (end - start)


class Taken:
    """Disjoint spans, kept sorted; asked whether a span is free of them."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def overlaps(self, start: int, end: int) -> bool:
        i = bisect_left(self._starts, start)
        # The first span that ends behind ``start``.
        i = i - 1 if i > 0 and self._ends[i - 1] > start else i
        return i < len(self._starts) and self._starts[i] < end
