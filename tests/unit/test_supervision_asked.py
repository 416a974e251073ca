"""Supervision of duty: persons asked for by search, and whose file is opened or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from models.supervision.alerts import Alert
from models.supervision.asked import Asked, people_in, unopened
from models.supervision.facts import DayFacts, Opened, facts_of
from models.supervision.looks import DocumentMarks, Kind, Look, Staff
from models.supervision.memory import FEATURES, Day
from models.supervision.office import Office, Task
from models.supervision.posts import NOT_TAKEN
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
    ordinary,
    questions,
    rules_of,
    workdays,
)

KNOWN_DAYS = RULES.crowd.window_days + RULES.crowd.asked_days - 1
"""Days before the first on which questions make a crowd; that day is the last of its window."""
MANY = RULES.crowd.accounts


def search(minute: int, *doc_ids: str, marks: Sequence[str] = (), outcome: str = "ok") -> list[Look]:
    """A search and the persons it asked for, as the ledger has them: one moment, one number each."""
    first = look(minute, Kind.SEARCH, doc_ids=doc_ids, query=f"q{minute}", outcome=outcome)
    persons = (
        replace(first, seq=1000 * (n + 1) + minute, kind=Kind.ASK, query=mark, doc_ids=(), persons=(mark,))
        for n, mark in enumerate(marks)
    )
    return [first, *persons]


def asked_of(*looks: Look) -> tuple[Asked, ...]:
    marks = {"d1": DocumentMarks("d1", "h1"), "d2": DocumentMarks("d2", "h2")}
    return facts_of(OWN, MONDAY, looks, marks, lambda _: False).asked


def test_who_was_asked_for_and_whose_file_was_opened() -> None:
    asked = asked_of(
        *search(500, "d1", "d2", marks=["name", "number"]),
        look(501, doc_ids=("d2",)),
        *search(502, "d3", marks=["left"]),
        look(503, doc_ids=("d4",)),
    )
    assert [(one.mark, one.holder, one.found) for one in asked] == [
        ("name", "h2", True), ("number", "h2", True), ("left", "", True),
    ]  # fmt: skip
    assert asked[0].question == asked[1].question != asked[2].question
    assert [one.place for one in unopened(asked)] == [(1502, 502)]


def test_a_second_page_of_one_question_is_the_same_person() -> None:
    (one,) = asked_of(
        *search(500, "d1", marks=["m"]), *search(505, "d2", marks=["m"]), look(506, doc_ids=("d2",))
    )
    assert (one.place, one.holder) == ((1500, 500), "h2")


def test_a_file_opened_before_the_question_counts_as_opened() -> None:
    (one,) = asked_of(look(499, doc_ids=("d1",)), *search(500, "d1", marks=["m"]))
    assert one.holder == "h1"


@pytest.mark.parametrize("outcome", ["forbidden", "failed", "unavailable"])
def test_a_search_that_failed_asked_for_nobody(outcome: str) -> None:
    assert asked_of(*search(500, marks=["m"], outcome=outcome)) == ()


def test_a_search_that_found_nothing_is_counted_once_only_as_empty() -> None:
    asked = asked_of(*search(500, marks=["m"], outcome="empty"))
    assert [one.found for one in asked] == [False]
    assert unopened(asked) == []


def test_a_name_and_a_number_of_one_question_may_be_one_persons() -> None:
    assert people_in(questions(5)) == 5
    assert people_in(questions(2, question=1)) == 1
    assert people_in(questions(5, question=1)) == 3


# -- fishing ------------------------------------------------------------------------------------


def after(days: int, counts_before: int | None, asked: Sequence[Asked]) -> list[Alert]:
    """Return the alerts of ``li``'s day after days on which everybody asked ``counts_before`` times."""
    watch, dates = Watch(RULES, NOBODY_ELSE, STAFF), workdays(days + 1)
    for day in dates[:-1]:
        watch.recall(day, [remembered(name, day, counts_before) for name in STAFF])
    facts = [DayFacts("li", dates[-1], asked=tuple(asked)), *(ordinary(s.account, dates[-1]) for s in OTHERS)]
    return watch.day(dates[-1], facts)[0]


def remembered(account: str, day: date, asked: int | None) -> Day:
    usual = ordinary(account, day)
    counts = [10, *[0] * (len(FEATURES) - 2), NOT_TAKEN if asked is None else asked]
    return Day(day, tuple(counts), usual.opened, DayFacts(account, day))


