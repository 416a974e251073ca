"""Own files, accounts that wake, one case for many people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from models.supervision.alerts import Signal
from models.supervision.memory import Day, Memory
from models.supervision.wording import over_days, within_a_day


def own_signal(today: Day, known: Memory) -> Signal | None:
    """Return a signal where somebody looked up the own person or the household.

    Once is enough where a number or a file says who it is. A name may be another's: it counts only where it
    was asked for again and again.
    """
    rule, facts = known.rules.own, today.facts
    places = list(facts.own)
    if not places and len(facts.own_names) >= rule.names:
        places = list(facts.own_names)
    if not places:
        return None
    says = rule.says.format(when=within_a_day(today.day, places), count=len(places))
    score = rule.score + 0.5 * (len(places) - 1)
    return Signal("own", facts.account, today.day, score, says, tuple(seq for seq, _ in places))


def onecase_signal(today: Day, known: Memory) -> Signal | None:
    """Return a signal where one case stands for many people within a day."""
    rule = known.rules.onecase
    counted = Counter(o.case for o in today.unaccounted("onecase") if o.case)
    case, count = counted.most_common(1)[0] if counted else ("", 0)
    if count < rule.people:
        return None
    chosen = [o for o in today.unaccounted("onecase") if o.case == case]
    says = rule.says.format(when=within_a_day(today.day, [o.place for o in chosen]), count=count)
    return Signal(
        "onecase", today.facts.account, today.day, rule.score, says, tuple(o.seq for o in chosen), about=case
    )


def dormant_signal(
    today: Day, known: Memory, wake: tuple[date, date] | None, on_leave: Callable[[date, date], bool]
) -> Signal | None:
    """Return a signal where an account works again after long silence that nobody has registered.

    ``wake``: the last day before the silence and the first after it, where it woke lately.
    """
    rule = known.rules.dormant
    if wake is None or on_leave(*wake):
        return None
    silent = (wake[1] - wake[0]).days
    since = [d for d in known.recent(today.facts.account, rule.within_days - 1) if d.day >= wake[1]]
    window = [*since, today]
    opened = [o for d in window for o in d.opened]
    if len(opened) < rule.people:
        return None
    says = rule.says.format(when=over_days(window[0].day, today.day), count=len(opened), usual=silent)
    return Signal("dormant", today.facts.account, today.day, rule.score, says, tuple(o.seq for o in opened))


def wakes(last: date | None, day: date, days: int) -> tuple[date, date] | None:
    """Return the silence that ends on ``day``, None where it is shorter than ``days``."""
    return (last, day) if last is not None and day - last >= timedelta(days=days) else None


def strongest(signals: Sequence[Signal]) -> Signal:
    return max(signals, key=lambda s: (s.score, s.rule))
