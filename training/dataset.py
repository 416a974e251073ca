"""What a classifier learns from: short texts by hand and by template, archive documents masked as indexed.

Nothing comes from outside: texts and templates are ours (`training/questions`, `training/synthetic`) and
one seed makes it all again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from models.classification.segments import segments_of
from models.privacy.detections import Detection, DetectionKind
from models.privacy.masking import mask, profile
from training.configs import FitConfig
from training.questions.generate import generate as generate_questions
from training.questions.wording import is_held_out
from training.questions.written import written_texts
from training.synthetic.documents import SyntheticDocument
from training.synthetic.documents import generate as generate_documents

_HELD_OUT_SHARE = 0.1
_PIECES_PER_DOCUMENT = 2
_BLOCK = 10


class Source(StrEnum):
    """Who made a text: we by hand, a template, the table of materials, the archive generator, a clerk."""

    WRITTEN = "written"
    TEMPLATE = "template"
    TABLE = "table"
    DOCUMENT = "document"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class Example:
    """A text as the classifier will see it in service: placeholders instead of personal data.

    ``group``: template, case, or block of hand-written lines; it lies wholly in one part and one fold.
    ``origin``: the unit an n-gram is counted in: the group, or the text where each stands for itself.
    ``material`` is None for texts that are no archive material. ``kind``: question, document, piece …
    ``measured_only``: nothing is learnt from it, its unseen scores make prediction sets.
    """

    text: str
    label: str
    secondary: tuple[str, ...]
    material: str | None
    kind: str
    source: Source
    group: str
    origin: str
    held_out: bool
    measured_only: bool = False

    def fold(self, count: int) -> int:
        """Return the fold, 0 to ``count`` - 1, in which the group's unseen scores are made."""
        return int.from_bytes(sha256(f"fold:{self.group}".encode()).digest()[:8]) % count


def build(config: FitConfig) -> list[Example]:
    """Return every example of a run, in a fixed order."""
    documents = generate_documents(config.documents, config.seed)
    return [*_written(config), *_from_templates(config), *from_documents(documents)]


def _written(config: FitConfig) -> Iterator[Example]:
    for number, w in enumerate(written_texts()):
        if number // _BLOCK % config.written_every:
            continue
        held_out = is_held_out(w.group, _HELD_OUT_SHARE)
        origin = f"written:{number}"
        yield Example(
            w.text, w.label, w.secondary, None, w.kind, Source.WRITTEN, w.group, origin, held_out=held_out
        )


def _from_templates(config: FitConfig) -> Iterator[Example]:
    for m in generate_questions(config.per_template, config.seed, split=True):
        source = Source.TABLE if m.kind == "term" else Source.TEMPLATE
        yield Example(
            m.text, m.label, m.secondary, m.material, m.kind, source, m.group, m.group, held_out=m.held_out
        )


def from_documents(documents: Iterable[SyntheticDocument]) -> Iterator[Example]:
    """Yield each document whole and in pieces, all under one group.

    Every other document keeps its diagnoses: the index hides them, a deposit classified on arrival may
    not. Titles are left out: they may name the holder, and no span says where.
    """
    for number, document in enumerate(documents):
        label, *secondary = document.insurance_types
        group = f"document:{number}"
        held_out = is_held_out(group, _HELD_OUT_SHARE)
        for kind, text in _texts_of(document, keep_diagnoses=number % 2 == 1):
            yield Example(
                text,
                label,
                tuple(secondary),
                document.material_type,
                kind,
                Source.DOCUMENT,
                group,
                group,
                held_out=held_out,
            )


def digest_of(examples: Sequence[Example]) -> str:
    """Return the sha256 over texts and labels, in order."""
    digest = sha256()
    for example in examples:
        row = (example.text, example.label, *example.secondary, example.material or "", example.kind)
        digest.update("\x00".join(row).encode() + b"\x01")
    return digest.hexdigest()


def masked_pages(document: SyntheticDocument, *, keep_diagnoses: bool) -> list[str]:
    """Return the pages with the generator's own spans hidden as in the index."""
    index = profile("index")
    kept = {DetectionKind.DIAGNOSIS} if keep_diagnoses else set[DetectionKind]()
    pages = []
    for page, spans in zip(document.pages, document.spans, strict=True):
        gold = [Detection(start, end, kind, 1.0, "gold") for start, end, kind in spans if kind not in kept]
        pages.append(mask(page, gold, index).text)
    return pages


def _texts_of(document: SyntheticDocument, *, keep_diagnoses: bool) -> Iterator[tuple[str, str]]:
    whole = "\n".join(masked_pages(document, keep_diagnoses=keep_diagnoses))
    yield "document", whole
    pieces = segments_of(whole)
    if len(pieces) > 1:
        for piece in pieces[:_PIECES_PER_DOCUMENT]:
            yield "piece", piece
