"""Many people of one employer, one village, one surname."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from models.supervision.alerts import Signal
from models.supervision.facts import Opened
from models.supervision.memory import Day, Memory
from models.supervision.rules import GroupRule
from models.supervision.statistics import group_tail
from models.supervision.walks import Dated
from models.supervision.wording import over_days, share, within_a_day

_CLUMPING_DAY, _CLUMPING_WINDOW = 0.05, 0.01


def group_signals(today: Day, known: Memory) -> list[Signal]:
    """Return the signals of every group rule: the value with the most holders, a day and a window."""
    found = []
    for rule in known.rules.groups:
        mine = [(today.day, o) for o in today.unaccounted(rule.id)]
        signal = _of_day(rule, mine, today, known) or _of_window(rule, mine, today, known)
        if signal is not None:
            found.append(signal)
    return found


def _of_day(rule: GroupRule, mine: Sequence[Dated], today: Day, known: Memory) -> Signal | None:
    value, count = _most(rule, [o for _, o in mine])
    if count < rule.floor:
        return None
    return _judged(rule, [d for d in mine if getattr(d[1], rule.feature) == value], mine, today, known)


def _of_window(rule: GroupRule, mine: Sequence[Dated], today: Day, known: Memory) -> Signal | None:
    counter = known.windows[today.facts.account].groups[rule.feature]
    own = Counter(getattr(o, rule.feature) for _, o in mine)
    values = {value for value, n in own.items() if value and n + counter[value] >= rule.floor_window}
    if not values:
        return None
    earlier = [
        (d.day, o)
        for d in known.untold(today.facts.account, rule.id, rule.window_days - 1)
        for o in d.unaccounted(rule.id)
    ]
    counted = Counter[str]()
    held: set[str] = set()
    window: list[Dated] = []
    for day, opened in (*earlier, *mine):
        if opened.holder not in held:
            held.add(opened.holder)
            window.append((day, opened))
            counted[getattr(opened, rule.feature)] += 1
    for value in sorted(values, key=lambda v: -counted[v]):
        if counted[value] < rule.floor_window:
            break
        chosen = [d for d in window if getattr(d[1], rule.feature) == value]
        if len({day for day, _ in chosen}) >= rule.days:
            signal = _judged(rule, chosen, window, today, known)
            if signal is not None:
                return signal
    return None


def _judged(
    rule: GroupRule, chosen: Sequence[Dated], among: Sequence[Dated], today: Day, known: Memory
) -> Signal | None:
    value = getattr(chosen[0][1], rule.feature)
    usual = known.group_share(today.facts.account, rule.feature, value)
    count, of = len(chosen), len(among)
    days = sorted({day for day, _ in chosen})
    if count < rule.times * usual * of:
        return None
    clumping = _CLUMPING_DAY if len(days) == 1 else _CLUMPING_WINDOW
    tail = group_tail(count, of, min(0.9, usual), clumping)
    if tail > known.rules.statistics.tail:
        return None
    one_day = within_a_day(days[0], [o.place for _, o in chosen])
    when = one_day if len(days) == 1 else over_days(days[0], days[-1])
    says = rule.says.format(when=when, count=count, share=share(count / of), usual=share(usual))
    return Signal(
        rule.id,
        today.facts.account,
        today.day,
        -math.log10(tail),
        says,
        tuple(o.seq for _, o in chosen),
        about=value,
    )


def _most(rule: GroupRule, opened: Sequence[Opened]) -> tuple[str, int]:
    counted = Counter(getattr(o, rule.feature) for o in opened)
    counted.pop("", None)
    return counted.most_common(1)[0] if counted else ("", 0)
