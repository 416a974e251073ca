"""Made-up traffic: the same from the same seed, ordinary in itself, and seeded insiders are found in it."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.supervision_run import Plan, Run, run, traffic
from models.supervision.looks import Kind
from training.synthetic.insider_strengths import HELD_OUT, TUNING, WITH_CASES
from training.synthetic.insiders import planted
from training.synthetic.traffic import Agency
from training.synthetic.traffic_people import Habits

SMALL = Habits(clerks=16, days=80, offices=2, holders=2500)


def test_the_same_seed_makes_the_same_ledger() -> None:
    ledgers = []
    for seed in (5, 5, 6):
        agency = Agency(seed, Habits(clerks=4, days=8, offices=2, holders=300))
        ledgers.append([look for _, looks, _ in traffic(agency, (), cases=True) for look in looks])
    assert ledgers[0] == ledgers[1] != ledgers[2]
    assert [look.seq for look in ledgers[0]] == list(range(1, len(ledgers[0]) + 1))


def test_ranges_to_measure_with_reach_beyond_those_to_tune_with() -> None:
    assert set(TUNING) == set(HELD_OUT)
    assert len(TUNING) >= 8
    for kind, tuned in TUNING.items():
        measured = HELD_OUT[kind]
        assert measured.total[0] <= tuned.total[0]
        assert measured.total[1] >= min(tuned.total[1], 3)
        assert measured != tuned


def test_every_trace_has_looks_of_its_own_accounts() -> None:
    agency = Agency(3, SMALL)
    for trace in planted(agency, 1, {**HELD_OUT, **WITH_CASES}, 3):
        drafts = [draft for day in trace.days.values() for draft in day]
        assert {draft.account for draft in drafts} == set(trace.accounts), trace.kind
        assert {draft.trace for draft in drafts} == {trace.number}
        assert all(draft.case in {"", "one-case"} for draft in drafts)


def test_ordinary_days_have_cases_and_no_nights() -> None:
    looks = [look for _, looks, _ in traffic(Agency(4, SMALL), (), cases=False) for look in looks]
    kinds = Counter(look.kind for look in looks)
    assert kinds[Kind.READ] > kinds[Kind.SEARCH] > kinds[Kind.REVEAL] > 0
    assert not any(look.case for look in looks)
    hours = Counter(look.minute // 60 for look in looks)
    assert sum(hours[h] for h in (22, 23, 0, 1, 2, 3, 4, 5)) == 0
    assert hours[12] < hours[10]


@pytest.fixture(scope="module")
def measured() -> Run:
    return run(Plan(7001, 24, 90, 1, {k: v for k, v in HELD_OUT.items() if k != "crowd"}))


def test_seeded_insiders_are_found(measured: Run) -> None:
    """A small version of `make bench-supervision`; the floor is what 21 traces allow."""
    found = measured.found()
    assert len(found) == len(HELD_OUT) - 1
    assert sum(found.values()) >= 19


def test_ordinary_work_is_seldom_told(measured: Run) -> None:
    """Two of some 2,000 clerk-days may be: a rate of 1 in 1,000 gives more in one world of twelve."""
    assert measured.clerk_days > 1500
    assert len(measured.false_alarms()) <= 3
