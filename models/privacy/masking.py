"""Renditions: a text with its detections hidden by a profile, and the way back from spans to spans."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import accumulate

from models.privacy.detections import Detection, DetectionKind
from models.privacy.operators import NAMES, Operator, starred
from models.privacy.tokens import Tokeniser


@dataclass(frozen=True, slots=True)
class MaskingProfile:
    """An operator for every kind: `index`, `clerk`, `officer`, `public`, `research`."""

    name: str
    operators: Mapping[DetectionKind, Operator]


@dataclass(frozen=True, slots=True)
class MaskedSpan:
    """A hidden stretch, half-open: ``start``–``end`` of the source is ``at``–``to`` of the rendition."""

    start: int
    end: int
    at: int
    to: int


@dataclass(frozen=True, slots=True)
class Rendition:
    """A masked text; ``masked`` in text order, without overlaps."""

    text: str
    masked: tuple[MaskedSpan, ...]

    def span_of(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the rendition for the source span ``start``–``end``.

        A masked span that is touched in part comes along whole: half a placeholder says nothing.
        """
        return self._place(start, end_of=False), self._place(end, end_of=True)

    def _place(self, position: int, *, end_of: bool) -> int:
        i = bisect_right(self.masked, position, key=lambda span: span.start) - 1
        if i < 0:
            return position
        span = self.masked[i]
        if position >= span.end:
            return span.to + position - span.end
        if position == span.start:
            return span.at
        return span.to if end_of else span.at


@cache
def profile(name: str) -> MaskingProfile:
    """Return the profile ``name`` of `masking.toml`; every kind has an operator.

    Raises:
        KeyError: there is no such profile.
        ValueError: the table names no operator, or an unknown one, for a kind.
    """
    table = tomllib.loads((files("models") / "reference" / "masking.toml").read_text("utf-8"))
    rows = table[name]
    if not isinstance(rows, dict):
        raise KeyError(name)
    missing = [kind for kind in DetectionKind if kind.value not in rows]
    unknown = [kind for kind, row in rows.items() if row["operator"] not in NAMES]
    if missing or unknown:
        raise ValueError(f"masking profile {name}: no usable operator for {[*missing, *unknown]}")
    operators = {
        DetectionKind(kind): Operator(
            row["operator"], row.get("text", ""), row.get("first", 0), row.get("last", 0)
        )
        for kind, row in rows.items()
    }
    return MaskingProfile(name, operators)


def mask(
    text: str, detections: Iterable[Detection], profile: MaskingProfile, tokens: Tokeniser | None = None
) -> Rendition:
    """Return ``text`` with every detection shown as ``profile`` says; all other text untouched.

    Detections may come in any order and overlap: what overlaps is hidden as one, with nothing shown of it
    (the placeholder of the first that has one, else stars). Spans outside the text are cut to it.
    ``tokens`` are those of the archive; only a profile with tokens needs them.

    Raises:
        ValueError: the profile gives tokens and there are no ``tokens``.
    """
    pieces: list[str] = []
    spans: list[MaskedSpan] = []
    source = written = 0
    for group in _groups(text, detections, profile):
        start, end = group[0].start, max(d.end for d in group)
        shown = _shown(text[start:end], group, profile, tokens)
        pieces += (text[source:start], shown)
        written += start - source
        spans.append(MaskedSpan(start, end, written, written + len(shown)))
        written += len(shown)
        source = end
    pieces.append(text[source:])
    return Rendition("".join(pieces), tuple(spans))


def _shown(value: str, group: Sequence[Detection], profile: MaskingProfile, tokens: Tokeniser | None) -> str:
    operators = [profile.operators[d.kind] for d in group]
    if len(group) == 1:
        return operators[0].apply(value, tokens)
    return next((o.text for o in operators if o.name == "placeholder"), "") or starred(value)


def _groups(text: str, detections: Iterable[Detection], profile: MaskingProfile) -> Iterator[list[Detection]]:
    """Yield hidden detections in text order, those that overlap together."""
    inside = (replace(d, start=max(0, d.start), end=min(d.end, len(text))) for d in detections)
    hidden = sorted(d for d in inside if d.start < d.end and profile.operators[d.kind].hides)
    ends = list(accumulate((d.end for d in hidden), max))
    group: list[Detection] = []
    for i, detection in enumerate(hidden):
        if group and detection.start >= ends[i - 1]:
            yield group
            group = []
        group.append(detection)
    if group:
        yield group
