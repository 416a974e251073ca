"""Score the privacy pass on the hard evaluation set: ``python -m tests.quality.privacy_scores [FILE…]``.

Prints figures for each file, full documents and single lines apart. ``--errors FILE`` lists misses and false
alarms with a little context; it is refused for the held-out half, off which only figures may be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from models.privacy.detections import Detection, DetectionKind

_HERE = Path(__file__).parent
_DEV = _HERE / "privacy_hard_dev.jsonl"
_TEST = _HERE / "privacy_hard_test.jsonl"
_HELD_OUT_IDS = "test-"
_REPORT_ONLY = frozenset({"ETHNICITY", "RELIGION", "POLITICS", "MARRIAGE", "CRIMINAL_RECORD", "DISABILITY"})
_SCORED = tuple(kind.value for kind in DetectionKind if kind.value not in _REPORT_ONLY)
_CONTEXT = 12

Span = tuple[int, int, str]


class Detector(Protocol):
    """What is scored: any privacy pass over several texts."""

    def detect(self, texts: Sequence[str]) -> Sequence[Sequence[Detection]]: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One annotated text."""

    id: str
    text: str
    spans: frozenset[Span]
    form: str


@dataclass(frozen=True, slots=True)
class Scored:
    """One text with what was found in it."""

    row: Row
    found: frozenset[Span]


@dataclass(frozen=True, slots=True)
class Figures:
    """Precision, recall and their harmonic mean; an empty side counts as no error."""

    gold: int
    got: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        if not self.gold:
            return f"none in the texts, false alarms {self.got}"
        return f"F1 {self.f1:.3f}  P {self.precision:.3f}  R {self.recall:.3f}  n={self.gold}"


def read_rows(path: Path) -> list[Row]:
    """Return the annotated texts of ``path``."""
    rows = []
    for line in path.read_text("utf-8").splitlines():
        raw = json.loads(line)
        spans = frozenset((int(a), int(b), str(kind)) for a, b, kind in raw["spans"])
        rows.append(Row(raw["id"], raw["text"], spans, raw["form"]))
    return rows


def score_rows(detector: Detector, rows: Sequence[Row]) -> list[Scored]:
    """Run ``detector`` over ``rows``; report-only kinds are left out."""
    detected = detector.detect([row.text for row in rows])
    return [
        Scored(row, frozenset((d.start, d.end, d.kind.value) for d in found if d.kind.value in _SCORED))
        for row, found in zip(rows, detected, strict=True)
    ]


def exact_figures(scored: Iterable[Scored], kind: str | None = None) -> Figures:
    """Return figures for spans whose start, end and kind all agree."""
    hits = gold = got = 0
    for item in scored:
        wanted = _of_kind(item.row.spans, kind)
        found = _of_kind(item.found, kind)
        hits, gold, got = hits + len(wanted & found), gold + len(wanted), got + len(found)
    return _figures(gold, got, hits, hits)


def overlap_figures(scored: Iterable[Scored]) -> Figures:
    """Return figures for spans of the same kind that share at least one character."""
    met = confirmed = gold = got = 0
    for item in scored:
        gold, got = gold + len(item.row.spans), got + len(item.found)
        met += sum(_meets(span, item.found) for span in item.row.spans)
        confirmed += sum(_meets(span, item.row.spans) for span in item.found)
    return _figures(gold, got, met, confirmed)


def leak(scored: Iterable[Scored]) -> float:
    """Return the share of personal characters that no found span covers, whatever its kind."""
    total = left = 0
    for item in scored:
        hidden = {i for a, b, _ in item.found for i in range(a, b)}
        personal = {i for a, b, _ in item.row.spans for i in range(a, b)}
        total += len(personal)
        left += len(personal - hidden)
    return left / total if total else 0.0


def print_figures(name: str, scored: Sequence[Scored], out: TextIO) -> None:
    """Write the figures of one file; never a text or a value."""
    parts = (
        ("full documents", [item for item in scored if item.row.form != "line"]),
        ("single lines", [item for item in scored if item.row.form == "line"]),
        ("all", list(scored)),
    )
    for title, part in parts:
        if not part:
            continue
        print(f"\n{name}: {title} ({len(part)})", file=out)
        print(f"  exact    {exact_figures(part)}", file=out)
        print(f"  overlap  {overlap_figures(part)}", file=out)
        print(f"  leak     {leak(part):.3f}", file=out)
        _print_free_of_data(part, out)
        for kind in _SCORED:
            print(f"  {kind:<12} {exact_figures(part, kind)}", file=out)
    print(f"\n{name}: exact by form", file=out)
    for form in sorted({item.row.form for item in scored}):
        print(f"  {form:<12} {exact_figures(item for item in scored if item.row.form == form)}", file=out)


def print_errors(scored: Sequence[Scored], out: TextIO) -> None:
    """Write every miss and every false alarm with its context."""
    for item in scored:
        for word, spans in (("miss", item.row.spans - item.found), ("alarm", item.found - item.row.spans)):
            for start, end, kind in sorted(spans):
                print(f"{item.row.id}\t{word}\t{kind}\t{_excerpt(item.row.text, start, end)}", file=out)


def is_held_out(path: Path, rows: Sequence[Row]) -> bool:
    """Whether ``path`` is the held-out half, under whatever name."""
    return path.resolve() == _TEST.resolve() or any(row.id.startswith(_HELD_OUT_IDS) for row in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Score the files named, or both halves."""
    parser = argparse.ArgumentParser(description="Score the privacy pass on annotated texts.")
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="annotated texts (default: both halves)"
    )
    parser.add_argument(
        "--errors", type=Path, metavar="FILE", help="list misses and false alarms of FILE instead"
    )
    options = parser.parse_args(arguments)
    paths: list[Path] = [options.errors] if options.errors else options.files or [_DEV, _TEST]
    files = [(path, read_rows(path)) for path in paths]
    if options.errors and is_held_out(*files[0]):
        parser.error("the held-out half shows figures only")

    from models.privacy.presidio import PresidioDetector

    detector = PresidioDetector.load()
    for path, rows in files:
        scored = score_rows(detector, rows)
        if options.errors:
            print_errors(scored, sys.stdout)
        else:
            print_figures(path.stem, scored, sys.stdout)
    return 0


def _print_free_of_data(part: Sequence[Scored], out: TextIO) -> None:
    empty = [item for item in part if not item.row.spans]
    alarms = sum(len(item.found) for item in empty)
    print(f"  texts without personal data: {len(empty)}, false alarms in them: {alarms}", file=out)


def _of_kind(spans: frozenset[Span], kind: str | None) -> frozenset[Span]:
    return spans if kind is None else frozenset(span for span in spans if span[2] == kind)


def _meets(span: Span, others: Iterable[Span]) -> bool:
    start, end, kind = span
    return any(start < b and a < end and kind == other for a, b, other in others)


def _figures(gold: int, got: int, recalled: int, confirmed: int) -> Figures:
    return Figures(gold, got, confirmed / got if got else 1.0, recalled / gold if gold else 1.0)


def _excerpt(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - _CONTEXT) : start], text[end : end + _CONTEXT]
    return f"{before}⟦{text[start:end]}⟧{after}".replace("\n", "⏎").replace("\t", "⇥")


if __name__ == "__main__":
    sys.exit(main())
