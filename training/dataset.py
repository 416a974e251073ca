"""What a classifier learns from: made-up short texts and made-up archive documents, masked as indexed.

Nothing comes from outside: the templates are ours (`training/questions`, `training/synthetic`) and one
seed makes it all again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from models.classification.segments import segments_of
from models.privacy.detections import Detection, DetectionKind
from models.privacy.masking import mask, profile
from training.configs import FitConfig
from training.questions.generate import generate as generate_questions
from training.questions.wording import is_held_out
from training.synthetic.documents import SyntheticDocument
from training.synthetic.documents import generate as generate_documents

_HELD_OUT_SHARE = 0.2
_PIECES_PER_DOCUMENT = 2


@dataclass(frozen=True, slots=True)
class Example:
    """A text as the classifier will see it in service: placeholders instead of personal data.

    ``group``: template or case; every example of a group has the same ``held_out``. ``material`` is None
    for texts that are no archive material. ``kind``: question, statute, document, piece …
    """

    text: str
    label: str
    secondary: tuple[str, ...]
    material: str | None
    kind: str
    group: str
    held_out: bool


def build(config: FitConfig) -> list[Example]:
    """Return every example of a run, in a fixed order."""
    made = generate_questions(config.per_template, config.seed, split=True)
    questions = [Example(m.text, m.label, m.secondary, m.material, m.kind, m.group, m.held_out) for m in made]
    documents = generate_documents(config.documents, config.seed)
    return questions + list(from_documents(documents))


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
            yield Example(text, label, tuple(secondary), document.material_type, kind, group, held_out)


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
