"""Values a person found that the pass had missed: from then on they are hidden wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from models.privacy.detections import Detection, DetectionKind
from models.text.normalisation import normalise

DENIED = "deny-list"
REVIEWED = "review"
"""Recognizers of detections that people made: the span itself, and its other occurrences."""

EVIDENCE = ("人工补充",)
_LEAST_CHARACTERS = 2


@dataclass(frozen=True, slots=True)
class DeniedValue:
    """A personal value of a kind; never shown in a repr."""

    kind: DetectionKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DenyList:
    """``version`` grows with every value added or taken out."""

    version: int = 0
    values: tuple[DeniedValue, ...] = ()


NOTHING_DENIED = DenyList()


def comparable(value: str) -> str:
    """Return the value without blanks and dashes, width and case aside: equal means the same value."""
    return "".join(c for c in normalise(value) if not c.isspace() and c != "-").upper()


def with_denied(
    text: str, detections: Sequence[Detection], denied: Iterable[DeniedValue]
) -> tuple[Detection, ...]:
    """Return the detections and every occurrence of a denied value not yet inside one of them, sorted.

    Blanks, dashes and line breaks inside a value do not matter. A new detection may overlap others:
    masking hides what overlaps as one. A single character is denied nowhere but where it was found.
    """
    found = list(detections)
    plain = normalise(text)
    for item in denied:
        pattern = _pattern(comparable(item.value))
        for match in pattern.finditer(plain) if pattern else ():
            start, end = match.span()
            if not any(d.start <= start and end <= d.end for d in found):
                found.append(Detection(start, end, item.kind, 1.0, DENIED, EVIDENCE))
    return tuple(sorted(found))


def _pattern(value: str) -> re.Pattern[str] | None:
    if len(value) < _LEAST_CHARACTERS:
        return None
    gap = r"[ \-\t\r\n]{0,2}" if any(c.isdigit() for c in value) else r"[ \t]{0,3}"
    before = r"(?<![0-9A-Za-z])" if value[0].isascii() and value[0].isalnum() else ""
    behind = r"(?![0-9A-Za-z])" if value[-1].isascii() and value[-1].isalnum() else ""
    return re.compile(before + gap.join(map(re.escape, value)) + behind, re.IGNORECASE)
