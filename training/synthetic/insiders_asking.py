"""Insiders who ask for people by name or number and leave the files closed."""

from __future__ import annotations

from models.supervision.looks import Kind
from training.synthetic.insider_hand import Hand


def own_asked(hand: Hand) -> None:
    """The own number in the middle of a question, and nothing opened."""
    home = hand.clerk.home
    for day, share in hand.shares():
        for _ in range(share):
            minute, whose = hand.working_minute(), hand.draw.choice(hand.clerk.household)
            query = f"{hand.asks.getrandbits(40):x}"
            hand.put(day, minute, Kind.SEARCH, doc_ids=tuple(home.documents_of[whose]), query=query)
            hand.persons(day, minute, [home.number(whose)])


def crowd_asked(hand: Hand) -> None:
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


def fishing(hand: Hand) -> None:
    """One person after another, to see who has what: the files stay closed."""
    home = hand.clerk.home
    for day, share in hand.shares():
        minute = hand.working_minute()
        for holder in hand.draw.sample(range(home.size), share):
            hand.question(day, minute, home, holder)
            minute += hand.draw.uniform(0.3, 1.5)
