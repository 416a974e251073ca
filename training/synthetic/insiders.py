"""Seeded traces of insiders: look-ups nobody had a duty to make, from blunt to slow and low."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from models.supervision.looks import Kind
from training.synthetic.insider_hand import Hand, Trace
from training.synthetic.insider_strengths import Strength
from training.synthetic.insiders_asking import crowd_asked, fishing, own_asked
from training.synthetic.traffic import Agency
from training.synthetic.traffic_archive import Collection


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
            hand = Hand(agency, clerk, trace, dates, draw.randint(*strength.total), draw, asks)
            _DOING[kind](hand)
            traces.append(trace)
    return traces


# -- kinds --------------------------------------------------------------------------------------


def _walk(hand: Hand, *, shuffled: bool = False) -> None:
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


def _group(hand: Hand, group: str) -> None:
    home = hand.clerk.home
    values = home.holders_of[group]
    large = [v for v in sorted(values) if len(values[v]) >= hand.total]
    value = hand.draw.choice(large or [max(values, key=lambda v: len(values[v]))])
    holders = hand.draw.sample(values[value], min(hand.total, len(values[value])))
    for day, share in hand.shares():
        papers = [hand.draw.choice(home.documents_of[h]) for h in holders[:share]]
        del holders[:share]
        hand.people(day, papers, hand.working_minute())


def _anybody(hand: Hand, home: Collection, count: int) -> list[str]:
    return [hand.draw.choice(home.documents_of[hand.draw.randrange(home.size)]) for _ in range(count)]


def _off_hours(hand: Hand) -> None:
    for day, share in hand.shares():
        minute = hand.draw.choice(
            (hand.draw.uniform(19 * 60, 22 * 60), hand.draw.uniform(5 * 60, 6 * 60 + 30))
        )
        hand.people(day, _anybody(hand, hand.clerk.home, share), minute)


def _own(hand: Hand) -> None:
    ((day, share),) = hand.shares()
    home = hand.clerk.home
    papers = [
        hand.draw.choice(home.documents_of[hand.draw.choice(hand.clerk.household)]) for _ in range(share)
    ]
    hand.people(day, papers, hand.working_minute())


def _crowd(hand: Hand) -> None:
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


def _volume(hand: Hand) -> None:
    for day, share in hand.shares():
        hand.people(day, _anybody(hand, hand.clerk.home, share), hand.draw.uniform(8 * 60 + 40, 11 * 60))


def _probing(hand: Hand) -> None:
    for day, share in hand.shares():
        minute = hand.working_minute()
        for n in range(share):
            query = f"{hand.draw.getrandbits(40):x}"
            hand.put(day, minute + n * 0.4, Kind.SEARCH, outcome="empty", query=query)


def _refused(hand: Hand) -> None:
    for day, share in hand.shares():
        minute = hand.working_minute()
        for n in range(share):
            hand.put(day, minute + n * 0.3, Kind.READ, outcome="not_found")


def _reveal(hand: Hand) -> None:
    for day, share in hand.shares():
        minute = hand.working_minute()
        for n, doc_id in enumerate(_anybody(hand, hand.clerk.home, share)):
            hand.put(day, minute + n, Kind.SEARCH, doc_ids=(doc_id,), query=f"{hand.draw.getrandbits(40):x}")
            hand.put(day, minute + n + 0.2, Kind.REVEAL, doc_ids=(doc_id,))


def _dormant(hand: Hand) -> None:
    """Somebody else uses the account of one who has been away for long, and nobody registered leave."""
    first = hand.agency.workdays.index(hand.dates[0])
    silent = hand.draw.randrange(34, max(35, min(100, first - 5)))
    hand.clerk.away.update(range(max(0, first - silent), first + len(hand.dates) + 10))
    hand.agency.leaves = [x for x in hand.agency.leaves if x.account != hand.clerk.account]
    for day, share in hand.shares():
        hand.people(day, _anybody(hand, hand.clerk.home, share), hand.draw.uniform(8 * 60 + 30, 17 * 60))


def _elsewhere(hand: Hand) -> None:
    away = hand.draw.choice([c for c in hand.agency.collections if c is not hand.clerk.home])
    for day, share in hand.shares():
        hand.people(day, _anybody(hand, away, share), hand.working_minute())


def _export(hand: Hand) -> None:
    for day, share in hand.shares():
        minute = hand.working_minute()
        for n, doc_id in enumerate(_anybody(hand, hand.clerk.home, share)):
            hand.put(day, minute + n * 0.6, Kind.COPY, doc_ids=(doc_id,))


def _one_case(hand: Hand) -> None:
    for day, share in hand.shares():
        hand.people(day, _anybody(hand, hand.clerk.home, share), hand.working_minute(), case="one-case")


_DOING: Mapping[str, Callable[[Hand], None]] = {
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
    "own asked": own_asked,
    "crowd asked": crowd_asked,
    "fishing": fishing,
    "fishing slow": fishing,
}
