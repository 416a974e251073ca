from __future__ import annotations

import numpy as np

from models.classification.evidence import phrases_for
from models.classification.heads import Head
from models.classification.ngrams import NgramSpace

GRAMS = ("工伤", "伤", "认定", "材料", "0", "〇")
SPACE = NgramSpace({gram: i for i, gram in enumerate(GRAMS)}, np.ones(len(GRAMS), dtype=np.float32))
#                      工伤 伤  认定  材料  0   〇
FOR_INJURY = np.array([2.0, 1.0, 1.0, -1.0, 9.0, 9.0], dtype=np.float32)
HEAD = Head(np.stack([FOR_INJURY, -FOR_INJURY], axis=1), np.zeros(2, dtype=np.float32))


def test_strongest_words_first_and_no_numbers() -> None:
    assert phrases_for(0, "〔姓名〕12的工伤认定材料", SPACE, HEAD) == ("工伤", "认定")


def test_words_against_the_label_are_no_evidence() -> None:
    assert phrases_for(1, "工伤材料", SPACE, HEAD) == ("材料",)


def test_at_most_so_many() -> None:
    assert phrases_for(0, "工伤，认定", SPACE, HEAD, limit=1) == ("工伤",)


def test_a_word_outside_the_vocabulary_is_never_shown() -> None:
    assert phrases_for(0, "欧阳小明受伤", SPACE, HEAD) == ()


def test_no_text_no_evidence() -> None:
    assert phrases_for(0, "", SPACE, HEAD) == ()
