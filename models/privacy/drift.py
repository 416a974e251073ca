"""What is found changes from month to month: other papers, another scanner, or a pass that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.privacy.estimates import Estimate, wilson

LEAST_TRIALS = 20
"""Documents, or reviewed findings, on either side: fewer say nothing."""
BASE_MONTHS = 3
"""How many earlier months the latest is compared with: what changed long ago is known by now."""


@dataclass(frozen=True, slots=True)
class MonthlyShare:
    """Of ``trials`` documents (or findings) of a month, how many have something."""

    month: str
    name: str
    successes: int
    trials: int


@dataclass(frozen=True, slots=True)
class Drift:
    """A share of the latest month whose 95 % interval does not meet that of the months before."""

    month: str
    name: str
    before: Estimate
    now: Estimate


def drifts(shares: Sequence[MonthlyShare]) -> tuple[Drift, ...]:
    """Compare the latest month of each name with its last `BASE_MONTHS` earlier months together.

    Two 95 % intervals that do not meet are a difference at about the 99.5 % level (Schenker and
    Gentleman, The American Statistician 55 (2001) 182–186), strict enough for some ten names a month.

    Args:
        shares: any order; months as 2026-11. A month without a name's share counts as not measured.

    Returns:
        Drifts, by name.
    """
    found = []
    for name in sorted({share.name for share in shares}):
        own = sorted((s for s in shares if s.name == name), key=lambda s: s.month)
        latest, earlier = own[-1], own[-1 - BASE_MONTHS : -1]
        trials = sum(s.trials for s in earlier)
        before, now = (
            wilson(sum(s.successes for s in earlier), trials),
            wilson(latest.successes, latest.trials),
        )
        if before is None or now is None or min(trials, latest.trials) < LEAST_TRIALS:
            continue
        if before.high < now.low or now.high < before.low:
            found.append(Drift(latest.month, name, before, now))
    return tuple(found)
