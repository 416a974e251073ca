"""How unlikely a count is under ordinary work."""

from __future__ import annotations

import math
from collections.abc import Sequence

SMALLEST = 1e-30


def count_tail(count: int, mean: float, dispersion: float) -> float:
    """Return P(X >= count) for a negative binomial X.

    Args:
        count: at least 0.
        mean: above 0.
        dispersion: r > 0; the variance is mean + mean² / r. Large r is Poisson.

    Returns:
        Between `SMALLEST` and 1. Source: Greene, Econometric Analysis, "NB2" model of counts.
    """
    if count <= 0:
        return 1.0
    share = mean / (mean + dispersion)
    start = min(max(count, 1), count + 400)
    term = math.exp(
        math.lgamma(start + dispersion)
        - math.lgamma(dispersion)
        - math.lgamma(start + 1)
        + dispersion * math.log1p(-share)
        + start * math.log(share)
    )
    total, i = term, start
    while term > total * 1e-9 and i < start + 5000:
        term *= (i + dispersion) / (i + 1) * share
        total += term
        i += 1
    return min(1.0, max(SMALLEST, total))


def group_tail(count: int, of: int, share: float, clumping: float) -> float:
    """Return P(X >= count) for a beta-binomial X of ``of`` trials.

    ``share``: mean of a trial, above 0 and below 1. ``clumping``: correlation of two trials, above 0 and
    below 1 (people of one employer come together).
    """
    if count <= 0:
        return 1.0
    strength = (1 - clumping) / clumping
    a, b = share * strength, (1 - share) * strength
    base = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - math.lgamma(a + b + of)
    total = 0.0
    for k in range(count, of + 1):
        term = math.exp(
            base
            + math.lgamma(of + 1)
            - math.lgamma(k + 1)
            - math.lgamma(of - k + 1)
            + math.lgamma(k + a)
            + math.lgamma(of - k + b)
        )
        total += term
        if term < total * 1e-9:
            break
    return min(1.0, max(SMALLEST, total))


def run_tail(length: int, density: float, gap: int, starts: int) -> float:
    """Return a bound on the chance of a run of ``length`` numbers, each at most ``gap`` after the last.

    Numbers are read independently with ``density`` (0–1); ``starts`` is how many runs could have begun.
    """
    goes_on = 1 - (1 - min(density, 0.999)) ** gap
    return min(1.0, max(SMALLEST, starts * goes_on ** max(length - 1, 0)))


def tempered(values: Sequence[int]) -> tuple[float, float]:
    """Return mean and variance with every value above three times the upper quartile cut down to that.

    One wild day in the past must not make the next one look ordinary.
    """
    if not values:
        return 0.0, 0.0
    ordered = sorted(values)
    cap = 3 * max(1, ordered[(3 * len(ordered)) // 4])
    kept = [min(value, cap) for value in values]
    mean = sum(kept) / len(kept)
    return mean, sum((value - mean) ** 2 for value in kept) / max(1, len(kept) - 1)


def dispersion_of(mean: float, variance: float, smallest: float, largest: float = 200.0) -> float:
    """Return r of a negative binomial with these moments, within bounds."""
    if variance <= mean or mean <= 0:
        return largest
    return min(largest, max(smallest, mean * mean / (variance - mean)))
