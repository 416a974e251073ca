"""What the sequence model says of a text: detections of its own, and doubt about names that others found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.privacy.detections import Detection, DetectionKind

Belief = npt.NDArray[np.float16]

_LEAST_BELIEF = {"name-model": 0.5}
_LEAST_BELIEF_OTHERWISE = 0.02
"""Mean probability of the tags of a name below which a name found by a recognizer is dropped; on development
texts, of names below it more than three in four were none."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Detections in order, and for each character the probability 0–1 that it belongs to a person's name."""

    detections: Sequence[Detection]
    persons: Belief

    def weigh(self, others: Iterable[Detection]) -> list[Detection]:
        """Return the detections of other recognizers without the doubted names, and its own behind them."""
        return [*(d for d in others if not self._doubts(d)), *self.detections]

    def _doubts(self, found: Detection) -> bool:
        if found.kind is not DetectionKind.PERSON:
            return False
        least = _LEAST_BELIEF.get(found.recognizer, _LEAST_BELIEF_OTHERWISE)
        belief = self.persons[found.start : found.end]
        return len(belief) > 0 and float(belief.mean()) < least


NO_OPINION = Opinion((), np.ones(0, dtype=np.float16))
"""Where there is no sequence model: nothing found, nothing doubted."""