def test_who_always_asks_so_much_is_not_told() -> None:
    assert rules_of(after(40, 1, questions(40))) == ["fishing"]
    assert after(40, 30, questions(40)) == []


def test_days_kept_before_questions_were_counted_say_nothing_of_what_is_usual() -> None:
    assert after(40, None, questions(40)) == []


def test_what_is_usual_is_that_of_the_days_on_which_questions_were_counted() -> None:
    watch, dates = Watch(RULES, NOBODY_ELSE, STAFF), workdays(41)
    for number, day in enumerate(dates[:-1]):
        watch.recall(day, [remembered(name, day, 15 if number >= 35 else None) for name in STAFF])
    facts = [DayFacts("li", dates[-1], asked=questions(44))]
    assert watch.judged(dates[-1], facts)[0] == []
    (alert,) = watch.judged(dates[-1], [replace(facts[0], asked=questions(150))])[0]
    assert alert.rules == ("fishing",)


def test_a_registered_task_answers_for_a_list_of_names() -> None:
    task = Task(
        "参保名单核对", MONDAY, MONDAY + timedelta(99), frozenset({"li"}), rules=frozenset({"fishing"})
    )
    facts = DayFacts("li", MONDAY, asked=questions(40))
    assert rules_of(after_quiet_weeks(facts)) == ["fishing"]
    assert after_quiet_weeks(facts, office=Office(tasks=(task,))) == []


def test_slow_fishing_is_told_though_no_day_is_unusual() -> None:
    watch, told = Watch(RULES, NOBODY_ELSE, STAFF), list[Alert]()
    for number, day in enumerate(workdays(52)):
        asked = questions(9 if number >= 38 else 1, start=number * 20)
        facts = replace(ordinary("li", day), asked=asked)
        told += watch.day(day, [facts, *(ordinary(s.account, day) for s in OTHERS)])[0]
    assert rules_of(told) == ["fishing"]
    assert "共按姓名、号码查找了" in told[0].explanation


def test_several_who_go_through_one_list_make_one_alert() -> None:
    watch, dates = Watch(RULES, NOBODY_ELSE, STAFF), workdays(41)
    for day in dates[:-1]:
        watch.recall(day, [remembered(name, day, 1) for name in STAFF])
    facts = [
        replace(ordinary(s.account, dates[-1]), asked=questions(40, start=n * 100))
        for n, s in enumerate(OTHERS[:4])
    ]
    (alert,) = watch.day(dates[-1], facts)[0]
    assert len(alert.accounts) == 4
    assert "没有登记的批量任务" in alert.explanation


# -- crowds -------------------------------------------------------------------------------------


def crowd_alerts(
    looks: Sequence[tuple[str, tuple[Asked, ...], tuple[Opened, ...]]],
    *,
    known: int = KNOWN_DAYS,
    before: tuple[Asked, ...] = (),
    office: Office = NOBODY_ELSE,
    staff: Sequence[Staff] = OTHERS,
) -> list[Alert]:
    """Return the alerts of a day on which some ask and open, after days on which each asked ``before``."""
    watch, dates = Watch(RULES, office, {s.account: s for s in staff}), workdays(known + 1)
    for day in dates[:-1]:
        watch.day(day, [replace(ordinary(s.account, day), asked=before) for s in staff])
    facts = [DayFacts(account, dates[-1], opened, asked=asked) for account, asked, opened in looks]
    return [alert for alert in watch.day(dates[-1], facts)[0] if "crowd" in alert.rules]


def asks(
    count: int, *, mark: str = "m0", holder: str = "", first: int = 0
) -> list[tuple[str, tuple[Asked, ...], tuple[Opened, ...]]]:
    """Return accounts that asked for one person, with the file of ``holder`` opened where given."""
    return [
        (
            OTHERS[first + n].account,
            (Asked(3000 + first + n, 600, 0, mark, holder),),
            (Opened(4000 + first + n, 601, f"d-{holder}", holder, shown=True),) if holder else (),
        )
        for n in range(count)
    ]


def test_many_who_ask_for_one_person_and_open_nothing_are_a_crowd() -> None:
    (alert,) = crowd_alerts(asks(MANY))
    assert alert.accounts == tuple(s.account for s in OTHERS[:MANY])
    assert alert.seqs == tuple(range(3000, 3000 + MANY))
    assert crowd_alerts(asks(MANY - 1)) == []


