"""The watch: takes finished days one after another and says what should be looked into.

A day is judged against the days before it and then remembered. What it says is a question to a person, never
a finding: see docs/supervision.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache

from models.supervision.alerts import Alert, Signal, alert_of
from models.supervision.counts import count_signals
from models.supervision.facts import DayFacts, Opened
from models.supervision.groups import group_signals
from models.supervision.looks import Staff
from models.supervision.memory import Day, Memory, remembered
from models.supervision.office import Office
from models.supervision.people import Crowds, dormant_signal, onecase_signal, own_signal, wakes
from models.supervision.rules import Rules
from models.supervision.walks import walk_signals

_OF_WORK = frozenset({"walk", "employer", "village", "surname"})
"""Rules that a task nobody registered sets off for all who work at it."""
_TOGETHER = 3


class Watch:
    """Judges day after day; `memory` may be filled with remembered days first."""

    def __init__(self, rules: Rules, office: Office, staff: Mapping[str, Staff]) -> None:
        self._rules = rules
        self._office = office
        self._staff = staff
        self.memory = Memory(rules, staff)
        self._crowds = Crowds(rules.crowd, lambda account: staff[account].office)
        self._woken: dict[str, tuple[date, date]] = {}
        self._spoken: dict[tuple[str, str], int] = {}
        self._number = 0

    def recall(self, day: date, days: Sequence[Day], told: Iterable[tuple[str, str]] = ()) -> None:
        """Remember a day judged earlier; ``told``: (account or person, rule) of what was said then."""
        self._number += 1
        self._note_wakes(day, days)
        self._crowds.day(day, self._openings(days, {d.facts.account: self._accounted(d.facts) for d in days}))
        for key in told:
            self._spoken[key] = self._number
        self.memory.add(day, days)

    def day(self, day: date, facts: Sequence[DayFacts]) -> tuple[list[Alert], list[Day]]:
        """Judge a day of everybody who did anything, remember it, and return alerts and days to be kept."""
        alerts, days = self.judged(day, facts)
        self.memory.add(day, days)
        return alerts, days

    def judged(self, day: date, facts: Sequence[DayFacts]) -> tuple[list[Alert], list[Day]]:
        """Return alerts and days without remembering the counts of it."""
        self._number += 1
        accounted = {f.account: self._accounted(f) for f in facts}
        days = [remembered(f, self.memory, accounted[f.account]) for f in facts]
        self._note_wakes(day, days)

        @cache
        def busy(office: str, feature: int) -> float:
            return self.memory.busy(office, feature, days)

        by_account: dict[str, list[Signal]] = {}
        for one in days:
            office = self._staff[one.facts.account].office
            found = count_signals(one, self.memory, lambda feature, office=office: busy(office, feature))
            found += self._others(one, accounted[one.facts.account])
            by_account[one.facts.account] = found
        crowds = self._crowds.day(day, self._openings(days, accounted))
        return [*self._crowd_alerts(crowds), *self._alerts(by_account)], days

    def _others(self, today: Day, accounted: dict[str, frozenset[str]]) -> list[Signal]:
        memory, account = self.memory, today.facts.account
        singles = (
            own_signal(today, memory),
            onecase_signal(today, memory),
            dormant_signal(
                today,
                memory,
                self._woken.get(account),
                lambda first, last: self._office.on_leave(account, first, last),
            ),
        )
        return [
            *(signal for signal in singles if signal is not None),
            *walk_signals(today, memory, accounted.get("walk", frozenset())),
            *group_signals(today, memory, accounted),
        ]

    def _accounted(self, facts: DayFacts) -> dict[str, frozenset[str]]:
        """Return, rule by rule, the holders that registered tasks of the day account for."""
        found: dict[str, set[str]] = defaultdict(set)
        for task in self._office.tasks_of(self._staff[facts.account], facts.day):
            inside = dict.fromkeys(o.holder for o in facts.opened if task.about(o.employer, o.series))
            most = task.people_per_day or len(inside)
            for rule in task.rules:
                found[rule].update(list(inside)[:most])
        return {rule: frozenset(holders) for rule, holders in found.items()}

    def _note_wakes(self, day: date, days: Iterable[Day]) -> None:
        for one in days:
            account = one.facts.account
            wake = wakes(self.memory.last_look.get(account), day, self._rules.dormant.days)
            if wake is not None:
                self._woken[account] = wake
            elif account in self._woken and len(self._since(account)) >= self._rules.dormant.within_days:
                del self._woken[account]

    def _since(self, account: str) -> list[Day]:
        woke = self._woken[account][1]
        return [d for d in self.memory.recent(account, 10) if d.day >= woke]

    def _openings(
        self, days: Iterable[Day], accounted: Mapping[str, Mapping[str, frozenset[str]]]
    ) -> list[tuple[str, Opened]]:
        """Return who opened whose documents, but for what a task accounts for (a file all are trained with)."""
        nobody = frozenset[str]()
        return [
            (d.facts.account, o)
            for d in days
            for o in d.opened
            if o.holder not in accounted[d.facts.account].get("crowd", nobody)
        ]

    # -- from signals to alerts --------------------------------------------------------------

    def _alerts(self, by_account: Mapping[str, Sequence[Signal]]) -> list[Alert]:
        fresh = {account: self._fresh(signals) for account, signals in by_account.items()}
        joint, joined = self._joint(fresh)
        alerts = list(joint)
        for account, signals in fresh.items():
            left = [s for s in signals if (account, s.rule) not in joined]
            if self._worth_telling(left):
                self._say(account, left)
                alerts.append(alert_of(left, self._rules))
        return alerts

    def _fresh(self, signals: Sequence[Signal]) -> list[Signal]:
        """Return what was not said of the account lately."""
        quiet = self._rules.statistics.quiet_days
        return [
            s for s in signals if self._number - self._spoken.get((s.account, s.rule), -quiet - 1) > quiet
        ]

    def _joint(self, fresh: Mapping[str, Sequence[Signal]]) -> tuple[list[Alert], set[tuple[str, str]]]:
        """Tell once what several of one office do on one day: work somebody forgot to register."""
        teams: dict[tuple[str, str], list[Signal]] = defaultdict(list)
        for account, signals in fresh.items():
            for signal in signals:
                if signal.rule in _OF_WORK:
                    teams[self._staff[account].office, signal.rule].append(signal)
        alerts, joined = [], set()
        for signals in teams.values():
            if len(signals) >= _TOGETHER:
                alerts.append(alert_of(signals, self._rules))
                for signal in signals:
                    joined.add((signal.account, signal.rule))
                    self._say(signal.account, [signal])
        return alerts, joined

    def _worth_telling(self, signals: Sequence[Signal]) -> bool:
        if any(not s.weak for s in signals):
            return True
        best: dict[str, float] = {}
        for s in signals:
            best[s.rule] = max(best.get(s.rule, 0.0), s.score)
        return len(best) >= 2 and sum(best.values()) >= self._rules.statistics.together

    def _crowd_alerts(self, crowds: Sequence[Sequence[Signal]]) -> list[Alert]:
        alerts = []
        for signals in crowds:
            holder = signals[0].about
            quiet = self._rules.statistics.quiet_days
            if self._number - self._spoken.get((holder, "crowd"), -quiet - 1) <= quiet:
                continue
            self._spoken[holder, "crowd"] = self._number
            alerts.append(alert_of(signals, self._rules))
        return alerts

    def _say(self, account: str, signals: Sequence[Signal]) -> None:
        for signal in signals:
            self._spoken[account, signal.rule] = self._number
