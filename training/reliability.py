"""Whether probabilities mean what they say: the bins of a reliability diagram and their mean gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Texts whose best label had a probability from ``low`` (0–1) on: what it said and was on average."""

    low: float
    texts: int
    said: float
    right: float


def reliability(probabilities: Sequence[float], right: Sequence[bool]) -> tuple[ReliabilityBin, ...]:
    """Return the bins that hold any text, lowest first."""
    sure, hit = np.array(probabilities), np.array(right, dtype=np.float64)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return tuple(
        ReliabilityBin(
            round(b / BINS, 1),
            int((bins == b).sum()),
            round(float(sure[bins == b].mean()), 4),
            round(float(hit[bins == b].mean()), 4),
        )
        for b in sorted(set(bins.tolist()))
    )


def expected_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the expected calibration error: the gaps, weighted by the texts in each bin."""
    texts = sum(b.texts for b in bins)
    return sum(abs(b.said - b.right) * b.texts for b in bins) / texts if texts else 0.0
