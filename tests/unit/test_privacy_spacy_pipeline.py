"""The privacy pass in spaCy: tokens, entities and texts that spaCy does not like."""

from __future__ import annotations

import pytest
from spacy.language import Language
from spacy.tokens import DocBin

from models.privacy.presidio import PresidioDetector
from models.privacy.spacy_pipeline import pipeline

TEXT = "申请人：欧阳锦程\n联系电话：16900000000，　电子邮箱 a@b.cn 。"


@pytest.fixture(scope="module")
def nlp() -> Language:
    return pipeline(PresidioDetector.load(names=False))


def test_entities_are_the_detections_of_the_same_text(nlp: Language) -> None:
    doc = nlp(TEXT)
    found = PresidioDetector.load(names=False).detect([TEXT])[0]
    assert [(e.start_char, e.end_char, e.label_) for e in doc.ents] == [
        (d.start, d.end, d.kind.value) for d in found
    ]
    assert {e.label_ for e in doc.ents} >= {"PERSON", "PHONE", "EMAIL"}
    assert all(0 < e._.score <= 1 and e._.recognizer and e._.evidence for e in doc.ents)


def test_every_character_is_a_token(nlp: Language) -> None:
    doc = nlp(TEXT)
    assert doc.text == TEXT
    assert len(doc) == len(TEXT)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "🙂 13", "\ud800电话16900000000", "\x00"])
def test_awkward_texts_keep_their_length(nlp: Language, text: str) -> None:
    assert len(nlp(text)) == len(text)


def test_a_batch_gives_what_single_texts_give_and_can_be_kept(nlp: Language) -> None:
    texts = [TEXT, "没有", "电话：16900000001"]
    docs = list(nlp.pipe(texts, batch_size=2))
    assert [[e.text for e in doc.ents] for doc in docs] == [[e.text for e in nlp(t).ents] for t in texts]
    kept = DocBin(docs=docs).to_bytes()
    again = list(DocBin().from_bytes(kept).get_docs(nlp.vocab))
    assert [[e.label_ for e in doc.ents] for doc in again] == [[e.label_ for e in doc.ents] for doc in docs]
