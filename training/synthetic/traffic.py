"""Made-up traffic of an agency: what clerks look up day by day, and what the office had registered of it.

All of it is generated from one seed; no real ledger was seen. What the work is like (posts, queues, month's
end, agents with the papers of a whole firm, projects, leave) was written down from how agencies say they
work; how often each happens is assumed, and stated in `Habits`.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from models.supervision.looks import CHINA, Kind, Look, Staff
from models.supervision.office import Leave, Office, Task
from training.synthetic.traffic_archive import Collection, collections
from training.synthetic.traffic_desk import Desk
from training.synthetic.traffic_people import POSTS, Clerk, Draft, Habits, Project

FIRST_DAY = date(2023, 1, 2)
EVERY_RULE_OF_BULK = frozenset(
    {"volume", "walk", "employer", "village", "surname", "off_hours", "unsearched", "onecase"}
)


class Agency:
    """The people, the archives and the plan of one made-up year; `looks_of` makes its days one by one."""

    def __init__(self, seed: int, habits: Habits | None = None) -> None:
        self.seed, self.habits = seed, habits or Habits()
        self.collections, self.marks = collections(self.habits.offices, self.habits.holders, seed)
        self.by_office = {c.office: c for c in self.collections}
        draw = random.Random(f"agency {seed}")
        self.workdays, self.calendar_off = _calendar(self.habits.days, draw)
        self._numbers = {day: number for number, day in enumerate(self.workdays)}
        self.leaves: list[Leave] = []
        self.tasks: list[Task] = []
        self.clerks = [self._clerk(number, draw) for number in range(self.habits.clerks)]
        self.projects = [p for c in self.collections for p in self._projects(c, draw)]
        self._duty = self._duty_rosters()
        self._standing_tasks()

    @property
    def staff(self) -> dict[str, Staff]:
        return {c.account: c.staff for c in self.clerks}

    @property
    def office(self) -> Office:
        """What the offices have registered."""
        return Office(off=self.calendar_off, tasks=tuple(self.tasks), leaves=tuple(self.leaves))

    def days(self) -> list[date]:
        """Return every calendar day from the first to the last."""
        return [FIRST_DAY + timedelta(n) for n in range((self.workdays[-1] - FIRST_DAY).days + 1)]

    # -- people ------------------------------------------------------------------------------

    def _clerk(self, number: int, draw: random.Random) -> Clerk:
        habits, home = self.habits, self.collections[number % self.habits.offices]
        at, post, cases = draw.random(), *POSTS[0][::2]
        for name, share, usual in POSTS:
            if at < share:
                post, cases = name, usual
                break
            at -= share
        household = tuple(draw.sample(range(home.size), 3))
        account = f"{post}-{number:03d}"
        staff = Staff(
            account,
            post,
            home.office,
            frozenset(home.holder(h) for h in household) | {home.number(h) for h in household},
            frozenset({f"name-{account}"}) | {home.name(h) for h in household},
        )
        clerk = Clerk(
            staff, home, draw.lognormvariate(0, 0.25), draw.lognormvariate(0, 0.4),
            draw.lognormvariate(0, 0.5), 0, cases, household, number // habits.offices,
            max(1, habits.clerks // habits.offices),
        )  # fmt: skip
        clerk.asking = random.Random(f"asking {self.seed} {number}").lognormvariate(0, 0.6)
        if draw.random() < habits.newcomers:
            clerk.starts = draw.randrange(20, max(21, habits.days - 20))
        if draw.random() < habits.movers:
            clerk.moves_on = draw.randrange(40, max(41, habits.days))
            clerk.moves_to = draw.uniform(0.6, 1.7)
        self._absences(clerk, draw)
        return clerk

    def _absences(self, clerk: Clerk, draw: random.Random) -> None:
        habits, days = self.habits, self.habits.days
        day = 0
        while day < days:
            if draw.random() < habits.ill:
                length = draw.choice((1, 1, 2, 3, 5, 10))
                clerk.away.update(range(day, day + length))
                day += length
            day += 1
        if draw.random() < habits.long_leave:
            first, length = draw.randrange(10, max(11, days - 40)), draw.randrange(45, 120)
            clerk.away.update(range(first, first + length))
            if draw.random() < habits.long_leave_registered:
                self.leaves.append(Leave(clerk.account, self._date(first), self._date(first + length)))

    def _date(self, number: int) -> date:
        return self.workdays[min(max(number, 0), len(self.workdays) - 1)]

    # -- plans -------------------------------------------------------------------------------

    def _projects(self, home: Collection, draw: random.Random) -> Iterator[Project]:
        own = [c.account for c in self.clerks if c.home is home]
        expected = self.habits.projects_a_year * self.habits.days / 250
        for _ in range(int(expected + draw.random())):
            first = draw.randrange(self.habits.days)
            last = min(first + draw.randrange(3, 11), self.habits.days - 1)
            kind = draw.choice(("employer", "village", "series"))
            if kind == "series":
                scope = draw.choice(sorted(home.in_series))
                documents = tuple(doc_id for _, doc_id in home.in_series[scope])
            else:
                large = sorted(home.holders_of[kind], key=lambda v: -len(home.holders_of[kind][v]))[:40]
                scope = draw.choice(large)
                documents = tuple(d for h in home.holders_of[kind][scope] for d in home.documents_of[h][:2])
            clerks = tuple(draw.sample(own, min(len(own), draw.randrange(3, 7))))
            yield Project(clerks, first, last, documents, draw.randrange(20, 80))
            if draw.random() < self.habits.project_registered:
                scoped = frozenset({scope}) if kind != "village" else frozenset[str]()
                self.tasks.append(
                    Task(
                        "年度核查", self._date(first), self._date(last), frozenset(clerks),
                        rules=EVERY_RULE_OF_BULK, marks=scoped, people_per_day=150,
                    )
                )  # fmt: skip

    def _duty_rosters(self) -> set[str]:
        """Every other office is open on Saturday mornings and says so."""
        return {c.office for n, c in enumerate(self.collections) if n % 2 == 0}

    def _standing_tasks(self) -> None:
        first, last = FIRST_DAY, self.workdays[-1]
        archivists = frozenset(c.account for c in self.clerks if c.staff.post == "archivist")
        self.tasks.append(
            Task(
                "入库核对",
                first,
                last,
                archivists,
                rules=frozenset({"walk", "unsearched", "crowd", "onecase"}),
            )
        )
        saturdays = [d for d in self.days() if d.weekday() == 5]
        self.tasks += [
            Task("周六窗口", day, day, offices=frozenset(self._duty), rules=frozenset({"off_hours"}))
            for day in saturdays
        ]

    # -- days --------------------------------------------------------------------------------

    def drafts_of(self, day: date) -> list[Draft]:
        """Return the ordinary looks of one calendar day, in no order."""
        if day not in self._numbers:
            return self._weekend(day)
        number = self._numbers[day]
        draw = random.Random(f"day {self.seed} {number}")
        late_offices = {c.office for c in self.collections if _near_month_end(day) and draw.random() < 0.5}
        office_pace = {c.office: draw.lognormvariate(0, 0.1) for c in self.collections}
        doing: dict[str, list[Project]] = defaultdict(list)
        for project in self.projects:
            if project.first <= number <= project.last:
                for account in project.clerks:
                    doing[account].append(project)
        drafts: list[Draft] = []
        for clerk in self.clerks:
            if number < clerk.starts or number in clerk.away:
                continue
            desk = Desk(
                self.habits,
                self.collections,
                clerk,
                random.Random(f"clerk {self.seed} {number} {clerk.account}"),
                random.Random(f"asks {self.seed} {number} {clerk.account}"),
            )
            pace = office_pace[clerk.staff.office] * _season(day)
            drafts += desk.day(
                number, pace, late=clerk.staff.office in late_offices, projects=doing[clerk.account]
            )
        return drafts

    def _weekend(self, day: date) -> list[Draft]:
        draw = random.Random(f"weekend {self.seed} {day}")
        number = max((n for d, n in self._numbers.items() if d < day), default=0)
        drafts: list[Draft] = []
        for clerk in self.clerks:
            if number < clerk.starts or number in clerk.away:
                continue
            asks = random.Random(f"asks {self.seed} {day} {clerk.account}")
            desk = Desk(self.habits, self.collections, clerk, draw, asks)
            roster = day.weekday() == 5 and clerk.staff.office in self._duty
            if roster and draw.random() < 0.12:
                drafts += desk.cases(number, draw.randrange(4, 13), 9 * 60, 12 * 60)
            elif draw.random() < self.habits.lone_weekend:
                drafts += desk.cases(number, draw.randrange(1, 5), 9 * 60, 17 * 60)
        return drafts


def looks_of(
    drafts: Sequence[Draft], day: date, first_seq: int, *, cases: bool
) -> tuple[list[Look], dict[int, set[int]]]:
    """Number the looks of a day in order of time; also return, trace by trace, the numbers of its looks.

    Without ``cases`` the looks carry no case mark, as the ledger's entries do today.
    """
    start = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    looks, traces = [], defaultdict[int, set[int]](set)
    for seq, d in enumerate(sorted(drafts, key=lambda d: d.minute), start=first_seq):
        at = start + timedelta(minutes=min(d.minute, 1439.9))
        persons = (d.query,) if d.kind is Kind.ASK else ()
        case = d.case if cases else ""
        looks.append(Look(seq, at, d.account, d.kind, d.outcome, d.doc_ids, d.query, persons, case))
        if d.trace >= 0:
            traces[d.trace].add(seq)
    return looks, traces


def _calendar(days: int, draw: random.Random) -> tuple[list[date], frozenset[date]]:
    """Return workdays and the weekdays that are made-up holidays: five spells a year."""
    off: set[date] = set()
    for spell in range(max(1, days * 5 // 250)):
        first = FIRST_DAY + timedelta(25 + spell * 70 + draw.randrange(20))
        off.update(first + timedelta(n) for n in range(draw.randrange(3, 6)))
    work: list[date] = []
    day = FIRST_DAY
    while len(work) < days:
        if day.weekday() < 5 and day not in off:
            work.append(day)
        day += timedelta(1)
    return work, frozenset(d for d in off if d.weekday() < 5)


def _near_month_end(day: date) -> bool:
    return (day + timedelta(4)).month != day.month


def _season(day: date) -> float:
    pace = 1.4 if _near_month_end(day) else 1.0
    pace *= {0: 1.12, 4: 0.93}.get(day.weekday(), 1.0)
    return pace * (1.2 if day.month == 12 else 1.0)
