"""Labels that people may have got wrong: the off-diagonal rule of confident learning.

Source: Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70
(2021) 1373–1411, equations 1–2 and the method "confident joint, off-diagonals" of section 3.2. Written
here because cleanlab, its reference implementation, is under the AGPL and cannot be shipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_EXAMPLES = 3
"""Texts a label must have been given to before its mean probability means anything."""


@dataclass(frozen=True, slots=True)
class LabelHint:
    """The text at ``position`` is confidently counted under ``likely``, by ``margin`` over what was given."""

    position: int
    likely: str
    margin: float


def likely_errors(
    labels: Sequence[str], given: Sequence[Sequence[str]], probabilities: NDArray[np.float64]
) -> list[LabelHint]:
    """Return hints at labels that are probably wrong, the largest margin first.

    A label's threshold is its mean probability over the texts it was given to. A text is counted under the
    likeliest label that reaches its threshold; where that is none of its own labels, it is off the diagonal.

    Args:
        labels: names of the columns.
        given: of each text, primary label first; a secondary label is right as well.
        probabilities: shape (n, labels), of a model that did not learn from these texts.
    """
    if not given:
        return []
    primary = np.array([labels.index(own[0]) for own in given])
    counts = np.bincount(primary, minlength=len(labels))
    thresholds = np.array(
        [
            probabilities[primary == j, j].mean() if counts[j] >= LEAST_EXAMPLES else np.inf
            for j in range(len(labels))
        ]
    )
    hints = []
    for position, (own, row) in enumerate(zip(given, probabilities, strict=True)):
        confident = np.where(row >= thresholds, row, -1.0)
        likely = int(confident.argmax())
        if confident[likely] >= 0 and labels[likely] not in own:
            margin = float(row[likely] - max(row[labels.index(label)] for label in own))
            hints.append(LabelHint(position, labels[likely], margin))
    return sorted(hints, key=lambda hint: (-hint.margin, hint.position))
