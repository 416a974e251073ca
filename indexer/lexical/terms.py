"""Masked text into the terms that are indexed and asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.metadata import version

from models.text.normalisation import normalise
from models.text.segmentation import bigrams, words

# A placeholder left by masking says nothing about the content; 〔2019〕 in a document number does.
_PLACEHOLDER = re.compile(r"〔[^〔〕0-9]{1,12}〕")
_PROBE = (
    "参保人员〔姓名〕申领一次性工亡补助金，依据人社部发〔2019〕5号第十二条；"
    "生育津贴按日计发128.50元，失业保险关系跨省转移接续ＡＢＣ-01。医保报销、退休审批表、伤"
)


class Field(StrEnum):
    """Bigrams find every substring, words rank better; measured, both are kept."""

    BIGRAMS = "bigrams"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one text in order of occurrence, with repetitions."""

    bigrams: list[str]
    words: list[str]

    def of(self, field: Field) -> list[str]:
        return self.bigrams if field is Field.BIGRAMS else self.words


def terms_of(text: str) -> Terms:
    """Segment any string: no query syntax, no failure, whatever it holds."""
    # A lone surrogate is a legal Python string that no encoder accepts.
    clean = text.encode("utf-8", "replace").decode("utf-8")
    plain = _PLACEHOLDER.sub(" ", normalise(clean)).lower()
    return Terms(
        bigrams=bigrams(plain),
        words=[word for word in words(plain) if any(map(str.isalnum, word))],
    )


@cache
def segmenter_version() -> str:
    """Name and version of everything that decides which terms a text has.

    The probe catches a changed dictionary or rule that nobody gave a new version: terms that
    drift between building and asking lose hits without a sound.
    """
    terms = terms_of(_PROBE)
    digest = sha256("\t".join([*terms.bigrams, "", *terms.words]).encode("utf-8")).hexdigest()[:8]
    return f"rjieba-{version('rjieba')}+terms-{digest}"
