"""Archive numbers walked: one after another in order, or a block of neighbours in any order."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from models.supervision.alerts import Signal
from models.supervision.facts import Opened
from models.supervision.memory import Day, Memory
from models.supervision.rules import WalkRule
from models.supervision.statistics import SMALLEST, run_tail
from models.supervision.wording import over_days, within_a_day

Dated = tuple[date, Opened]
_IN_ORDER, _BLOCK = "按号码先后", "成片"


@dataclass(slots=True)
class _Link:
    """End of a chain: how many holders long, its last opening and the link before."""

    length: int
    at: Dated
    before: _Link | None


def walk_signals(today: Day, known: Memory) -> list[Signal]:
    """Return the strongest walk that today's openings are part of, if any."""
    rule, account = known.rules.walk, today.facts.account
    mine = [(today.day, o) for o in today.unaccounted("walk") if o.number is not None]
    touched = _worth_a_look(mine, known.windows[account].numbers, rule)
    if not touched:
        return []
    mine = [dated for dated in mine if dated[1].series in touched]
    earlier = [
        (d.day, o)
        for d in known.untold(account, "walk", rule.window_days - 1)
        for o in d.unaccounted("walk")
        if o.number is not None and o.series in touched
    ]
    window = [*earlier, *mine]
    found = [
        *_chains(mine, rule.chain, rule, today),
        *_chains(window, rule.chain_window, rule, today),
        *_blocks(mine, window, rule.block, known, today),
        *_blocks(window, window, rule.block_window, known, today),
    ]
    return [max(found, key=lambda s: s.score)] if found else []


def _worth_a_look(
    mine: Sequence[Dated], before: Mapping[str, Counter[int]], rule: WalkRule
) -> frozenset[str]:
    """Return the series in which a number of today stands among neighbours enough for any walk."""
    today: dict[str, set[int]] = defaultdict(set)
    for _, opened in mine:
        today[opened.series].add(opened.number or 0)
    least = min(rule.chain, rule.chain_window, rule.block, rule.block_window)
    touched = set()
    for series, numbers in today.items():
        earlier: Mapping[int, int] = before.get(series, {})

        def read(number: int, own: set[int] = numbers, past: Mapping[int, int] = earlier) -> bool:
            return number in own or past.get(number, 0) > 0

        if any(_run_around(number, rule.step, read, least) >= least for number in numbers):
            touched.add(series)
    return frozenset(touched)


def _run_around(number: int, step: int, read: Callable[[int], bool], enough: int) -> int:
    """Return how many numbers read stand in one run with ``number``, counting no further than ``enough``."""
    found = 1
    for direction in (1, -1):
        at = number
        while found < enough:
            following = next(
                (at + direction * n for n in range(1, step + 1) if read(at + direction * n)), None
            )
            if following is None:
                break
            at, found = following, found + 1
    return found


def by_series(opened: Iterable[Dated]) -> Mapping[str, list[Dated]]:
    """Return the openings of every series, the first of each number only, in order of time."""
    seen: dict[str, dict[int, Dated]] = defaultdict(dict)
    for dated in opened:
        number = dated[1].number
        if number is not None:
            seen[dated[1].series].setdefault(number, dated)
    return {series: list(numbers.values()) for series, numbers in seen.items()}


def _chains(opened: Sequence[Dated], least: int, rule: WalkRule, today: Day) -> Iterator[Signal]:
    for own in by_series(opened).values():
        if len(own) < least:
            continue
        best = max((longest_chain(own, step) for step in (rule.step, -rule.step)), key=len)
        if len(best) >= least and best[-1][0] == today.day:
            score = 6.0 + 0.6 * (len(best) - least)
            yield _signal(rule, today, best, _IN_ORDER, score)


def longest_chain(opened: Sequence[Dated], step: int) -> list[Dated]:
    """Return the longest chain in order of time whose numbers go on by 1 to ``step`` (down where negative).

    Each link is another holder than the one before: the papers of one person often have following numbers.
    """
    links: dict[int, _Link] = {}
    best: _Link | None = None
    direction = 1 if step > 0 else -1
    for dated in opened:
        number, link = dated[1].number or 0, _Link(1, dated, None)
        for back in range(1, abs(step) + 1):
            before = links.get(number - direction * back)
            if before is None:
                continue
            longer = before.length + (before.at[1].holder != dated[1].holder)
            if longer > link.length:
                link = _Link(longer, dated, before)
        links[number] = link
        if best is None or link.length > best.length:
            best = link
    return _unwound(best)


def _unwound(link: _Link | None) -> list[Dated]:
    chain: list[Dated] = []
    while link is not None:
        if not chain or chain[-1][1].holder != link.at[1].holder:
            chain.append(link.at)
        link = link.before
    return chain[::-1]


def _blocks(
    opened: Sequence[Dated], all_opened: Sequence[Dated], least: int, known: Memory, today: Day
) -> Iterator[Signal]:
    rule, everywhere = known.rules.walk, by_series(all_opened)
    for series, own in by_series(opened).items():
        if len(own) < least:
            continue
        for run in runs(own, rule.step):
            days = {day for day, _ in run}
            if len({o.holder for _, o in run}) < least or today.day not in days:
                continue
            density = _density(run, everywhere[series], rule.around)
            tail = run_tail(len({o.holder for _, o in run}), density, rule.step, len(own))
            if tail <= known.rules.statistics.tail:
                yield _signal(rule, today, run, _BLOCK, min(20.0, -math.log10(max(tail, SMALLEST))))


def runs(opened: Sequence[Dated], step: int) -> Iterator[list[Dated]]:
    """Yield the runs of numbers of which each is at most ``step`` after the one before."""
    ordered = sorted(opened, key=lambda dated: dated[1].number or 0)
    run: list[Dated] = []
    for dated in ordered:
        if run and (dated[1].number or 0) - (run[-1][1].number or 0) > step:
            yield run
            run = []
        run.append(dated)
    if run:
        yield run


def _density(run: Sequence[Dated], everywhere: Sequence[Dated], around: int) -> float:
    """Return how thickly the account reads on both sides of a run, beside it, 0–1."""
    first, last = run[0][1].number or 0, run[-1][1].number or 0
    beside = sum(
        first - around <= (o.number or 0) < first or last < (o.number or 0) <= last + around
        for _, o in everywhere
    )
    room = around + min(around, max(1, first - 1))
    return (beside + 1) / (room + 1)


def _signal(rule: WalkRule, today: Day, chain: Sequence[Dated], how: str, score: float) -> Signal:
    days = sorted({day for day, _ in chain})
    when = (
        over_days(days[0], days[-1]) if len(days) > 1 else within_a_day(days[0], [o.place for _, o in chain])
    )
    holders = len({o.holder for _, o in chain})
    return Signal(
        "walk",
        today.facts.account,
        today.day,
        score,
        rule.says.format(when=when, count=holders, how=how),
        tuple(o.seq for _, o in chain),
        about=chain[0][1].series,
    )
