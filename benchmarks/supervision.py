"""`make bench-supervision`: seeded insiders found, false alarms, beside two baselines, on made-up traffic.

The seeds and ranges here were not used to set the rules. The baselines get the same days with the same
registered tasks left out, and a threshold chosen afterwards so that they raise as many false alarms as may be
raised at all (1 per 1,000 clerk-days of the clean run): more than they could know in an office.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from benchmarks.supervision_run import Plan, Run, run
from models.privacy.estimates import wilson
from models.supervision.memory import FEATURES
from training.synthetic.insider_hand import Trace
from training.synthetic.insider_strengths import HELD_OUT, WITH_CASES

FALSE_ALARMS = 1e-3
Flagged = Callable[[tuple[int, ...]], bool]
_PEOPLE = len(FEATURES)
"""Column of `benchmarks.supervision_run` features that counts the people opened."""


def plans(clerks: int, days: int, each: int) -> list[Plan]:
    shorter = max(90, days // 2)
    return [
        Plan(3101, clerks, days),
        Plan(3102, clerks, shorter, each, HELD_OUT),
        Plan(3103, clerks, shorter, each, HELD_OUT),
        Plan(3104, clerks, shorter, each * 2, WITH_CASES, cases=True),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clerks", type=int, default=200)
    parser.add_argument("--days", type=int, default=250)
    parser.add_argument("--each", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    with ProcessPoolExecutor(given.workers) as pool:
        clean, *planted, cases = pool.map(run, plans(given.clerks, given.days, given.each))
    table(clean, planted, cases)


def table(clean: Run, planted: Sequence[Run], cases: Run) -> None:
    """Print found traces by kind, then false alarms."""
    by_volume = daily_volume(clean)
    by_forest = isolation_forest(clean, [days_of(r, t) for r in (*planted, cases) for t in r.traces])
    rows: dict[str, list[tuple[bool, bool, bool]]] = defaultdict(list)
    for made in (*planted, cases):
        found = made.found()
        for trace in made.traces:
            rows[trace.kind].append(
                (found[trace.number], seen(made, trace, by_volume), seen(made, trace, by_forest))
            )
    print(f"made-up traffic; held-out seeds {[r.plan.seed for r in (clean, *planted, cases)]} and ranges")
    print(f"{'trace':<20}{'seeded':>7}{'found':>7}{'95 % interval':>16}{'volume':>9}{'forest':>9}")
    for kind, outcomes in rows.items():
        line(kind, outcomes)
    line("all, ledger as it is", [o for kind in HELD_OUT for o in rows[kind]])
    line("with case marks", [o for kind in WITH_CASES for o in rows[kind]])
    for name, made in (
        ("no insiders", clean),
        *((f"seed {r.plan.seed}", r) for r in planted),
        ("cases", cases),
    ):
        alarms = made.false_alarms()
        rate = wilson(len(alarms), made.clerk_days)
        told = f"{rate.value * 1e3:.2f} ({rate.low * 1e3:.2f}–{rate.high * 1e3:.2f})" if rate else "–"
        print(
            f"{name}: {made.clerk_days} clerk-days, {made.looks} looks, {len(made.alerts)} alerts, "
            f"{len(alarms)} false = {told} per 1,000; {dict(Counter(a.rules[0] for a in alarms))}"
        )


def line(name: str, outcomes: Sequence[tuple[bool, bool, bool]]) -> None:
    found, volume, forest = (sum(column) for column in zip(*outcomes, strict=True))
    share = wilson(found, len(outcomes))
    interval = f"{share.low:.3f}–{share.high:.3f}" if share else "–"
    print(f"{name:<20}{len(outcomes):>7}{found:>7}{interval:>16}{volume:>9}{forest:>9}")


def days_of(made: Run, trace: Trace) -> list[tuple[int, ...]]:
    """Return the features of the days a trace has looks in."""
    days = [(account, day) for account in trace.accounts for day in trace.days]
    return [made.features[key] for key in days if key in made.features]


def seen(made: Run, trace: Trace, flagged: Flagged) -> bool:
    """Whether a baseline flags a day of the trace; it need not say which looks."""
    return any(flagged(features) for features in days_of(made, trace))


def daily_volume(clean: Run) -> Flagged:
    """Flag days with more people opened than 999 of 1,000 ordinary days have."""
    counts = np.array([f[_PEOPLE] for f in clean.features.values()])
    limit = float(np.quantile(counts, 1 - FALSE_ALARMS))
    return lambda features: features[_PEOPLE] > limit


def isolation_forest(clean: Run, days: Sequence[Sequence[tuple[int, ...]]]) -> Flagged:
    """Flag days that a forest fitted on ordinary days isolates sooner than 999 of 1,000 of them."""
    ordinary = _matrix(list(clean.features.values()))
    forest = IsolationForest(n_estimators=200, max_samples=2048, random_state=0).fit(ordinary)
    limit = float(np.quantile(forest.score_samples(ordinary), FALSE_ALARMS))
    asked = sorted({features for own in days for features in own})
    scores = forest.score_samples(_matrix(asked))
    flagged = {features for features, score in zip(asked, scores, strict=True) if score < limit}
    return lambda features: features in flagged


def _matrix(rows: Sequence[tuple[int, ...]]) -> NDArray[np.float64]:
    return np.log1p(np.array(rows, dtype=np.float64))


if __name__ == "__main__":
    main()
