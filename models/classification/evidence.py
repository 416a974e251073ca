"""Which words spoke for a label, taken from the n-gram weights."""

from __future__ import annotations

import re

from models.classification.heads import Head
from models.classification.ngrams import NgramSpace, ngrams
from models.text.segmentation import words

_SHOWABLE = re.compile(r"[\u3400-\u9fff]{2,4}")
_READ_CHARACTERS = 4_000
"""Enough to find a few telling words; segmentation is the slowest step of a short judgement."""


def phrases_for(label: int, text: str, space: NgramSpace, head: Head, *, limit: int = 5) -> tuple[str, ...]:
    """Return up to ``limit`` words of ``text`` that speak most for ``label``, strongest first.

    A word's worth is the sum over the n-grams inside it. Only words of the vocabulary are returned: it was
    made from masked texts, so a name or number that slipped through masking cannot come back here.
    """
    where, values = space.row(text)
    weights = head.weights[where]
    gains = values * (weights[:, label] - weights.mean(axis=1))
    gain_of = dict(zip(where.tolist(), gains.tolist(), strict=True))
    worth = {}
    for word in dict.fromkeys(words(text[:_READ_CHARACTERS])):
        if word in space.columns and _SHOWABLE.fullmatch(word):
            inside = {space.columns[gram] for gram in ngrams(word) if gram in space.columns}
            worth[word] = sum(gain_of.get(column, 0.0) for column in inside)
    ranked = sorted(worth, key=lambda word: (-worth[word], word))
    return tuple(word for word in ranked[:limit] if worth[word] > 0)
