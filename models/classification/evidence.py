"""Which words spoke for a label, taken from the n-gram weights."""

from __future__ import annotations

import re

import numpy as np

from models.classification.heads import Head
from models.classification.ngrams import NgramSpace, plain

_WORD = re.compile(r"[\u3400-\u9fff]{2,4}")


def phrases_for(label: int, text: str, space: NgramSpace, head: Head, *, limit: int = 5) -> tuple[str, ...]:
    """Return up to ``limit`` n-grams of ``text`` that speak most for ``label``, strongest first.

    Only Han n-grams of the vocabulary are ever returned. The vocabulary was made from masked texts, so a
    name or number that slipped through masking cannot come back here. Phrases do not contain each other
    nor overlap in the text.
    """
    where, values = space.row(text)
    if not where.size:
        return ()
    weights = head.weights[where]
    gains = values * (weights[:, label] - weights.mean(axis=1))
    gain_of = dict(zip(where.tolist(), gains.tolist(), strict=True))
    shown = plain(text)
    grams = [gram for gram in space.counts(text) if _WORD.fullmatch(gram)]
    # A longer n-gram says more to a reader than its strongest half.
    worth = {gram: gain_of[space.columns[gram]] * len(gram) for gram in grams}
    chosen: list[str] = []
    taken = np.zeros(len(shown), dtype=bool)
    for gram in sorted(worth, key=lambda g: (-worth[g], g)):
        start = shown.find(gram)
        if worth[gram] <= 0 or len(chosen) == limit:
            break
        if not taken[start : start + len(gram)].any():
            taken[start : start + len(gram)] = True
            chosen.append(gram)
    return tuple(chosen)
