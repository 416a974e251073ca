"""Running the watch over made-up traffic, and daily features for baselines that see the same days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from models.supervision.alerts import Alert
from models.supervision.facts import DayFacts, facts_of
from models.supervision.looks import Look
from models.supervision.memory import Day
from models.supervision.rules import supervision_rules
from models.supervision.watch import Watch
from training.synthetic.insider_hand import Trace
from training.synthetic.insiders import planted
from training.synthetic.traffic import Agency, looks_of
from training.synthetic.traffic_people import Habits


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: an agency, and what is planted in it."""

    seed: int
    clerks: int
    days: int
    each: int = 0
    strengths: Mapping[str, object] = field(default_factory=dict)
    cases: bool = False


@dataclass(slots=True)
class Run:
    """What came of a plan; ``features`` by account and day are what a baseline sees."""

    plan: Plan
    clerk_days: int = 0
    looks: int = 0
    alerts: list[Alert] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    seqs_of: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    features: dict[tuple[str, date], tuple[int, ...]] = field(default_factory=dict)

    def found(self) -> dict[int, bool]:
        """Return, trace by trace, whether an alert about one of its accounts shows one of its looks."""
        return {t.number: any(self._shows(alert, t) for alert in self.alerts) for t in self.traces}

    def _shows(self, alert: Alert, trace: Trace) -> bool:
        about = not set(alert.accounts).isdisjoint(trace.accounts)
        return about and not self.seqs_of[trace.number].isdisjoint(alert.seqs)

    def false_alarms(self) -> list[Alert]:
        """Return the alerts that show no look of any trace."""
        seqs = set[int]().union(*self.seqs_of.values()) if self.seqs_of else set[int]()
        return [alert for alert in self.alerts if seqs.isdisjoint(alert.seqs)]


def run(plan: Plan) -> Run:
    """Make the agency of a plan and let the watch judge it day by day."""
    habits = Habits(clerks=plan.clerks, days=plan.days, offices=max(2, plan.clerks // 25))
    agency, made = Agency(plan.seed, habits), Run(plan)
    made.traces = planted(agency, plan.each, plan.strengths, plan.seed) if plan.each else []  # type: ignore[arg-type]
    rules, office, staff = supervision_rules(), agency.office, agency.staff
    watch = Watch(rules, office, staff)
    for day, looks, numbers in traffic(agency, made.traces, cases=plan.cases):
        for trace, own in numbers.items():
            made.seqs_of[trace] |= own
        outside, by_account = office.outside(day, rules), defaultdict[str, list[Look]](list)
        for look in looks:
            by_account[look.account].append(look)
        facts = [facts_of(staff[name], day, own, agency.marks, outside) for name, own in by_account.items()]
        alerts, judged = watch.day(day, facts)
        made.alerts += alerts
        made.clerk_days += len(facts)
        made.looks += len(looks)
        for one, whole in zip(judged, facts, strict=True):
            made.features[one.facts.account, day] = _features(one, whole)
    return made


def traffic(
    agency: Agency, traces: Sequence[Trace], *, cases: bool
) -> Iterator[tuple[date, list[Look], dict[int, set[int]]]]:
    """Yield every calendar day with its looks and the ledger numbers of what was planted."""
    by_day: dict[date, list[Trace]] = defaultdict(list)
    for trace in traces:
        for day in trace.days:
            by_day[day].append(trace)
    seq = 1
    for day in agency.days():
        drafts = agency.drafts_of(day)
        for trace in by_day[day]:
            drafts += trace.days[day]
        looks, numbers = looks_of(drafts, day, seq, cases=cases)
        seq += len(looks)
        yield day, looks, numbers


def _features(one: Day, facts: DayFacts) -> tuple[int, ...]:
    """Return the counts of a day (registered tasks left out, as the watch does) and what they are made of."""
    most = [
        max(Counter(getattr(o, name) for o in one.opened if getattr(o, name)).values(), default=0)
        for name in ("employer", "village", "surname", "series")
    ]
    return (*one.counts, len(one.opened), len(facts.opened), len(facts.own), *most)
