"""Use case: read what is new in the ledger, judge it day by day, keep alerts. Safe to repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from indexer.auditing import audited
from indexer.store.identifiers import new_id
from indexer.store.port import AccountStore, AuditEvent, AuditLog
from indexer.store.supervision_port import AlertState, KeptAlert, OwnMarks, SupervisionStore
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.supervision.alerts import Alert
from models.supervision.facts import OPENING, DayFacts, facts_of
from models.supervision.looks import CHINA, Kind, Look, Staff
from models.supervision.memory import Day
from models.supervision.office import Office, office_of
from models.supervision.rules import kind_of, supervision_rules
from models.supervision.watch import Watch

_REMEMBERED_CALENDAR_DAYS = 120
"""Enough for the longest history of working days and the longest silence."""
_NOBODY = Staff("", "", "")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan did: entries read, days finished, alerts raised or renewed."""

    entries: int
    days: int
    alerts: tuple[KeptAlert, ...]


@dataclass(slots=True)
class SupervisionScan:
    """Judges finished days once and for all, and today as far as it has come.

    ``register`` returns the text of the office's table (`models.supervision.office`), '' for none.
    """

    store: SupervisionStore
    accounts: AccountStore
    audit: AuditLog
    clock: Callable[[], datetime]
    register: Callable[[], str]
    via: str = "cli"

    def scan(self, by: Principal) -> Scanned:
        """Read the ledger on from where the last scan ended.

        ``by`` without a name is the operator of the machine; with one, it needs the duty to supervise.

        Raises:
            Forbidden: no such duty. InvalidInput: the office's table cannot be read.
            Conflict: another scan was faster.
        """
        now, text = self.clock(), self.register()
        with audited(self.audit, by, via=self.via, action="supervision_scan", about=text, at=now) as look:
            if by.subject:
                require(by, Duty.SUPERVISE, now)
            done = self._scan(office_of(text, self.store.mark), now)
            look.outcome = "alerts" if done.alerts else "ok"
        return done

    def _scan(self, office: Office, now: datetime) -> Scanned:
        reached = self.store.progress()
        entries = [(seq, event) for seq, event in self.store.entries(reached.seq) if _opens(event)]
        desk = _Desk(self.store, self._staff({e.principal for _, e in entries}), office)
        today = now.astimezone(CHINA).date()
        desk.recall(today - timedelta(_REMEMBERED_CALENDAR_DAYS))
        raised: list[KeptAlert] = []
        days = 0
        for day, looks in _by_day(entries, reached.day, today):
            finished = day < today
            alerts, judged = desk.judged(day, looks, keep=finished)
            kept = [self._kept(alert, desk.staff, now) for alert in alerts]
            raised += kept
            if finished:
                days += 1
                forget = day - timedelta(_REMEMBERED_CALENDAR_DAYS)
                self.store.finish_day(day, max(look.seq for look in looks), judged, kept, forget)
            else:
                self.store.raise_alerts(kept)
        return Scanned(len(entries), days, tuple(raised))

    def _staff(self, names: Iterable[str]) -> dict[str, Staff]:
        """Return everybody with an account, and those of the ledger whose account is gone."""
        own = self.store.own_marks()
        found = {
            a.principal.subject: staff_of(a.principal, own.get(a.principal.subject, OwnMarks()))
            for a in self.accounts.accounts()
        }
        return {name: replace(_NOBODY, account=name) for name in names if name not in found} | found

    def _kept(self, alert: Alert, staff: dict[str, Staff], now: datetime) -> KeptAlert:
        offices = tuple(sorted({staff[account].office for account in alert.accounts}))
        return KeptAlert(new_id(), alert, AlertState.OPEN, offices, now)


class _Desk:
    """One scan: a watch with the days before, fed from the store."""

    def __init__(self, store: SupervisionStore, staff: dict[str, Staff], office: Office) -> None:
        self._store, self.staff, self._office = store, staff, office
        self._rules = supervision_rules()
        self._watch = Watch(self._rules, office, staff)

    def recall(self, since: date) -> None:
        told: dict[date, list[Alert]] = defaultdict(list)
        for kept in self._store.alerts():
            told[kept.alert.day].append(kept.alert)
        for day, days in groupby(self._store.days(since), key=lambda d: d.day):
            known = list(days)
            for one in known:
                account = one.facts.account
                self.staff.setdefault(account, replace(_NOBODY, account=account))
            self._watch.recall(day, known, told[day])

    def judged(self, day: date, looks: list[Look], *, keep: bool) -> tuple[list[Alert], list[Day]]:
        judge = self._watch.day if keep else self._watch.judged
        return judge(day, self._facts(day, looks))

    def _facts(self, day: date, looks: list[Look]) -> list[DayFacts]:
        opened = {doc_id for look in looks if look.kind in OPENING for doc_id in look.doc_ids}
        marks, by_account = self._store.marks(opened), defaultdict[str, list[Look]](list)
        for look in looks:
            by_account[look.account].append(look)
        outside = self._office.outside(day, self._rules)
        return [facts_of(self.staff[name], day, own, marks, outside) for name, own in by_account.items()]


def staff_of(principal: Principal, own: OwnMarks) -> Staff:
    """Return an account as supervision knows it: roles and line make the post, the region the office."""
    post = "+".join(sorted(principal.roles)) + f"/{principal.line or ''}"
    office = principal.region_prefixes[0] if principal.region_prefixes else ""
    return Staff(principal.subject, post, office, own.numbers, own.names)


def look_of(seq: int, event: AuditEvent) -> Look:
    """Return an entry of the ledger as a look.

    A question may be just a person's number; of any other, the persons asked for have entries of their own.
    """
    kind = kind_of(event.action)
    persons = (event.query,) if kind in {Kind.SEARCH, Kind.ASK} else ()
    return Look(
        seq=seq,
        at=event.at,
        account=event.principal,
        kind=kind,
        outcome=event.outcome,
        doc_ids=event.doc_ids,
        query=event.query,
        persons=persons,
        case=event.case_key,
    )


def _opens(event: AuditEvent) -> bool:
    return bool(event.principal) and kind_of(event.action) is not Kind.OTHER


def _by_day(
    entries: Iterable[tuple[int, AuditEvent]], finished: date | None, today: date
) -> Iterator[tuple[date, list[Look]]]:
    """Yield the looks by day in China, days rising with the numbers of the ledger.

    A look is written when it ends: one that began before midnight may stand behind the first of the next day,
    and belongs to that day then, so that no number of a finished day is above one of an unfinished.
    """
    days: dict[date, list[Look]] = defaultdict(list)
    reached = finished + timedelta(1) if finished else date.min
    for seq, event in entries:
        look = look_of(seq, event)
        reached = max(reached, min(look.day, today))
        days[reached].append(look)
    yield from days.items()
