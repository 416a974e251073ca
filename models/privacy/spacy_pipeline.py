"""The privacy pass as a spaCy pipeline: a token a character, detections as ``doc.ents``.

For those who work in spaCy (displaCy, DocBin, matchers, training data)::

    nlp = pipeline()
    doc = nlp("申请人欧阳锦程，电话16900000000。")
    [(ent.text, ent.label_, ent._.score, ent._.evidence) for ent in doc.ents]

Importing this module brings spaCy: import it late.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from models.privacy.detections import Detection
from models.privacy.detector import PersonalDataDetector

COMPONENT = "personal_data"
_SURROGATES = re.compile("[\ud800-\udfff]")


class CharacterTokenizer:
    """A token for every code point, blanks too, so that offsets of tokens are offsets of the text.

    Lone surrogates, which spaCy's string store refuses, become U+FFFD.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        characters = list(_SURROGATES.sub("\ufffd", text))
        return Doc(self.vocab, words=characters, spaces=[False] * len(characters))


class PersonalData:
    """Sets ``doc.ents``; a batch of documents is detected in one call.

    ``detector`` is the shipped one, loaded at first use, unless another was set.
    """

    def __init__(self, detector: PersonalDataDetector | None = None) -> None:
        self.detector = detector

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc], batch_size=1))

    def pipe(self, stream: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        if self.detector is None:
            from models.privacy.presidio import PresidioDetector

            self.detector = PresidioDetector.load()
        documents = iter(stream)
        while batch := list(islice(documents, max(1, batch_size))):
            found = self.detector.detect([doc.text for doc in batch])
            for doc, detections in zip(batch, found, strict=True):
                doc.ents = tuple(_entity(doc, detection) for detection in detections)
                yield doc


def pipeline(detector: PersonalDataDetector | None = None) -> Language:
    """Return a pipeline for Chinese with the given detector, or the shipped one.

    Every entity has ``ent._.score`` (0–1), ``ent._.recognizer`` and ``ent._.evidence``, never of the value.

    Raises:
        ModelUnavailable, ArtifactTampered: see `PresidioDetector.load`.
    """
    for name, empty in (("score", 0.0), ("recognizer", ""), ("evidence", ())):
        Span.set_extension(name, default=empty, force=True)
    nlp = spacy.blank("zh")
    nlp.tokenizer = CharacterTokenizer(nlp.vocab)
    nlp.add_pipe(COMPONENT)
    nlp.get_pipe(COMPONENT).detector = detector
    return nlp


@Language.factory(COMPONENT)  # type: ignore[untyped-decorator]
def _component(nlp: Language, name: str) -> PersonalData:  # noqa: ARG001 - the factory's signature
    return PersonalData()


def _entity(doc: Doc, detection: Detection) -> Span:
    span = Span(doc, detection.start, detection.end, label=detection.kind.value)
    span._.score, span._.recognizer, span._.evidence = (
        detection.score,
        detection.recognizer,
        detection.evidence,
    )
    return span
