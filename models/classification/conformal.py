"""Prediction sets that leave the right label out no more often than a stated share of the time.

Label-conditional (Mondrian) cross-conformal prediction. What the model, trained without a text, gave the
text's right label is kept for every label and form of text; a label stays in a set unless its probability is
among the lowest share ``alpha`` of those. Sources: Vovk, Gammerman, Shafer, Algorithmic Learning in a Random
World (2005), section 4.5; Vovk, Cross-conformal predictors, AMAI 74 (2015). ADR 0005 says why it is our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.archive.levels import Line
from models.archive.taxonomy import lines_of
from models.classification.heads import Scores

SHORT_CHARACTERS = 60
"""Up to here a text counts as something typed or said; longer ones are provisions, forms, documents."""

Known = NDArray[np.float32]
"""Probabilities 0–1 that unseen texts gave their right label, ascending, shape (texts,)."""


class Form(StrEnum):
    """Short and long texts err differently, so each is held against its own kind."""

    SHORT = "short"
    LONG = "long"


def form_of(text: str) -> Form:
    """Return the form of ``text``; blanks do not count."""
    head = text[: 4 * SHORT_CHARACTERS]
    visible = sum(not char.isspace() for char in head)
    return Form.SHORT if visible <= SHORT_CHARACTERS and len(text) == len(head) else Form.LONG


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels that cannot be ruled out, most probable first.

    ``certain``: exactly one label was left, and it is the most probable one.
    """

    labels: tuple[str, ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class Levels:
    """Share of texts, 0–1, of each line whose right label may be missing from the set."""

    by_line: Mapping[Line, float]

    def of(self, label: str) -> float:
        """Return the level of ``label``: the stricter of its lines; of all lines where it has none."""
        return min(self.by_line[line] for line in lines_of((label,)) or frozenset(self.by_line))


@dataclass(frozen=True, slots=True)
class Conformity:
    """What unseen texts gave their right label, by form, one array a label."""

    known: Mapping[Form, tuple[Known, ...]]

    def p_values(self, probabilities: Scores, form: Form) -> Scores:
        """Return for each label the share 0–1 of unseen texts of it that conformed no better.

        A label nobody was seen of has the p-value 1: it can never be ruled out.
        """
        at_most = [
            np.searchsorted(known, np.float32(p), side="right")
            for known, p in zip(self.known[form], probabilities, strict=True)
        ]
        counts = np.array([len(known) for known in self.known[form]], dtype=np.float64)
        values: Scores = (1.0 + np.array(at_most, dtype=np.float64)) / (counts + 1.0)
        return values


def label_set(
    labels: Sequence[str], probabilities: Scores, p_values: Scores, levels: Levels, also: Sequence[str] = ()
) -> LabelSet:
    """Return the labels whose p-value is above their level, the most probable one, and ``also``.

    Adding labels never breaks the promise. Where all are ruled out the text is unlike anything seen.
    """
    kept = {label for label, p in zip(labels, p_values, strict=True) if p > levels.of(label)}
    order = [labels[i] for i in np.argsort(-probabilities, kind="stable")]
    best = order[0]
    wanted = kept | {best, *also}
    return LabelSet(tuple(label for label in order if label in wanted), kept == {best} == wanted)
