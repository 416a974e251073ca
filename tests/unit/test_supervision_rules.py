"""Supervision of duty: what is told of a day, and what is not."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.archive.names import surname_of
from models.errors import InvalidInput
from models.supervision.alerts import Alert, Severity
from models.supervision.facts import DayFacts, Opened, facts_of
from models.supervision.looks import DocumentMarks, Kind
from models.supervision.office import Leave, Office, Task, office_of
from models.supervision.rules import kind_of
from models.supervision.statistics import SMALLEST, count_tail, group_tail, run_tail, tempered
from models.supervision.walks import longest_chain, runs
from models.supervision.watch import Watch
from tests.quiet_office import (
    MONDAY,
    NOBODY_ELSE,
    OTHERS,
    OWN,
    RULES,
    STAFF,
    after_quiet_weeks,
    look,
    opened,
    ordinary,
    places,
    questions,
    rules_of,
    workdays,
)


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("walk", DayFacts("li", MONDAY, tuple(opened(n) for n in range(12)))),
        ("walk", DayFacts("li", MONDAY, tuple(opened(n) for n in range(40, 10, -2)))),
        ("walk", DayFacts("li", MONDAY, tuple(opened(n * 7 % 23) for n in range(23)))),
        ("employer", DayFacts("li", MONDAY, tuple(opened(n * 50, employer="e") for n in range(30)))),
        ("village", DayFacts("li", MONDAY, tuple(opened(n * 50, village="v") for n in range(30)))),
        ("surname", DayFacts("li", MONDAY, tuple(opened(n * 50, surname="s") for n in range(30)))),
        ("volume", DayFacts("li", MONDAY, tuple(opened(n * 50) for n in range(90)))),
        ("off_hours", DayFacts("li", MONDAY, tuple(opened(n * 50, off=True) for n in range(15)))),
        ("elsewhere", DayFacts("li", MONDAY, tuple(opened(n * 50, region="440300") for n in range(15)))),
        ("unsearched", DayFacts("li", MONDAY, tuple(opened(n * 50, shown=False) for n in range(25)))),
        ("probing", DayFacts("li", MONDAY, empty=places(25))),
        ("fishing", DayFacts("li", MONDAY, asked=questions(30))),
        ("refused", DayFacts("li", MONDAY, refused=places(9))),
        ("reveal", DayFacts("li", MONDAY, reveals=places(25))),
        ("export", DayFacts("li", MONDAY, exports=places(18))),
        ("own", DayFacts("li", MONDAY, own=places(1))),
        ("own", DayFacts("li", MONDAY, own_names=places(3))),
        ("onecase", DayFacts("li", MONDAY, tuple(opened(n * 50, case="c") for n in range(20)))),
    ],
)
def test_what_is_unlike_ordinary_work_is_told(rule: str, facts: DayFacts) -> None:
    (alert,) = after_quiet_weeks(facts)
    assert rule in alert.rules
    assert alert.accounts == ("li",)
    assert alert.seqs
    assert alert.explanation.endswith("。")


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(DayFacts("li", MONDAY, tuple(opened(n * 50) for n in range(16))), id="a busy day"),
        pytest.param(
            DayFacts("li", MONDAY, tuple(opened(n * 50, employer="e") for n in range(12))),
            id="a firm's agent",
        ),
        pytest.param(
            DayFacts("li", MONDAY, tuple(opened(n * 50, off=True) for n in range(4))), id="a late hour"
        ),
        pytest.param(
            DayFacts("li", MONDAY, tuple(opened(n, holder="one") for n in range(2))),
            id="papers of one person",
        ),
        pytest.param(DayFacts("li", MONDAY, own_names=places(1)), id="somebody of the same name"),
        pytest.param(DayFacts("li", MONDAY, asked=questions(10)), id="the list of hits was enough"),
        pytest.param(
            DayFacts("li", MONDAY, asked=questions(60, holder="h")), id="people whose files were opened"
        ),
        pytest.param(DayFacts("li", MONDAY, asked=questions(60, found=False)), id="told as empty searches"),
        pytest.param(DayFacts("li", MONDAY, refused=places(2), empty=places(4)), id="typing errors"),
        pytest.param(DayFacts("li", MONDAY, reveals=places(4), exports=places(3)), id="copies for people"),
    ],
)
def test_ordinary_work_is_not_told(facts: DayFacts) -> None:
    assert after_quiet_weeks(facts) == []


def test_a_registered_task_is_not_told_and_only_within_its_scope_and_size() -> None:
    walk = DayFacts("li", MONDAY, tuple(opened(n, employer="e") for n in range(12)))
    task = Task("核查", MONDAY, MONDAY + timedelta(99), frozenset({"li"}), rules=frozenset({"walk"}))
    assert rules_of(after_quiet_weeks(walk, office=Office(tasks=(task,)))) == []
    elsewhere = Task(
        "核查", task.first, task.last, task.accounts, rules=task.rules, marks=frozenset({"another series"})
    )
    assert rules_of(after_quiet_weeks(walk, office=Office(tasks=(elsewhere,)))) == ["walk"]
    small = Task("核查", task.first, task.last, task.accounts, rules=task.rules, people_per_day=2)
    assert rules_of(after_quiet_weeks(walk, office=Office(tasks=(small,)))) == ["walk"]


def test_several_at_the_same_work_make_one_alert() -> None:
    team = ("li", "c1", "c2")
    facts = [DayFacts(name, MONDAY, tuple(opened(n) for n in range(12))) for name in team]
    alerts = [alert for alert in after_quiet_weeks(*facts) if alert.rules[0] != "crowd"]
    assert [sorted(alert.accounts) for alert in alerts] == [sorted(team)]
    assert "没有登记的批量任务" in alerts[0].explanation


def test_many_accounts_on_one_person_are_told_once() -> None:
    watch = Watch(RULES, NOBODY_ELSE, STAFF)
    told = []
    for number, day in enumerate(workdays(9)):
        seen = (Opened(number + 1, 600, "d", "celebrity", shown=True),)
        told += watch.day(day, [DayFacts(OTHERS[number].account, day, seen)])[0]
    (alert,) = told
    assert alert.rules == ("crowd",)
    assert len(alert.accounts) == RULES.crowd.accounts


def test_an_account_that_wakes_is_told_unless_leave_is_registered() -> None:
    days, woke = workdays(75), workdays(75)[70]

    def alerts(office: Office) -> list[Alert]:
        watch = Watch(RULES, office, STAFF)
        told = []
        for day in days:
            here = OTHERS if days[20] <= day < woke else (OWN, *OTHERS)
            told += watch.day(day, [ordinary(s.account, day) for s in here])[0]
        return told

    (alert,) = alerts(NOBODY_ELSE)
    assert (alert.rules, alert.day) == (("dormant",), woke)
    assert alerts(Office(leaves=(Leave("li", days[20], days[69]),))) == []


def test_a_slow_walk_is_told_though_no_day_is_unusual() -> None:
    watch = Watch(RULES, NOBODY_ELSE, STAFF)
    told = []
    for number, day in enumerate(workdays(50)):
        usual = ordinary("li", day, 8)
        extra = tuple(opened(number * 2 + n) for n in (0, 1)) if number >= 35 else ()
        facts = DayFacts("li", day, usual.opened + extra)
        told += watch.day(day, [facts, *(ordinary(s.account, day) for s in OTHERS)])[0]
    assert rules_of(told) == ["walk"]
    assert "按号码先后" in told[0].explanation


def test_one_look_tells_what_it_touches() -> None:
    marks = {"d1": DocumentMarks("d1", "h1"), "d2": DocumentMarks("d2", "own")}
    looks = [
        look(500, Kind.SEARCH, doc_ids=("d1",), query="q"),
        look(501, doc_ids=("d1",)),
        look(502, Kind.COPY, doc_ids=("d2",)),
        look(503, Kind.SEARCH, outcome="empty", query="own-name"),
        look(504, outcome="not_found"),
        look(505, Kind.REVEAL, doc_ids=("gone",)),
    ]
    facts = facts_of(OWN, MONDAY, looks, marks, lambda minute: minute >= 505)
    assert [(o.doc_id, o.holder, o.shown, o.off) for o in facts.opened] == [
        ("d1", "h1", True, False),
        ("d2", "own", False, False),
        ("gone", "gone", False, True),
    ]
    assert (facts.own, facts.own_names) == (((502, 502),), ((503, 503),))
    assert (facts.refused, facts.exports, facts.reveals) == (((504, 504),), ((502, 502),), ((505, 505),))
    assert facts.empty == ((503, 503),)


@given(st.permutations(range(30)), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_a_chain_goes_on_in_time_and_number(order: list[int], step: int) -> None:
    chain = longest_chain([(MONDAY, opened(n)) for n in order], step)
    numbers = [o.number or 0 for _, o in chain]
    assert all(0 < after - before <= step for before, after in pairwise(numbers))
    assert [order.index(n) for n in numbers] == sorted(order.index(n) for n in numbers)
    assert len(longest_chain([(MONDAY, opened(n)) for n in sorted(order)], step)) == 30


@given(st.sets(st.integers(1, 80), min_size=1), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_runs_cut_the_numbers_where_the_gap_is_wide(numbers: set[int], step: int) -> None:
    found = [[o.number or 0 for _, o in run] for run in runs([(MONDAY, opened(n)) for n in numbers], step)]
    assert [n for run in found for n in run] == sorted(numbers)
    assert all(after[0] - before[-1] > step for before, after in pairwise(found))


@given(st.integers(0, 300), st.floats(0.05, 80), st.floats(0.5, 200))
@settings(max_examples=80, deadline=None)
def test_a_higher_count_is_never_likelier(count: int, mean: float, dispersion: float) -> None:
    here, above = (count_tail(n, mean, dispersion) for n in (count, count + 1))
    assert SMALLEST <= above <= here * (1 + 1e-9) <= 1 + 1e-9


def test_tails_are_those_of_the_textbook() -> None:
    assert count_tail(1, 2.0, 1e9) == pytest.approx(1 - 0.1353352832, rel=1e-5)  # Poisson: 1 - e^-2
    assert count_tail(3, 4.0, 1.0) == pytest.approx(0.8**3, rel=1e-6)  # geometric
    assert group_tail(2, 2, 0.5, 1e-6) == pytest.approx(0.25, rel=1e-5)  # binomial
    assert run_tail(4, 0.5, 1, 2) == pytest.approx(2 * 0.5**3)
    assert tempered([1] * 7 + [100])[0] == pytest.approx((7 + 3) / 8)


def test_the_table_of_an_office() -> None:
    text = """
    [calendar]
    off = ["2026-03-03"]
    on = [2026-03-07]
    [[task]]
    name = "年度核查"
    offices = ["500111"]
    from = "2026-03-02"
    to = "2026-03-06"
    rules = ["walk"]
    employers = ["虚构有限公司"]
    """
    office = office_of(text, "{1}:{0}".format)
    assert [office.is_workday(MONDAY + timedelta(n)) for n in range(7)] == [True, False, *[True] * 4, False]
    (task,) = office.tasks_of(OWN, MONDAY)
    assert task.about("employer:虚构有限公司", "")
    assert not task.about("another", "")
    assert office.outside(date(2026, 3, 3), RULES)(600)
    assert office_of("", "{1}:{0}".format) == NOBODY_ELSE


@pytest.mark.parametrize(
    "text", ["[[task]]\nname=1", "[calendar]\noff=['3月3日']", "x", "[[leave]]\naccount='a'", "task = 3"]
)
def test_a_table_nobody_can_read_is_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidInput, match="单位登记表"):
        office_of(text, "{1}:{0}".format)


def test_rules_are_whole() -> None:
    titles = {r.id: r.title for r in RULES.counts} | {r.id: r.title for r in RULES.groups}
    assert {rule: RULES.title_of(rule) for rule in titles} == titles
    for rule in ("walk", "own", "crowd", "dormant", "onecase"):
        assert RULES.title_of(rule)
    assert kind_of("reveal_approved") is Kind.REVEAL
    assert kind_of("login") is Kind.OTHER
    assert {Severity.HIGH, Severity.MEDIUM, Severity.LOW} == set(Severity)


@pytest.mark.parametrize(
    ("name", "surname"),
    [("欧阳锦程", "欧阳"), ("王伟", "王"), ("阿依古丽·艾合买提", ""), ("李", ""), ("", "")],
)
def test_surnames(name: str, surname: str) -> None:
    assert surname_of(name) == surname
