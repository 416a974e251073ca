"""What an office says of its own work: days off and on, tasks in bulk, duty rosters, leave.

The table of an office is TOML::

    [calendar]
    off = ["2027-02-06"]          # holidays that fall on a weekday
    on = ["2027-02-20"]           # weekends that are worked

    [[task]]
    name = "年度核查"
    accounts = ["li"]             # or: offices = ["500199"]
    from = "2027-03-01"
    to = "2027-03-12"
    rules = ["volume", "walk", "off_hours"]
    people_per_day = 120
    employers = ["…"]             # scope: names of employers, or series (the front part of archive numbers)

    [[leave]]
    account = "wang"
    from = "2027-03-01"
    to = "2027-08-31"
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.errors import InvalidInput
from models.supervision.looks import DocumentMarks, Staff
from models.supervision.rules import Rules


@dataclass(frozen=True, slots=True)
class Task:
    """Work in bulk that somebody answers for; ``first`` and ``last`` are both included.

    ``rules``: ids that do not speak of it. ``marks``: employers or series it is about; empty means every
    document. ``people_per_day``: that many holders a day are accounted for, and no more.
    """

    name: str
    first: date
    last: date
    accounts: frozenset[str] = frozenset()
    offices: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    people_per_day: int = 0

    def covers(self, staff: Staff, day: date) -> bool:
        if not self.first <= day <= self.last:
            return False
        return staff.account in self.accounts or staff.office in self.offices

    def about(self, employer: str, series: str) -> bool:
        """Whether a document of this employer and series belongs to the task."""
        return not self.marks or employer in self.marks or series in self.marks


@dataclass(frozen=True, slots=True)
class Leave:
    account: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Office:
    """Days and tasks; the default knows weekends only."""

    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()
    tasks: tuple[Task, ...] = ()
    leaves: tuple[Leave, ...] = ()

    def is_workday(self, day: date) -> bool:
        return day in self.on or (day.weekday() < 5 and day not in self.off)

    def outside(self, day: date, rules: Rules) -> Callable[[int], bool]:
        """Return whether a minute of that day is outside working hours."""
        if not self.is_workday(day):
            return lambda _: True
        return lambda minute: not rules.opens <= minute < rules.closes

    def tasks_of(self, staff: Staff, day: date) -> tuple[Task, ...]:
        return tuple(task for task in self.tasks if task.covers(staff, day))

    def on_leave(self, account: str, first: date, last: date) -> bool:
        """Whether registered leave touches the days from ``first`` to ``last``."""
        return any(
            leave.account == account and leave.first <= last and first <= leave.last for leave in self.leaves
        )


def office_of(text: str, mark: Callable[[str, str], str]) -> Office:
    """Read the table of an office; ``mark(value, "employer" or "series")`` keeps names as keyed marks.

    Raises:
        InvalidInput: it is no TOML, or a date or a name is missing or malformed.
    """
    try:
        table = tomllib.loads(text)
        calendar = table.get("calendar", {})
        return Office(
            off=frozenset(map(_day, calendar.get("off", ()))),
            on=frozenset(map(_day, calendar.get("on", ()))),
            tasks=tuple(_task(row, mark) for row in table.get("task", ())),
            leaves=tuple(
                Leave(row["account"], _day(row["from"]), _day(row["to"])) for row in table.get("leave", ())
            ),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(
            "履职监督的单位登记表读不懂：须为 TOML，日期写成 2027-03-01，任务写明 name、from、to；"
            "样例见 docs/supervision.md。"
        ) from error


def _task(row: Mapping[str, Any], mark: Callable[[str, str], str]) -> Task:
    marks = [mark(name, "employer") for name in row.get("employers", ())]
    marks += [mark(name, "series") for name in row.get("series", ())]
    return Task(
        name=row["name"],
        first=_day(row["from"]),
        last=_day(row["to"]),
        accounts=frozenset(row.get("accounts", ())),
        offices=frozenset(row.get("offices", ())),
        rules=frozenset(row.get("rules", ())),
        marks=frozenset(marks),
        people_per_day=int(row.get("people_per_day", 0)),
    )


def _day(value: str | date) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def unknown_marks(doc_id: str) -> DocumentMarks:
    """Return the marks of a document nothing is known of: it counts as a holder of its own."""
    return DocumentMarks(doc_id, holder=doc_id)
