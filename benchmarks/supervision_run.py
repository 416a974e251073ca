"""Running the watch over made-up traffic, beside baselines that see the same days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from models.supervision.alerts import Alert
from models.supervision.facts import DayFacts, facts_of
from models.supervision.looks import Look
from models.supervision.rules import supervision_rules
from models.supervision.watch import Watch
from training.synthetic.insiders import Trace
from training.synthetic.traffic import Agency, looks_of


@dataclass(slots=True)
class Run:
    """What a run saw: alerts, the ledger numbers of every trace, and how many clerk-days there were."""

    alerts: list[Alert] = field(default_factory=list)
    seqs_of: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    clerk_days: int = 0
    facts: list[DayFacts] = field(default_factory=list)

    def found(self, traces: Sequence[Trace]) -> set[int]:
        """Return the traces of which an alert about one of the accounts shows at least one look."""
        return {t.number for t in traces if any(self._shows(a, t) for a in self.alerts)}

    def _shows(self, alert: Alert, trace: Trace) -> bool:
        about = not set(alert.accounts).isdisjoint(trace.accounts)
        return about and not self.seqs_of[trace.number].isdisjoint(alert.seqs)

    def false_alarms(self, traces: Sequence[Trace]) -> list[Alert]:
        """Return the alerts that show no look of any trace."""
        planted = set[int]().union(*self.seqs_of.values()) if traces else set[int]()
        return [a for a in self.alerts if planted.isdisjoint(a.seqs)]


def traffic(
    agency: Agency, traces: Sequence[Trace], *, cases: bool
) -> Iterator[tuple[date, list[Look], dict[int, set[int]]]]:
    """Yield every calendar day with its looks and the numbers of what was planted."""
    planted: dict[date, list[Trace]] = defaultdict(list)
    for trace in traces:
        for day in trace.days:
            planted[day].append(trace)
    seq = 1
    for day in agency.days():
        drafts = agency.drafts_of(day)
        for trace in planted[day]:
            drafts += trace.days[day]
        looks, numbers = looks_of(drafts, day, seq, cases=cases)
        seq += len(looks)
        yield day, looks, numbers


def run(
    agency: Agency,
    traces: Sequence[Trace] = (),
    *,
    cases: bool = False,
    keep_facts: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> Run:
    """Let the watch judge a whole agency."""
    rules, office, staff = supervision_rules(), agency.office, agency.staff
    watch, made = Watch(rules, office, staff), Run()
    for day, looks, numbers in traffic(agency, traces, cases=cases):
        for trace, own in numbers.items():
            made.seqs_of[trace] |= own
        by_account: dict[str, list[Look]] = defaultdict(list)
        for look in looks:
            by_account[look.account].append(look)
        facts = [
            facts_of(staff[account], day, own, agency.marks, office.outside(day, rules))
            for account, own in by_account.items()
        ]
        if not facts:
            continue
        made.clerk_days += len(facts)
        if keep_facts:
            made.facts += facts
        alerts, _ = watch.day(day, facts)
        made.alerts += alerts
        if day.day == 1:
            report(f"{day}: {made.clerk_days} clerk-days, {len(made.alerts)} alerts")
    return made
