"""An office of ten at ordinary work, and days that come after weeks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache

from models.supervision.alerts import Alert
from models.supervision.asked import Asked
from models.supervision.facts import DayFacts, Opened
from models.supervision.looks import CHINA, Kind, Look, Staff
from models.supervision.memory import Day
from models.supervision.office import Office
from models.supervision.rules import supervision_rules
from models.supervision.watch import Watch

RULES = supervision_rules()
MONDAY = date(2026, 3, 2)
NOBODY_ELSE = Office()
OWN = Staff("li", "clerk", "500111", frozenset({"own"}), frozenset({"own-name"}))
OTHERS = tuple(Staff(f"c{n}", "clerk", "500111") for n in range(9))
STAFF = {s.account: s for s in (OWN, *OTHERS)}
QUIET_DAYS = 36


def look(minute: int, kind: Kind = Kind.READ, **more: object) -> Look:
    at = datetime(2026, 3, 2, tzinfo=CHINA) + timedelta(minutes=minute)
    given: dict[str, object] = {"account": "li", "outcome": "ok"} | more
    return Look(minute, at, kind=kind, **given)  # type: ignore[arg-type]


def opened(number: int, **more: object) -> Opened:
    usual: dict[str, object] = {"series": "A", "number": number, "shown": True, "region": "500111"}
    given = usual | {"holder": f"h{number}"} | more
    return Opened(1000 + number, 600 + number, f"d{number}", **given)  # type: ignore[arg-type]


def ordinary(account: str, day: date, count: int = 10) -> DayFacts:
    """A day of people who have nothing in common."""
    base = (day.toordinal() * 97 + sum(map(ord, account)) * 13) % 5000
    people = (
        Opened(n, 540 + n, f"{account}{day}{n}", f"{account}{day}{n}", f"S{n}", base, f"e{base + n}")
        for n in range(count)
    )
    return DayFacts(account, day, tuple(replace(one, shown=True, region="500111") for one in people))


def workdays(count: int) -> list[date]:
    return [d for d in (MONDAY + timedelta(n) for n in range(count * 2)) if d.weekday() < 5][:count]


@cache
def quiet_weeks() -> tuple[tuple[date, list[Day]], ...]:
    """Judge ordinary weeks of ten colleagues once."""
    watch, judged = Watch(RULES, NOBODY_ELSE, STAFF), []
    for day in workdays(QUIET_DAYS):
        alerts, days = watch.day(day, [ordinary(name, day) for name in STAFF])
        assert alerts == []
        judged.append((day, days))
    return tuple(judged)


def after_quiet_weeks(*last: DayFacts, office: Office = NOBODY_ELSE) -> list[Alert]:
    """Return the alerts of a day that comes after ordinary weeks; ``last`` replaces the day of some."""
    watch, today = Watch(RULES, office, STAFF), workdays(QUIET_DAYS + 1)[-1]
    for day, days in quiet_weeks():
        watch.recall(day, days)
    facts = {s.account: ordinary(s.account, today) for s in OTHERS}
    facts |= {f.account: replace(f, day=today) for f in last}
    return watch.day(today, list(facts.values()))[0]


def places(count: int) -> tuple[tuple[int, int], ...]:
    return tuple((n + 1, 600 + n) for n in range(count))


def rules_of(alerts: Sequence[Alert]) -> list[str]:
    return [rule for alert in alerts for rule in alert.rules]


def questions(count: int, start: int = 0, **more: object) -> tuple[Asked, ...]:
    """Return as many people, each asked for by a search of its own and left at that."""
    return tuple(
        replace(Asked(2000 + n, 500 + n % 400, n, f"m{n}"), **more)  # type: ignore[arg-type]
        for n in range(start, start + count)
    )
