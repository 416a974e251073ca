"""The watch: takes finished days one after another and says what should be looked into.

A day is judged against the days before it and then remembered. What it says is a question to a person, never
a finding: see docs/supervision.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial

from models.supervision.alerts import Alert, Signal, alert_of
from models.supervision.counts import count_signals
from models.supervision.crowds import Asks, Crowds
from models.supervision.facts import DayFacts, Opened
from models.supervision.groups import group_signals
from models.supervision.looks import Staff
from models.supervision.memory import Day, Memory, remembered
from models.supervision.office import Office
from models.supervision.people import dormant_signal, onecase_signal, own_signal, wakes
from models.supervision.rules import Rules
from models.supervision.walks import walk_signals

_OF_WORK = frozenset({"walk", "employer", "village", "surname", "volume", "unsearched", "onecase", "fishing"})
"""Rules that a task nobody registered sets off for all who work at it."""
_TOGETHER = 3


class Watch:
    """Judges day after day; `memory` may be filled with remembered days first."""

    def __init__(self, rules: Rules, office: Office, staff: Mapping[str, Staff]) -> None:
        self._rules = rules
        self._office = office
        self._staff = staff
        self.memory = Memory(rules, staff)
        self._crowds = Crowds(
            rules.crowd, lambda account: staff[account].office, rules.statistics.history_days
        )
        self._woken: dict[str, tuple[date, date]] = {}
        self._spoken: dict[tuple[str, str], int] = {}
        self._number = 0

    def recall(self, day: date, days: Sequence[Day], told: Iterable[Alert] = ()) -> None:
        """Remember a day judged earlier, with the alerts that were told of it."""
        self._number += 1
        known = [replace(d, accounted=self._accounted(d.facts.account, day, d.opened)) for d in days]
        self._note_wakes(day, known)
        self._crowds.day(day, self._openings(known), self._asks(known))
        for alert in told:
            self._remember_said(alert)
        self.memory.add(day, known)

    def day(self, day: date, facts: Sequence[DayFacts]) -> tuple[list[Alert], list[Day]]:
        """Judge a day of everybody who did anything, remember it, and return alerts and days to be kept."""
        alerts, days = self.judged(day, facts)
        self.memory.add(day, days)
        return alerts, days

    def judged(self, day: date, facts: Sequence[DayFacts]) -> tuple[list[Alert], list[Day]]:
        """Return alerts and days without remembering the counts of it."""
        self._number += 1
        accounted = {f.account: self._accounted(f.account, f.day, f.opened) for f in facts}
        days = [remembered(f, self.memory, accounted[f.account]) for f in facts]
        self._note_wakes(day, days)

        @cache
        def busy(office: str, feature: int) -> float:
            return self.memory.busy(office, feature, days)

        by_account: dict[str, list[Signal]] = {}
        for one in days:
            office = self._staff[one.facts.account].office
            found = count_signals(one, self.memory, partial(busy, office))
            found += self._others(one)
            by_account[one.facts.account] = found
        crowds = self._crowds.day(day, self._openings(days), self._asks(days))
        return [*self._crowd_alerts(crowds), *self._alerts(by_account)], days

    def _others(self, today: Day) -> list[Signal]:
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
            *walk_signals(today, memory),
            *group_signals(today, memory),
        ]

    def _accounted(self, account: str, day: date, opened: Sequence[Opened]) -> dict[str, frozenset[str]]:
        """Return, rule by rule, the holders that registered tasks of the day account for."""
        found: dict[str, set[str]] = defaultdict(set)
        for task in self._office.tasks_of(self._staff[account], day):
            inside = dict.fromkeys(o.holder for o in opened if task.about(o.employer, o.series))
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

    def _openings(self, days: Iterable[Day]) -> list[tuple[str, Opened]]:
        """Return who opened whose documents, but for what a task accounts for."""
        return [(d.facts.account, o) for d in days for o in d.unaccounted("crowd")]

    def _asks(self, days: Iterable[Day]) -> list[Asks]:
        """Return who asked for whom, but where a task accounts for it, whatever its scope."""
        return [(d.facts.account, one) for d in days if "crowd" not in d.accounted for one in d.facts.asked]

    # -- from signals to alerts --------------------------------------------------------------

    def _alerts(self, by_account: Mapping[str, Sequence[Signal]]) -> list[Alert]:
        fresh = {account: self._fresh(signals) for account, signals in by_account.items()}
        alerts = self._joint(fresh)
        joined = {account for alert in alerts for account in alert.accounts}
        for account, signals in fresh.items():
            left = [s for s in signals if account not in joined or s.rule not in _OF_WORK]
            if self._worth_telling(left):
                alerts.append(alert_of(left, self._rules, f"account:{account}"))
        for alert in alerts:
            self._remember_said(alert)
        return alerts

    def _fresh(self, signals: Sequence[Signal]) -> list[Signal]:
        """Return what was not said of the account lately."""
        return [s for s in signals if not self._said_lately(s.account, s.rule)]

    def _said_lately(self, who: str, rule: str) -> bool:
        said = self._spoken.get((who, rule))
        return said is not None and self._number - said <= self._rules.statistics.quiet_days

    def _joint(self, fresh: Mapping[str, Sequence[Signal]]) -> list[Alert]:
        """Tell once what several of one office do on one day: work somebody forgot to register."""
        teams: dict[str, list[Signal]] = defaultdict(list)
        for account, signals in fresh.items():
            work = [s for s in signals if s.rule in _OF_WORK]
            if any(not s.weak for s in work):
                teams[self._staff[account].office] += work
        return [
            alert_of(signals, self._rules, f"team:{office}")
            for office, signals in teams.items()
            if len({s.account for s in signals}) >= _TOGETHER
        ]

    def _worth_telling(self, signals: Sequence[Signal]) -> bool:
        if any(not s.weak for s in signals):
            return True
        best: dict[str, float] = {}
        for s in signals:
            best[s.rule] = max(best.get(s.rule, 0.0), s.score)
        return len(best) >= 2 and sum(best.values()) >= self._rules.statistics.together

    def _crowd_alerts(self, crowds: Sequence[Sequence[Signal]]) -> list[Alert]:
        alerts = [
            alert_of(signals, self._rules, f"crowd:{signals[0].about}")
            for signals in crowds
            if not any(self._said_lately(who, "crowd") for who in self._crowds.known_as(signals[0].about))
        ]
        for alert in alerts:
            self._remember_said(alert)
        return alerts

    def _remember_said(self, alert: Alert) -> None:
        kind, _, about = alert.matter.partition(":")
        if kind == "crowd":
            self._spoken[about, "crowd"] = self._number
            return
        for rule in _OF_WORK.union(alert.rules) if kind == "team" else alert.rules:
            for account in alert.accounts:
                self._spoken[account, rule] = self._number
                self.memory.told[account, rule] = alert.day
