"""Counts of a day, and slow ones summed over a window, against what is usual."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from models.supervision.alerts import Signal
from models.supervision.asked import Place, unopened
from models.supervision.facts import Opened
from models.supervision.looks import Staff
from models.supervision.memory import FEATURES, Day, Expected, Memory
from models.supervision.rules import CountRule
from models.supervision.statistics import count_tail
from models.supervision.wording import number, over_days, within_a_day

Busy = Callable[[int], float]
"""Number of a feature to how busy the office is today."""


def count_signals(today: Day, known: Memory, busy: Busy) -> list[Signal]:
    """Return the signals of every count rule about one account's day."""
    found: list[Signal] = []
    if not known.knows(today.facts.account):
        return found
    for rule in known.rules.counts:
        signal = _of_day(rule, today, known, busy) or _of_window(rule, today, known)
        if signal is not None:
            found.append(signal)
    return found


def _of_day(rule: CountRule, today: Day, known: Memory, busy: Busy) -> Signal | None:
    statistics, feature = known.rules.statistics, FEATURES.index(rule.feature)
    count = today.counts[feature]
    if count < rule.floor * statistics.weak_share:
        return None
    if not known.knows(today.facts.account, feature):
        return None
    usual = known.expected(today.facts.account, feature, 0)
    mean = usual.mean * busy(feature)
    if count < rule.times * mean:
        return None
    tail = count_tail(count, mean, usual.dispersion)
    weak = count < rule.floor or tail > statistics.tail
    if tail > statistics.weak_tail:
        return None
    places = places_of(rule.feature, today, known)
    says = rule.says.format(when=within_a_day(today.day, places), count=count, usual=number(mean))
    return _signal(rule, today, tail, says, [seq for seq, _ in places], weak=weak)


def _of_window(rule: CountRule, today: Day, known: Memory) -> Signal | None:
    statistics, feature = known.rules.statistics, FEATURES.index(rule.feature)
    account = today.facts.account
    if not today.counts[feature]:
        return None
    recent = known.untold(account, rule.id, rule.window_days - 1)
    window = [*recent, today]
    count = sum(max(0, d.counts[feature]) for d in window)
    if count < rule.floor_window or known.days_known(account, feature) < statistics.learning_days:
        return None
    usual = _usual_of_window(known, account, feature, len(window))
    if count < rule.times_window * usual.mean:
        return None
    tail = count_tail(count, usual.mean, usual.dispersion)
    if tail > statistics.tail:
        return None
    places = [place for d in window for place in places_of(rule.feature, d, known)]
    says = rule.says_window.format(
        when=over_days(window[0].day, today.day), count=count, usual=number(usual.mean)
    )
    return _signal(rule, today, tail, says, [seq for seq, _ in places], weak=False)


def _usual_of_window(known: Memory, account: str, feature: int, days: int) -> Expected:
    """Return what the window is expected to have: days before it, moved as the whole post has moved since."""
    before = known.expected(account, feature, days - 1)
    then = known.post_mean(account, feature, last=40, skip=days - 1)
    now = known.post_mean(account, feature, last=days - 1)
    moved = min(3.0, max(1.0, (now + 0.05) / (then + 0.05))) if then else 1.0
    spread = min(known.rules.statistics.window_dispersion, before.dispersion * days)
    return Expected(before.mean * days * moved, spread)


def _signal(
    rule: CountRule, today: Day, tail: float, says: str, seqs: Sequence[int], *, weak: bool
) -> Signal:
    account = today.facts.account
    return Signal(rule.id, account, today.day, -math.log10(tail), says, tuple(seqs), weak=weak)


def places_of(feature: str, day: Day, known: Memory) -> list[Place]:
    """Return the entries a feature counts; all openings of the day where a count is of holders."""
    facts, staff = day.facts, known.staff[day.facts.account]
    match feature:
        case "empty":
            return list(facts.empty)
        case "asked":
            return [one.place for one in unopened(facts.asked)]
        case "refused":
            return list(facts.refused)
        case "reveal":
            return list(facts.reveals)
        case "export":
            return list(facts.exports)
    return [o.place for o in day.opened if _counts(feature, o, known, staff)]


def _counts(feature: str, opened: Opened, known: Memory, staff: Staff) -> bool:
    match feature:
        case "off_hours":
            return opened.off
        case "elsewhere":
            return not known.usual_region(staff, opened.region)
        case "unsearched":
            return not opened.shown
        case "caseless":
            return not opened.case
    return True
