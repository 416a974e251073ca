"""Counted shares and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``texts``; the share 0–1 is within ``low`` and ``high`` at 95 % (Clopper, Pearson 1934)."""

    hits: int
    texts: int
    value: float
    low: float
    high: float


def share_of(flags: Sequence[bool]) -> Share:
    """Return the share of true flags with its exact binomial bounds; of nothing anything may be true."""
    from scipy.stats import beta

    hits, texts = sum(flags), len(flags)
    if not texts:
        return Share(0, 0, 0.0, 0.0, 1.0)
    low = float(beta.ppf(0.025, hits, texts - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, texts - hits)) if hits < texts else 1.0
    return Share(hits, texts, round(hits / texts, 4), round(low, 4), round(high, 4))
