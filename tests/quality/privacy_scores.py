"""Score the privacy pass on annotated texts: ``python -m tests.quality.privacy_scores [FILE…]``.

Prints figures for each file, full documents and single lines apart. ``--errors FILE`` lists misses, wrong
extents, wrong kinds and false alarms with a little context; it is refused for a held-out file, off which only
figures may be read. ``--without`` leaves a model out.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from models.privacy.detections import Detection, DetectionKind
from tests.quality.annotated_texts import Row, Span, is_held_out, read_rows

_HERE = Path(__file__).parent
_REPORT_ONLY = frozenset({"ETHNICITY", "RELIGION", "POLITICS", "MARRIAGE", "CRIMINAL_RECORD", "DISABILITY"})
_KINDS = tuple(kind.value for kind in DetectionKind)
_CONTEXT = 12


class Detector(Protocol):
    """What is scored: any privacy pass over several texts."""

    def detect(self, texts: Sequence[str]) -> Sequence[Sequence[Detection]]: ...


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


def score_rows(detector: Detector, rows: Sequence[Row]) -> list[Scored]:
    """Run ``detector`` over ``rows``; report-only kinds are left out of a file that marks none of them."""
    marked = {kind for row in rows for _, _, kind in row.spans}
    scored = frozenset(_KINDS) if marked & _REPORT_ONLY else frozenset(_KINDS) - _REPORT_ONLY
    detected = detector.detect([row.text for row in rows])
    return [
        Scored(row, frozenset((d.start, d.end, d.kind.value) for d in found if d.kind.value in scored))
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
        for kind in _KINDS:
            print(f"  {kind:<15} {exact_figures(part, kind)}", file=out)
    print(f"\n{name}: exact by form", file=out)
    for form in sorted({item.row.form for item in scored}):
        print(f"  {form:<12} {exact_figures(item for item in scored if item.row.form == form)}", file=out)


def errors_of(item: Scored) -> Iterator[tuple[str, Span]]:
    """Yield (what is wrong, span): missed, extent, kind (of the gold span met), alarm (met no gold span)."""
    for span in sorted(item.row.spans - item.found):
        same = _meets(span, item.found)
        other = any(span[0] < b and a < span[1] for a, b, _ in item.found)
        yield "extent" if same else "kind" if other else "missed", span
    for span in sorted(item.found - item.row.spans):
        if not any(span[0] < b and a < span[1] for a, b, _ in item.row.spans):
            yield "alarm", span


def print_errors(scored: Sequence[Scored], out: TextIO) -> None:
    """Write every error with its context, what was found instead, and how often each class occurs."""
    classes: Counter[tuple[str, str]] = Counter()
    for item in scored:
        for wrong, (start, end, kind) in errors_of(item):
            classes[kind, wrong] += 1
            met = sorted((a, b, k) for a, b, k in item.found if start < b and a < end)
            instead = "".join(f" {k}=⟦{_plain(item.row.text[a:b])}⟧" for a, b, k in met if wrong != "alarm")
            excerpt = _excerpt(item.row.text, start, end)
            print(f"{item.row.id}\t{item.row.form}\t{wrong}\t{kind}\t{excerpt}{instead}", file=out)
    for (kind, wrong), count in classes.most_common():
        print(f"{count}\t{kind}\t{wrong}", file=out)


def main(arguments: Sequence[str] | None = None) -> int:
    """Score the files named, or all that are not held out."""
    parser = argparse.ArgumentParser(description="Score the privacy pass on annotated texts.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="annotated texts")
    parser.add_argument("--errors", type=Path, metavar="FILE", help="list the errors in FILE instead")
    parser.add_argument(
        "--without", choices=("sequence", "models"), help="leave out what is trained here, or all"
    )
    options = parser.parse_args(arguments)
    if options.errors and is_held_out(options.errors):
        parser.error("a held-out file shows figures only")
    paths: list[Path] = [options.errors] if options.errors else options.files or development_files()

    from models.privacy.presidio import PresidioDetector

    detector = PresidioDetector.load(names=options.without != "models", sequence=options.without is None)
    for path in paths:
        scored = score_rows(detector, read_rows(path))
        if options.errors:
            print_errors(scored, sys.stdout)
        else:
            print_figures(path.stem, scored, sys.stdout)
    return 0


def development_files() -> list[Path]:
    """Return the annotated files beside this one that may be read."""
    named = sorted(_HERE.glob("privacy_*.jsonl")) + sorted(_HERE.glob("privacy_*.txt"))
    return [path for path in named if not is_held_out(path)]


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
    return _plain(f"{before}⟦{text[start:end]}⟧{after}")


def _plain(text: str) -> str:
    return text.replace("\n", "⏎").replace("\t", "⇥")


if __name__ == "__main__":
    sys.exit(main())
