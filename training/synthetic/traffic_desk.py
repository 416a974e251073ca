"""One clerk's day: cases one after another, and what comes between."""

from __future__ import annotations

import random
from collections.abc import Sequence

from models.supervision.looks import Kind
from training.synthetic.traffic_archive import Collection
from training.synthetic.traffic_asking import Enquirer
from training.synthetic.traffic_people import Clerk, Draft, Habits, Project, poisson

MORNING, NOON, AFTERNOON, EVENING = 8 * 60 + 30, 12 * 60, 13 * 60 + 30, 17 * 60 + 45
_QUEUE = 400
"""Holders whose papers came in lately, from whom the day's work is drawn."""
_FILED_A_DAY = 15


class Desk:
    """Makes the looks of one clerk, drawn from ``draw``; whom they ask for, from ``asks``."""

    def __init__(
        self,
        habits: Habits,
        archives: Sequence[Collection],
        clerk: Clerk,
        draw: random.Random,
        asks: random.Random,
    ) -> None:
        self._habits, self._archives, self._clerk, self._draw = habits, archives, clerk, draw
        self._made: list[Draft] = []
        self._enquirer = Enquirer(habits, clerk, asks, self._made)

    def day(self, number: int, pace: float, *, late: bool, projects: Sequence[Project] = ()) -> list[Draft]:
        """Return a working day; ``late``: the whole office stays on."""
        clerk, draw, habits = self._clerk, self._draw, self._habits
        cases = clerk.cases * (clerk.moves_to if number >= clerk.moves_on else 1.0)
        mean = cases * clerk.pace * pace * draw.gammavariate(8, 1 / 8)
        if projects:
            mean *= 0.4
        self._spread(number, poisson(mean, draw), MORNING, EVENING)
        if late and draw.random() < 0.6:
            self._spread(number, 1 + poisson(3.0, draw), 18 * 60, 20 * 60)
        elif draw.random() < habits.late_evening:
            self._spread(number, 1 + poisson(1.2, draw), 18 * 60, 20 * 60 + 30)
        for project in projects:
            self._project(project)
        if clerk.staff.post == "archivist":
            self._filing(number)
        self._second_looks()
        self._oddities()
        self._enquirer.day(mean, MORNING, EVENING)
        return self._made

    def cases(self, number: int, count: int, first: float, last: float) -> list[Draft]:
        """Return ``count`` cases between two minutes of the day."""
        self._spread(number, count, first, last)
        return self._made

    # -- cases -------------------------------------------------------------------------------

    def _spread(self, number: int, count: int, first: float, last: float) -> None:
        done = 0
        while done < count:
            minute = self._draw.uniform(first, last)
            if NOON < minute < AFTERNOON and self._draw.random() < 0.85:
                minute += 90 if self._draw.random() < 0.5 else -90
            # Nobody comes to the counter after hours.
            at = self._draw.random() if MORNING <= minute <= EVENING else 0.5
            habits = self._habits
            if self._clerk.staff.post == "counter" and at < habits.agent_visit / 13:
                self._visit("employer", minute)
            elif (
                self._clerk.staff.post == "counter" and at < (habits.agent_visit + habits.village_visit) / 13
            ):
                self._visit("village", minute)
            elif at > 1 - habits.family / 2:
                self._visit("surname", minute, most=3)
            else:
                self._case(self._chosen(number), self._home(), minute)
            done += 1

    def _home(self) -> Collection:
        if self._draw.random() < self._habits.elsewhere:
            return self._draw.choice(list(self._archives))
        return self._clerk.home

    def _chosen(self, number: int) -> int:
        """Somebody whose papers came in lately, mostly of the clerk's own share of them, or anybody."""
        clerk, size = self._clerk, self._clerk.home.size
        if self._draw.random() < 0.2:
            lately = number * _FILED_A_DAY - self._draw.randrange(_QUEUE)
            own = self._draw.random() < 0.9
            holder = (lately - lately % clerk.shares + clerk.share if own else lately) % size
        else:
            holder = self._draw.randrange(size)
        return holder

    def _visit(self, group: str, minute: float, most: int = 0) -> None:
        """Several people with something in common: an agent of a firm, a village cadre, a family."""
        home, draw = self._clerk.home, self._draw
        values = home.holders_of[group]
        value = draw.choices(sorted(values), [len(values[v]) for v in sorted(values)])[0]
        count = draw.randrange(2, most + 1) if most else 2 + poisson(draw.choice((3, 5, 9)), draw)
        for n, holder in enumerate(draw.sample(values[value], min(count, len(values[value])))):
            self._case(holder, home, minute + n * 3)

    def _case(self, holder: int, home: Collection, minute: float) -> None:
        """A search (sometimes one that finds nothing first), some papers of one person, perhaps a copy."""
        habits, draw, account = self._habits, self._draw, self._clerk.account
        if self._leaves(holder, home):
            return
        papers = home.documents_of[holder % home.size]
        case = f"c{draw.getrandbits(40):x}" if draw.random() < habits.case_noted else ""
        if draw.random() < habits.empty_search * self._clerk.typing:
            self._made.append(Draft(minute, account, Kind.SEARCH, "empty", query=f"{draw.getrandbits(40):x}"))
            minute += 0.5
        query = f"q{home.office}{holder}"
        if draw.random() < 0.0003:
            query = next(iter(self._clerk.staff.own_names))  # somebody of the same name
        shown = tuple(papers) + tuple(draw.choice(home.documents_of[draw.randrange(home.size)]) for _ in "12")
        self._made.append(Draft(minute, account, Kind.SEARCH, doc_ids=shown, query=query, case=case))
        self._enquirer.of_case(holder, home, minute, case)
        read = draw.sample(papers, min(len(papers), draw.choice((1, 1, 1, 2, 2, 3, 4, 6))))
        for n, doc_id in enumerate(read):
            self._made.append(Draft(minute + 0.4 + n * 0.7, account, Kind.READ, doc_ids=(doc_id,), case=case))
        after = minute + 0.5 + len(read) * 0.7
        if draw.random() < habits.reveal * self._clerk.revealing:
            self._made.append(Draft(after, account, Kind.REVEAL, doc_ids=(read[0],), case=case))
        if draw.random() < habits.copy:
            self._made.append(Draft(after, account, Kind.COPY, doc_ids=(read[0],), case=case))
        if draw.random() < habits.second_look:
            self._clerk.again.append((read[0], case))

    def _leaves(self, holder: int, home: Collection) -> bool:
        """Whether the clerk leaves it to a colleague: the file of the own household (回避)."""
        own = home is self._clerk.home and holder % home.size in self._clerk.household
        return own and self._draw.random() > self._habits.own_case

    # -- the rest of a day -------------------------------------------------------------------

    def _second_looks(self) -> None:
        waiting, self._clerk.again = self._clerk.again, []
        for doc_id, case in waiting:
            if self._draw.random() < 0.5:
                minute = self._draw.uniform(MORNING, EVENING)
                self._made.append(Draft(minute, self._clerk.account, Kind.READ, doc_ids=(doc_id,), case=case))
            elif self._draw.random() < 0.8:
                self._clerk.again.append((doc_id, case))

    def _oddities(self) -> None:
        """Links to documents that are not the clerk's to see, a lone export, a link from a colleague."""
        draw, account, home = self._draw, self._clerk.account, self._clerk.home
        for _ in range(poisson(self._habits.refused * 13, draw)):
            self._made.append(Draft(draw.uniform(MORNING, EVENING), account, Kind.READ, "not_found"))
        for _ in range(poisson(0.5 if self._clerk.staff.post == "archivist" else 0.05, draw)):
            self._made.append(Draft(draw.uniform(MORNING, EVENING), account, Kind.EXPORT))
        for _ in range(poisson(0.4, draw)):
            holder = draw.randrange(home.size)
            if self._leaves(holder, home):
                continue
            doc_id = draw.choice(home.documents_of[holder])
            self._made.append(Draft(draw.uniform(MORNING, EVENING), account, Kind.READ, doc_ids=(doc_id,)))

    def _project(self, project: Project) -> None:
        """A share of a project's documents in their order, the clerks of it taking turns."""
        draw, account = self._draw, self._clerk.account
        household = {d for h in self._clerk.household for d in self._clerk.home.documents_of[h]}
        share = project.documents[project.clerks.index(account) :: len(project.clerks)]
        own = [doc_id for doc_id in share if doc_id not in household]
        if not own:
            return
        start, minute = draw.randrange(len(own)), MORNING + draw.uniform(0, 60)
        for n in range(min(project.a_day, len(own))):
            doc_id = own[(start + n) % len(own)]
            if n % 8 == 0:
                shown = tuple(own[(start + n + k) % len(own)] for k in range(8))
                self._made.append(Draft(minute, account, Kind.SEARCH, doc_ids=shown, query=f"project{n}"))
            self._made.append(Draft(minute + 0.5, account, Kind.READ, doc_ids=(doc_id,), case="project"))
            minute += draw.uniform(2, 7)

    def _filing(self, number: int) -> None:
        """An archivist checks what was filed since yesterday, number by number."""
        home, draw = self._clerk.home, self._draw
        minute = AFTERNOON + draw.uniform(0, 60)
        for holder in range(number * _FILED_A_DAY, (number + 1) * _FILED_A_DAY):
            if self._leaves(holder, home):
                continue
            papers = home.documents_of[holder % home.size]
            self._made.append(
                Draft(minute, self._clerk.account, Kind.READ, doc_ids=(papers[-1],), case="filing")
            )
            minute += draw.uniform(1, 3)