def test_who_opens_and_who_only_asks_are_one_crowd() -> None:
    (alert,) = crowd_alerts([*asks(3, holder="celebrity"), *asks(MANY - 3, first=3)])
    assert len(alert.accounts) == MANY
    assert alert.matter == "crowd:celebrity"
    assert len(alert.seqs) == MANY + 3


def test_people_of_one_name_are_no_crowd() -> None:
    looks = [look for n in range(MANY) for look in asks(1, holder=f"h{n % 4}", first=n)]
    assert crowd_alerts(looks) == []


def test_a_name_asked_for_anyway_is_no_crowd() -> None:
    assert crowd_alerts(asks(MANY), before=(Asked(1, 600, 0, "m0"),)) == []
    assert len(crowd_alerts(asks(MANY), before=(Asked(1, 600, 0, "another"),))) == 1


def test_a_name_asked_for_long_ago_is_forgotten() -> None:
    watch, days_known = Watch(RULES, NOBODY_ELSE, STAFF), RULES.statistics.history_days
    dates = workdays(20 + days_known + RULES.crowd.window_days)
    for number, day in enumerate(dates[:-1]):
        once = (Asked(1, 600, 0, "m0"),) if number < 20 else ()
        watch.day(day, [DayFacts(s.account, day, asked=once) for s in OTHERS])
    looks = [DayFacts(account, dates[-1], asked=asked) for account, asked, _ in asks(MANY)]
    assert rules_of(watch.day(dates[-1], looks)[0]) == ["crowd"]


def test_before_enough_days_are_known_only_opened_files_make_a_crowd() -> None:
    assert crowd_alerts(asks(MANY), known=KNOWN_DAYS - 1) == []
    assert len(crowd_alerts(asks(MANY, holder="celebrity"), known=1)) == 1


def test_a_name_and_a_number_asked_for_together_are_told_once() -> None:
    both = [
        (account, (*asked, replace(asked[0], seq=asked[0].seq + 500, mark="number")), opened)
        for account, asked, opened in asks(MANY)
    ]
    assert len(crowd_alerts(both)) == 1


def test_a_registered_task_answers_for_a_crowd_that_asks() -> None:
    day = workdays(KNOWN_DAYS + 1)[-1]
    task = Task("培训", day, day, offices=frozenset({"500111"}), rules=frozenset({"crowd"}))
    assert crowd_alerts(asks(MANY), office=Office(tasks=(task,))) == []


def test_where_as_many_ask_for_several_others_that_is_usual_here() -> None:
    together = [(OTHERS[n].account, questions(RULES.crowd.others + 2, start=10), ()) for n in range(MANY)]
    assert crowd_alerts(together) == []
    assert (
        len(crowd_alerts([(name, asked[:-1], ()) for name, asked, _ in together])) == RULES.crowd.others + 1
    )


def test_a_name_and_its_number_are_one_other_person() -> None:
    pairs = tuple(
        replace(one, question=one.question // 2) for one in questions(2 * (RULES.crowd.others + 1), start=10)
    )
    told = crowd_alerts([(OTHERS[n].account, pairs, ()) for n in range(MANY)])
    assert len(told) == RULES.crowd.others + 1


def test_a_crowd_told_of_a_question_is_not_told_again_when_somebody_opens_the_file() -> None:
    watch, dates = Watch(RULES, NOBODY_ELSE, STAFF), workdays(KNOWN_DAYS + 2)
    for day in dates[:-2]:
        watch.day(day, [ordinary(s.account, day) for s in OTHERS])
    told = watch.day(dates[-2], [DayFacts(a, dates[-2], asked=asked) for a, asked, _ in asks(MANY)])[0]
    assert rules_of(told) == ["crowd"]
    ((account, asked, opened),) = asks(1, holder="celebrity", first=MANY)
    assert watch.day(dates[-1], [DayFacts(account, dates[-1], opened, asked=asked)])[0] == []


def test_what_has_left_the_window_is_forgotten() -> None:
    watch, dates = Watch(RULES, NOBODY_ELSE, STAFF), workdays(KNOWN_DAYS + 12)
    told = list[Alert]()
    for number, day in enumerate(dates):
        facts = {s.account: ordinary(s.account, day) for s in OTHERS}
        late = number - KNOWN_DAYS
        for account, asked, _ in asks(4) if late == 0 else asks(3, first=4) if late == 11 else []:
            facts[account] = replace(facts[account], asked=asked)
        told += watch.day(day, list(facts.values()))[0]
    assert told == []
