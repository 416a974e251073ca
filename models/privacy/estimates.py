"""Shares estimated from a few looks, with the interval that says how few they were."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share 0–1 seen in ``trials`` looks, with its 95 % interval."""

    successes: int
    trials: int
    value: float
    low: float
    high: float


def wilson(successes: int, trials: int) -> Estimate | None:
    """Return the share with its Wilson score interval at 95 %; None without a trial.

    Source: Wilson, JASA 22 (1927) 209–212.

    Raises:
        ValueError: successes are not between 0 and trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError("successes must lie between 0 and trials")
    if trials == 0:
        return None
    share, z2 = successes / trials, _Z_95**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    spread = _Z_95 / (1 + z2 / trials) * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    low = 0.0 if successes == 0 else centre - spread
    high = 1.0 if successes == trials else centre + spread
    return Estimate(successes, trials, share, low, high)


def document_recall(found: int, clean: int, looked: int, missed: int) -> Estimate | None:
    """Return the share of documents with personal data that the pass noticed, from second looks.

    Args:
        found: documents with a detection.
        clean: documents without one.
        looked: clean documents that were looked at again.
        missed: those of them in which something had been missed.

    The interval carries the Wilson interval of missed / looked over to the ``clean`` documents.
    None where nothing was looked at or there is nothing to find.
    """
    rate = wilson(missed, looked)
    if rate is None or found + clean * rate.value == 0:
        return None

    def recall(miss_rate: float) -> float:
        return found / (found + clean * miss_rate) if found + clean * miss_rate else 1.0

    return Estimate(looked - missed, looked, recall(rate.value), recall(rate.high), recall(rate.low))
