"""Whether what comes in, or what it means, has moved away from what the classifier was made for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log, sqrt

from models.archive.taxonomy import insurance_types
from models.classification.results import Classification, Decision

PSI_ALERT = 0.2
"""Above .25 credit scoring calls a shift major (Siddiqi, Credit Risk Scorecards, Wiley 2006); we ask for a
look a little earlier."""
LEAST_TEXTS = 20
"""On either side: fewer say nothing."""
SMALL_CELL = 5
"""Counts below are not told: they may speak of one person."""
ACCEPTED_WRONG_AT_MOST = 0.03
"""What was promised of accepted answers; see the model card."""
_BINS = 10
_SMOOTHING = 0.5
_Z = 3.09  # one month in a thousand by chance alone

Histogram = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one histogram lies from its reference; ``bound``: what chance alone makes of it."""

    name: str
    psi: float
    bound: float
    alert: bool


def stability_index(reference: Histogram, counts: Histogram) -> float:
    """Return the population stability index (symmetrised Kullback–Leibler divergence), 0 upwards.

    Every cell counts half a text more, so that an empty one keeps the sum finite.
    """
    cells = sorted({*reference, *counts})
    total = sum(reference.values()) + _SMOOTHING * len(cells)
    own = sum(counts.values()) + _SMOOTHING * len(cells)
    pairs = (
        ((reference.get(c, 0) + _SMOOTHING) / total, (counts.get(c, 0) + _SMOOTHING) / own) for c in cells
    )
    return sum((now - before) * log(now / before) for before, now in pairs)


def shift_of(name: str, reference: Histogram, counts: Histogram) -> Shift | None:
    """Compare two histograms; None where either holds too few texts.

    With nothing changed the index is near (1/n + 1/m) times a chi-square of cells - 1 degrees of freedom
    (Yurdakul, Statistical Properties of Population Stability Index, 2018), so an alert asks
    for both: a large index, and one larger than chance makes it.
    """
    before, now = sum(reference.values()), sum(counts.values())
    if min(before, now) < LEAST_TEXTS:
        return None
    freedom = max(1, len({*reference, *counts}) - 1)
    bound = (freedom + _Z * sqrt(2 * freedom)) * (1 / before + 1 / now)
    psi = stability_index(reference, counts)
    return Shift(name, round(psi, 4), round(bound, 4), psi >= PSI_ALERT and psi > bound)


def cells_of(answer: Classification) -> dict[str, str]:
    """Return the cell of each histogram that an answer falls into."""
    tenth = min(int(answer.labels[0].probability * _BINS), _BINS - 1)
    return {
        "decision": answer.decision.value,
        "probability": f"{tenth / _BINS:.1f}",
        "insurance": answer.insurance_type,
    }


def no_answers() -> dict[str, Counter[str]]:
    """Return the histograms of no answer at all: every cell that `cells_of` may name, at 0."""
    return {
        "decision": Counter({decision.value: 0 for decision in Decision}),
        "probability": Counter({f"{tenth / _BINS:.1f}": 0 for tenth in range(_BINS)}),
        "insurance": Counter(dict.fromkeys(insurance_types(), 0)),
    }


def histograms(said: Iterable[Classification]) -> dict[str, dict[str, int]]:
    """Return what answers look like: decisions, best probabilities in ten bins, insurance types."""
    counts = no_answers()
    for answer in said:
        for name, cell in cells_of(answer).items():
            counts[name][cell] += 1
    return {name: dict(counter) for name, counter in counts.items()}


def told(count: int) -> int | None:
    """Return a count that may be told, None for a small one."""
    return count if count == 0 or count >= SMALL_CELL else None
