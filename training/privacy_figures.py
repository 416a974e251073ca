"""How well found spans agree with annotated ones: counts and shares, nothing else.

A span is (start, end, kind): half-open, in code points, with the name of a `DetectionKind`. Spans of a text
form a set: the same span twice counts once, spans inside each other count each for themselves.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from models.privacy.detections import DetectionKind

Span = tuple[int, int, str]

OTHER = ""
"""Kind of a found span that is none of ours: it covers its characters and counts nowhere else."""

REPORT_ONLY = tuple(
    kind.value
    for kind in (
        DetectionKind.ETHNICITY,
        DetectionKind.RELIGION,
        DetectionKind.POLITICS,
        DetectionKind.MARRIAGE,
        DetectionKind.CRIMINAL_RECORD,
        DetectionKind.DISABILITY,
    )
)
MASKED = tuple(kind.value for kind in DetectionKind if kind.value not in REPORT_ONLY)
_WORDS = (DetectionKind.PERSON, DetectionKind.BIRTH_DATE, DetectionKind.ADDRESS, DetectionKind.DIAGNOSIS)
NUMBERS = tuple(kind for kind in MASKED if kind not in _WORDS)


@dataclass(frozen=True, slots=True)
class Compared:
    """One text: spans annotated, spans found. ``free``: nothing is annotated in it, whatever the kind."""

    gold: frozenset[Span]
    found: frozenset[Span]
    free: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of spans: annotated, found, annotated ones recalled, found ones confirmed.

    Shares are 0–1, or None where there is nothing to take a share of.
    """

    gold: int
    found: int
    recalled: int
    confirmed: int

    @property
    def precision(self) -> float | None:
        return self.confirmed / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        return self.recalled / self.gold if self.gold else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean; 0 where only one side is empty, None where both are."""
        if not self.gold and not self.found:
            return None
        precision, recall = self.precision or 0.0, self.recall or 0.0
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Spans found in texts without personal data; ``per_20`` texts is None where there are no such texts."""

    texts: int
    alarms: int

    @property
    def per_20(self) -> float | None:
        return 20 * self.alarms / self.texts if self.texts else None


@dataclass(frozen=True, slots=True)
class KindFigures:
    """Agreement on one kind: same start, end and kind; same kind and at least one character shared."""

    exact: Agreement
    overlap: Agreement


@dataclass(frozen=True, slots=True)
class PartFigures:
    """Figures of some texts; ``leak`` is None where nothing personal is annotated in them.

    ``kinds`` has a row for each kind annotated or found, in the order of `DetectionKind`.
    """

    texts: int
    all: KindFigures
    numbers: KindFigures
    leak: float | None
    false_alarms: FalseAlarms
    kinds: Mapping[str, KindFigures]


def figures_of(items: Sequence[Compared], kinds: Sequence[str]) -> PartFigures:
    """Return the figures of ``items`` for ``kinds``.

    Spans of other kinds play no part on either side, but what they cover is not open.
    """
    kept = [narrowed(item, kinds) for item in items]
    rows = {kind: _kind_figures(kept, (kind,)) for kind in kinds}
    return PartFigures(
        texts=len(kept),
        all=_kind_figures(kept, kinds),
        numbers=_kind_figures(kept, [kind for kind in kinds if kind in NUMBERS]),
        leak=leak([replace(item, found=whole.found) for item, whole in zip(kept, items, strict=True)]),
        false_alarms=false_alarms(kept),
        kinds={kind: row for kind, row in rows.items() if row.exact.gold or row.exact.found},
    )


def narrowed(item: Compared, kinds: Collection[str]) -> Compared:
    """Return ``item`` without the spans of other kinds."""
    return replace(
        item,
        gold=frozenset(span for span in item.gold if span[2] in kinds),
        found=frozenset(span for span in item.found if span[2] in kinds),
    )


def exact(items: Iterable[Compared]) -> Agreement:
    """Count spans whose start, end and kind all agree."""
    gold = found = agreed = 0
    for item in items:
        gold, found = gold + len(item.gold), found + len(item.found)
        agreed += len(item.gold & item.found)
    return Agreement(gold, found, agreed, agreed)


def overlap(items: Iterable[Compared]) -> Agreement:
    """Count spans that share at least one character with one of the same kind on the other side.

    A found span that meets two annotated ones recalls both and is confirmed once.
    """
    gold = found = recalled = confirmed = 0
    for item in items:
        wanted, got = _Places.by_kind(item.gold), _Places.by_kind(item.found)
        gold, found = gold + len(item.gold), found + len(item.found)
        recalled += sum(got[span[2]].touches(span) for span in item.gold if span[2] in got)
        confirmed += sum(wanted[span[2]].touches(span) for span in item.found if span[2] in wanted)
    return Agreement(gold, found, recalled, confirmed)


def leak(items: Iterable[Compared]) -> float | None:
    """Return the share of annotated characters that no found span covers, whatever its kind."""
    total = left = 0
    for item in items:
        personal = _characters(item.gold)
        total += len(personal)
        left += len(personal - _characters(item.found))
    return left / total if total else None


def false_alarms(items: Iterable[Compared]) -> FalseAlarms:
    """Count what was found in texts without personal data."""
    free = [item for item in items if item.free]
    return FalseAlarms(len(free), sum(len(item.found) for item in free))


def errors_of(item: Compared) -> Iterator[tuple[str, Span]]:
    """Yield (what is wrong, span), in order of the text, annotated spans first.

    missed: met by nothing; extent: met by one of its kind; kind: met by another kind only; alarm: a found
    span that meets no annotated one.
    """
    of_kind, found, gold = _Places.by_kind(item.found), _Places(item.found), _Places(item.gold)
    for span in sorted(item.gold - item.found):
        if span[2] in of_kind and of_kind[span[2]].touches(span):
            yield "extent", span
        else:
            yield "kind" if found.touches(span) else "missed", span
    for span in sorted(item.found - item.gold):
        if not gold.touches(span):
            yield "alarm", span


class _Places:
    """Where spans lie, whatever their kind; asking takes time by the logarithm of their number."""

    def __init__(self, spans: Iterable[Span]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _, _ in ordered]
        self._furthest = list(accumulate((end for _, end, _ in ordered), max))

    @classmethod
    def by_kind(cls, spans: Iterable[Span]) -> dict[str, _Places]:
        kinds: dict[str, list[Span]] = {}
        for span in spans:
            kinds.setdefault(span[2], []).append(span)
        return {kind: cls(some) for kind, some in kinds.items()}

    def touches(self, span: Span) -> bool:
        """Whether ``span`` shares a character with any of them."""
        start, end, _ = span
        before = bisect_left(self._starts, end)
        return before > 0 and self._furthest[before - 1] > start


def _kind_figures(items: Sequence[Compared], kinds: Collection[str]) -> KindFigures:
    kept = [narrowed(item, kinds) for item in items]
    return KindFigures(exact(kept), overlap(kept))


def _characters(spans: Iterable[Span]) -> set[int]:
    return {place for start, end, _ in spans for place in range(start, end)}
