"""What the sequence model says of a text: detections of its own, and doubt about what others found."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from models.privacy.detections import Detection
from models.privacy.sequence_tags import NUMBERS, WORDS, Probabilities, probability_of

Beliefs = npt.NDArray[np.uint8]
"""Shape (`GROUPS`, characters): how far a character belongs to a kind, 255 for certainly."""
GROUPS = len(WORDS) + 1
"""Every kind of words for itself, all kinds of numbers together behind them."""
_GROUP_OF = {**{kind: i for i, kind in enumerate(WORDS)}, **dict.fromkeys(NUMBERS, len(WORDS))}
_CERTAIN = 255


@dataclass(frozen=True, slots=True)
class Opinion:
    """Detections in order, and what the model believes of every character."""

    detections: Sequence[Detection]
    beliefs: Beliefs

    def weigh(self, others: Iterable[Detection]) -> list[Detection]:
        """Return the detections of other recognizers but those the model doubts, and its own behind them."""
        believed = (d for d in others if not self._doubts(d)) if self.beliefs.size else others
        return [*believed, *self.detections]

    def _doubts(self, found: Detection) -> bool:
        least = least_beliefs().get(found.recognizer, least_beliefs().get(found.kind.value, 0.0))
        group = _GROUP_OF.get(found.kind)
        if not least or group is None:
            return False
        belief = self.beliefs[group, found.start : found.end]
        return len(belief) > 0 and float(belief.mean()) < least * _CERTAIN


NO_OPINION = Opinion((), np.zeros((GROUPS, 0), dtype=np.uint8))
"""Where there is no sequence model: nothing found, nothing doubted."""


def beliefs_of(probabilities: Probabilities) -> Beliefs:
    """Return the beliefs of a stretch of characters from its tag probabilities."""
    shares = [probability_of((kind,), probabilities) for kind in WORDS]
    shares.append(probability_of(NUMBERS, probabilities))
    made: Beliefs = np.round(np.stack(shares) * _CERTAIN).astype(np.uint8)
    return made


@cache
def least_beliefs() -> Mapping[str, float]:
    """Return the least mean belief 0–1 of a detection, by recognizer or kind (`privacy_thresholds.toml`)."""
    path = files("models") / "reference" / "privacy_thresholds.toml"
    table: Mapping[str, float] = tomllib.loads(path.read_text("utf-8"))["least_belief"]
    return table
