"""Whether there is anything to judge: the reasons to hand a text to a person unread."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import pairwise

from models.classification.ngrams import plain

MAX_CHARACTERS = 200_000
"""Beyond this a text is no single record; it is sampled and always reviewed."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffd\ud800-\udfff]")
_MIN_HAN = 2
_MIN_HAN_SHARE = 0.08  # payment tables are mostly figures
_MIN_HAN_PER_LETTER = 0.3  # abbreviations such as DRG are welcome, foreign sentences are not
_MAX_UNPRINTABLE_SHARE = 0.05
_MIN_KNOWN_SHARE = 0.15  # random characters stay under 0.02
_LONG_HAN, _MIN_DISTINCT_PAIRS = 60, 12  # a long text that only repeats itself


def is_legible(text: str, vocabulary: Container[str]) -> bool:
    """Say whether ``text`` is enough Chinese, varied and familiar enough, to be worth a judgement.

    Args:
        text: at most ``MAX_CHARACTERS`` of it are looked at.
        vocabulary: the n-grams the classifier knows.
    """
    head = text[:MAX_CHARACTERS]
    han = _HAN.findall(head)
    visible = sum(not char.isspace() for char in head)
    letters = sum(char.isascii() and char.isalpha() for char in head)
    if len(set(han)) < _MIN_HAN or len(han) < _MIN_HAN_PER_LETTER * letters:
        return False
    if len(han) < _MIN_HAN_SHARE * visible or len(_UNPRINTABLE.findall(head)) > _MAX_UNPRINTABLE_SHARE * len(
        head
    ):
        return False
    pairs = [a + b for run in _HAN_RUN.findall(plain(head)) for a, b in pairwise(run)]
    if len(han) >= _LONG_HAN and len(set(pairs)) < _MIN_DISTINCT_PAIRS:
        return False
    return sum(pair in vocabulary for pair in pairs) > _MIN_KNOWN_SHARE * len(pairs)
