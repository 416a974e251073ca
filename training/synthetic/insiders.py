"""Seeded traces of insiders: look-ups nobody had a duty to make, from blunt to slow and low."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from models.supervision.looks import Kind
from training.synthetic.insider_strengths import Strength
from training.synthetic.traffic import Agency
from training.synthetic.traffic_archive import Collection
from training.synthetic.traffic_asking import asked_marks
from training.synthetic.traffic_people import Clerk, Draft


@dataclass(slots=True)
class Trace:
    """One insider: what, who, and the looks by calendar day."""

    number: int
    kind: str
    accounts: tuple[str, ...]
    days: dict[date, list[Draft]] = field(default_factory=dict)


@dataclass(slots=True)
class _Hand:
    """Who does it, when, and the means to write it down."""

    agency: Agency
    clerk: Clerk
    trace: Trace
    dates: list[date]
    total: int
    draw: random.Random
    asks: random.Random
    """For whom the searches ask by name or number, drawn apart."""

    def shares(self) -> Iterator[tuple[date, int]]:
        """Split the total over the days, none of them 0 where it goes round."""
        left = self.total
        for n, day in enumerate(self.dates):
            share = left // (len(self.dates) - n) if n + 1 < len(self.dates) else left
            yield day, share
            left -= share

    def put(self, day: date, minute: float, kind: Kind, **more: object) -> None:
        draft = Draft(minute, self.clerk.account, kind, trace=self.trace.number, **more)  # type: ignore[arg-type]
        self.trace.days.setdefault(day, []).append(draft)

    def people(
        self, day: date, papers: list[str], start: float, *, searching: bool = True, case: str = ""
    ) -> None:
        """Look up one document after another, mostly by way of a search."""
        minute = start
        for doc_id in papers:
            if searching and self.draw.random() < 0.8:
                query = f"{self.draw.getrandbits(40):x}"
                self.put(day, minute, Kind.SEARCH, doc_ids=(doc_id,), query=query)
                if self.asks.random() < self.agency.habits.by_person:
                    self.persons(day, minute, asked_marks(*self.holder(doc_id), self.asks))
            self.put(day, minute + 0.3, Kind.READ, doc_ids=(doc_id,), case=case)
            minute += self.draw.uniform(0.6, 2.5)

    def holder(self, doc_id: str) -> tuple[Collection, int]:
        """Return whose document it is, and in which archive."""
        office, _, number = self.agency.marks[doc_id].holder.partition(":")
        return self.agency.by_office[office], int(number)

    def persons(self, day: date, minute: float, marks: Sequence[str]) -> None:
        for mark in marks:
            self.put(day, minute, Kind.ASK, query=mark)

    def question(self, day: date, minute: float, home: Collection, holder: int) -> None:
        """Ask for a person and open nothing."""
        query = f"{self.asks.getrandbits(40):x}"
        self.put(day, minute, Kind.SEARCH, doc_ids=tuple(home.documents_of[holder]), query=query)
        self.persons(day, minute, asked_marks(home, holder, self.asks))

    def working_minute(self) -> float:
        return self.draw.uniform(9 * 60, 16 * 60)


def planted(agency: Agency, each: int, strengths: Mapping[str, Strength], seed: int) -> list[Trace]:
    """Return ``each`` traces of every kind, every one by another clerk while there are clerks."""
    draw = random.Random(f"insiders {seed}")
    traces: list[Trace] = []
    free = [c for c in agency.clerks if c.staff.post != "archivist" and c.starts == 0]
    draw.shuffle(free)
    for kind, strength in strengths.items():
        for _ in range(each):
            clerk = free[len(traces) % len(free)]
            days = draw.randint(*strength.days)
            present = [
                n for n in range(45, len(agency.workdays) - 25) if n not in clerk.away and n < clerk.moves_on
            ] or list(range(45, len(agency.workdays) - 25))
            at = draw.randrange(max(1, len(present) - days))
            dates = [agency.workdays[n] for n in present[at : at + days]]
            trace = Trace(len(traces), kind, (clerk.account,))
            asks = random.Random(f"insiders' questions {seed} {trace.number}")
            hand = _Hand(agency, clerk, trace, dates, draw.randint(*strength.total), draw, asks)
            _DOING[kind](hand)
            traces.append(trace)
    return traces


# -- kinds --------------------------------------------------------------------------------------


def _walk(hand: _Hand, *, shuffled: bool = False) -> None:
    home = hand.clerk.home
    series = hand.draw.choice(
        [s for s, papers in home.in_series.items() if len(papers) > 2 * hand.total + 20]
    )
    papers = home.in_series[series]
    start = hand.draw.randrange(len(papers) - 2 * hand.total)
    chosen: list[str] = []
    number, last = start, ""
    while len(chosen) < hand.total and number < len(papers):
        holder = hand.agency.marks[papers[number][1]].holder
        if holder != last:  # several papers of one person: the first will do
            chosen.append(papers[number][1])
            last = holder
        number += 1
    if shuffled:
        hand.draw.shuffle(chosen)
    for day, share in hand.shares():
        minute = hand.draw.uniform(8 * 60 + 40, 16 * 60)
        hand.people(day, chosen[:share], minute, searching=hand.draw.random() < 0.5)
        del chosen[:share]


def _group(hand: _Hand, group: str) -> None:
    home = hand.clerk.home
    values = home.holders_of[group]
    large = [v for v in sorted(values) if len(values[v]) >= hand.total]
    value = hand.draw.choice(large or [max(values, key=lambda v: len(values[v]))])
    holders = hand.draw.sample(values[value], min(hand.total, len(values[value])))
    for day, share in hand.shares():
        papers = [hand.draw.choice(home.documents_of[h]) for h in holders[:share]]
        del holders[:share]
        hand.people(day, papers, hand.working_minute())


def _anybody(hand: _Hand, home: Collection, count: int) -> list[str]:
    return [hand.draw.choice(home.documents_of[hand.draw.randrange(home.size)]) for _ in range(count)]


def _off_hours(hand: _Hand) -> None:
    for day, share in hand.shares():
        minute = hand.draw.choice(
            (hand.draw.uniform(19 * 60, 22 * 60), hand.draw.uniform(5 * 60, 6 * 60 + 30))
        )
        hand.people(day, _anybody(hand, hand.clerk.home, share), minute)


def _own(hand: _Hand) -> None:
    ((day, share),) = hand.shares()
    home = hand.clerk.home
    papers = [
        hand.draw.choice(home.documents_of[hand.draw.choice(hand.clerk.household)]) for _ in range(share)
    ]
    hand.people(day, papers, hand.working_minute())


def _crowd(hand: _Hand) -> None:
    """Everybody wants to see the papers of one well-known person."""
    home = hand.clerk.home
    papers = home.documents_of[hand.draw.randrange(home.size)]
    spread = hand.draw.random() < 0.5
    pool = [c for c in hand.agency.clerks if (spread or c.home is home) and c.starts == 0]
    lookers = hand.draw.sample(pool, min(hand.total, len(pool)))
    hand.trace.accounts = tuple(c.account for c in lookers)
    for clerk in lookers:
        hand.clerk = clerk
        hand.people(hand.draw.choice(hand.dates), [hand.draw.choice(papers)], hand.working_minute())


def _volume(hand: _Hand) -> None:
    for day, share in hand.shares():
        hand.people(day, _anybody(hand, hand.clerk.home, share), hand.draw.uniform(8 * 60 + 40, 11 * 60))


def _probing(hand: _Hand) -> None:
    for day, share in hand.shares():
        minute = hand.working_minute()
        for n in range(share):
            query = f"{hand.draw.getrandbits(40):x}"
            hand.put(day, minute + n * 0.4, Kind.SEARCH, outcome="empty", query=query)


def _refused(hand: _Hand) -> None:
    for day, share in hand.shares():
        minute = hand.working_minute()
        for n in range(share):
            hand.put(day, minute + n * 0.3, Kind.READ, outcome="not_found")


def _reveal(hand: _Hand) -> None:
    for day, share in hand.shares():
        minute = hand.working_minute()
        for n, doc_id in enumerate(_anybody(hand, hand.clerk.home, share)):
            hand.put(day, minute + n, Kind.SEARCH, doc_ids=(doc_id,), query=f"{hand.draw.getrandbits(40):x}")
            hand.put(day, minute + n + 0.2, Kind.REVEAL, doc_ids=(doc_id,))


def _dormant(hand: _Hand) -> None:
    """Somebody else uses the account of one who has been away for long, and nobody registered leave."""
    first = hand.agency.workdays.index(hand.dates[0])
    silent = hand.draw.randrange(34, max(35, min(100, first - 5)))
    hand.clerk.away.update(range(max(0, first - silent), first + len(hand.dates) + 10))
    hand.agency.leaves = [x for x in hand.agency.leaves if x.account != hand.clerk.account]
    for day, share in hand.shares():
        hand.people(day, _anybody(hand, hand.clerk.home, share), hand.draw.uniform(8 * 60 + 30, 17 * 60))


def _elsewhere(hand: _Hand) -> None:
    away = hand.draw.choice([c for c in hand.agency.collections if c is not hand.clerk.home])
    for day, share in hand.shares():
        hand.people(day, _anybody(hand, away, share), hand.working_minute())


def _export(hand: _Hand) -> None:
    for day, share in hand.shares():
        minute = hand.working_minute()
        for n, doc_id in enumerate(_anybody(hand, hand.clerk.home, share)):
            hand.put(day, minute + n * 0.6, Kind.COPY, doc_ids=(doc_id,))


def _one_case(hand: _Hand) -> None:
    for day, share in hand.shares():
        hand.people(day, _anybody(hand, hand.clerk.home, share), hand.working_minute(), case="one-case")


def _own_asked(hand: _Hand) -> None:
    """The own number in the middle of a question, and nothing opened."""
    home = hand.clerk.home
    for day, share in hand.shares():
        for _ in range(share):
            minute, whose = hand.working_minute(), hand.draw.choice(hand.clerk.household)
            query = f"{hand.asks.getrandbits(40):x}"
            hand.put(day, minute, Kind.SEARCH, doc_ids=tuple(home.documents_of[whose]), query=query)
            hand.persons(day, minute, [home.number(whose)])


def _crowd_asked(hand: _Hand) -> None:
    """Everybody asks for one person; the list of hits is enough for most."""
    home = hand.clerk.home
    whom = hand.draw.randrange(home.size)
    spread = hand.draw.random() < 0.5
    pool = [c for c in hand.agency.clerks if (spread or c.home is home) and c.starts == 0]
    lookers = hand.draw.sample(pool, min(hand.total, len(pool)))
    hand.trace.accounts = tuple(c.account for c in lookers)
    for clerk in lookers:
        hand.clerk = clerk
        day, minute = hand.draw.choice(hand.dates), hand.working_minute()
        hand.question(day, minute, home, whom)
        if hand.draw.random() < 0.2:
            hand.put(day, minute + 0.3, Kind.READ, doc_ids=(hand.draw.choice(home.documents_of[whom]),))


def _fishing(hand: _Hand) -> None:
    """One person after another, to see who has what: the files stay closed."""
    home = hand.clerk.home
    for day, share in hand.shares():
        minute = hand.working_minute()
        for holder in hand.draw.sample(range(home.size), share):
            hand.question(day, minute, home, holder)
            minute += hand.draw.uniform(0.3, 1.5)


_DOING: Mapping[str, Callable[[_Hand], None]] = {
    "walk fast": _walk,
    "walk slow": _walk,
    "walk shuffled": lambda hand: _walk(hand, shuffled=True),
    "employer fast": lambda hand: _group(hand, "employer"),
    "employer slow": lambda hand: _group(hand, "employer"),
    "village fast": lambda hand: _group(hand, "village"),
    "surname fast": lambda hand: _group(hand, "surname"),
    "off hours": _off_hours,
    "off hours slow": _off_hours,
    "own": _own,
    "crowd": _crowd,
    "volume": _volume,
    "volume slow": _volume,
    "probing": _probing,
    "probing slow": _probing,
    "refused": _refused,
    "refused slow": _refused,
    "reveal": _reveal,
    "dormant": _dormant,
    "elsewhere": _elsewhere,
    "elsewhere slow": _elsewhere,
    "export": _export,
    "sold look-ups": _volume,
    "one case for many": _one_case,
    "own asked": _own_asked,
    "crowd asked": _crowd_asked,
    "fishing": _fishing,
    "fishing slow": _fishing,
}
