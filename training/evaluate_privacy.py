"""How good systems are at finding personal data in annotated texts, side by side: figures, not verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import process_time

from training.privacy_figures import (
    MASKED,
    REPORT_ONLY,
    Agreement,
    Compared,
    PartFigures,
    Span,
    errors_of,
    exact,
    figures_of,
    narrowed,
)
from training.privacy_sets import AnnotatedFile, AnnotatedText
from training.privacy_systems import Finder, System, load_system

_WARM_UP_TEXTS = 4
_CONTEXT = 12


@dataclass(frozen=True, slots=True)
class Speed:
    """Processor seconds of all threads for all texts of a file, start-up and first use left out."""

    seconds: float
    documents_per_s: float
    characters_per_s: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """Figures of one system on one file.

    ``documents`` and ``lines`` are None where the file has none; ``forms`` has exact agreement by form.
    ``report_only`` counts the kinds that are only reported, over all texts; None where the file annotates
    none of them. ``failures``: texts on which the system failed; it counts as having found nothing there.
    """

    file: str
    system: str
    all: PartFigures
    documents: PartFigures | None
    lines: PartFigures | None
    forms: Mapping[str, Agreement]
    report_only: PartFigures | None
    speed: Speed
    failures: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and how what was found in it compares."""

    text: AnnotatedText
    compared: Compared


@dataclass(frozen=True, slots=True)
class Outcome:
    """A system and what came of it on each file; no measurement where it could not run."""

    system: System
    measurements: tuple[Measurement, ...]


def evaluate_systems(
    names: Sequence[str], sets: Sequence[AnnotatedFile], threads: int, say: Callable[[str], None]
) -> list[Outcome]:
    """Load one system after the other and measure it on all ``sets``; ``say`` is told what is going on."""
    return [_outcome(load_system(name, threads), sets, say) for name in names]


def measure(name: str, find: Finder, annotated: AnnotatedFile) -> Measurement:
    """Run a system over the texts of a file in one call and compare."""
    texts = [item.text for item in annotated.texts]
    find(texts[:_WARM_UP_TEXTS])
    began = process_time()
    found = find(texts)
    spent_s = max(process_time() - began, 1e-6)
    pairs = _pairs(annotated.texts, [spans or frozenset() for spans in found])
    lines = [pair.compared for pair in pairs if pair.text.is_line]
    documents = [pair.compared for pair in pairs if not pair.text.is_line]
    everything = [pair.compared for pair in pairs]
    marked = {kind for item in annotated.texts for *_, kind in item.spans}
    return Measurement(
        file=annotated.name,
        system=name,
        all=figures_of(everything, MASKED),
        documents=figures_of(documents, MASKED) if documents else None,
        lines=figures_of(lines, MASKED) if lines else None,
        forms={form: _exact(pairs, form) for form in sorted({item.form for item in annotated.texts})},
        report_only=figures_of(everything, REPORT_ONLY) if marked & set(REPORT_ONLY) else None,
        speed=Speed(spent_s, len(texts) / spent_s, sum(map(len, texts)) / spent_s),
        failures=sum(spans is None for spans in found),
    )


def errors_in(find: Finder, annotated: AnnotatedFile) -> Iterator[tuple[str, str]]:
    """Yield (kind and class of error, a line with its context and what was found instead) for a file.

    The lines quote the texts: for development files only. Kinds that are only reported are left out.
    """
    found = find([item.text for item in annotated.texts])
    for pair in _pairs(annotated.texts, [spans or frozenset() for spans in found]):
        for wrong, (start, end, kind) in errors_of(narrowed(pair.compared, MASKED)):
            text = pair.text.text
            met = sorted(span for span in pair.compared.found if span[0] < end and start < span[1])
            instead = "".join(f" {k}=⟦{_plain(text[a:b])}⟧" for a, b, k in met if wrong != "alarm")
            excerpt = _excerpt(text, start, end)
            yield f"{kind}\t{wrong}", f"{pair.text.id}\t{pair.text.form}\t{wrong}\t{kind}\t{excerpt}{instead}"


def _outcome(system: System, sets: Sequence[AnnotatedFile], say: Callable[[str], None]) -> Outcome:
    if system.find is None:
        return Outcome(system, ())
    measured = []
    for annotated in sets:
        say(f"{system.name}：{annotated.name}")
        measured.append(measure(system.name, system.find, annotated))
    return Outcome(system, tuple(measured))


def _exact(pairs: Sequence[Pair], form: str) -> Agreement:
    return exact(narrowed(pair.compared, MASKED) for pair in pairs if pair.text.form == form)


def _pairs(texts: Sequence[AnnotatedText], found: Sequence[frozenset[Span]]) -> list[Pair]:
    return [
        Pair(text, Compared(text.spans, spans, text.free)) for text, spans in zip(texts, found, strict=True)
    ]


def _excerpt(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - _CONTEXT) : start], text[end : end + _CONTEXT]
    return _plain(f"{before}⟦{text[start:end]}⟧{after}")


def _plain(text: str) -> str:
    printable = text.encode("utf-8", "backslashreplace").decode()
    return printable.replace("\n", "⏎").replace("\t", "⇥")
