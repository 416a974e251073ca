"""Use case: read alerts about look-ups and say what came of them. Nobody meets an alert about himself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from indexer.auditing import audited
from indexer.store.port import AuditLog
from indexer.store.supervision_port import (
    AlertState,
    Judgement,
    KeptAlert,
    OwnMarks,
    SupervisionStore,
)
from models.access.policy import require
from models.access.principal import Duty, Principal, Role
from models.classification.shift import told
from models.errors import Conflict, Forbidden, InvalidInput, NotVisible
from models.privacy.blind_index import Use, asked_number_keys, name_keys
from models.supervision.rules import supervision_rules

MAX_REASON_CHARACTERS = 500
MAX_LISTED = 200
MAX_HOUSEHOLD = 20
_AFTERWARDS = frozenset({AlertState.EXPLAINED, AlertState.FALSE_ALARM})


@dataclass(frozen=True, slots=True)
class RuleRow:
    """Alerts of one rule; counts under the smallest that may be told are None."""

    rule: str
    title: str
    alerts: int | None
    open: int | None
    confirmed: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """How many alerts the reader may see, by month and by rule; small cells are not told."""

    months: Mapping[str, int | None]
    rules: tuple[RuleRow, ...]


@dataclass(slots=True)
class Supervision:
    """For supervisors within their regions, and audit administrators; every look is audited itself."""

    store: SupervisionStore
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"

    def alerts(self, by: Principal, state: AlertState | None = None, limit: int = 50) -> list[KeptAlert]:
        """Return alerts, the newest day first, then the gravest.

        Raises:
            Forbidden: no duty to supervise.
        """
        now = self.clock()
        about = state.value if state else "all"
        with audited(self.audit, by, via=self.via, action="supervision_alerts", about=about, at=now):
            require(by, Duty.SUPERVISE, now)
            return [kept for kept in self.store.alerts(state) if sees(by, kept)][:limit]

    def alert(self, alert_id: str, by: Principal) -> KeptAlert:
        """Return one alert with its evidence and judgements.

        Raises:
            Forbidden: no duty to supervise. NotVisible: absent, of another region, or about oneself, alike.
        """
        now = self.clock()
        with audited(self.audit, by, via=self.via, action="supervision_alert", about=alert_id, at=now):
            require(by, Duty.SUPERVISE, now)
            return self._seen(alert_id, by)

    def judge(self, alert_id: str, verdict: AlertState, reason: str, by: Principal) -> KeptAlert:
        """Say what came of an alert.

        An open one may be explained, confirmed or a false alarm; one that was explained or called false
        may be confirmed later, by another person than the one who closed it.

        Raises:
            Forbidden, NotVisible: as `alert`. InvalidInput: no reason, or nothing that can be decided.
            Conflict: it was decided already.
        """
        now = self.clock()
        with audited(
            self.audit, by, via=self.via, action="supervision_judge", about=alert_id, at=now
        ) as look:
            require(by, Duty.SUPERVISE, now)
            kept = self._seen(alert_id, by)
            if verdict is AlertState.OPEN:
                raise InvalidInput("处理结论应为 explained、confirmed 或 false_alarm。")
            if not reason.strip() or len(reason) > MAX_REASON_CHARACTERS:
                raise InvalidInput(f"请写明处理的依据，不超过 {MAX_REASON_CHARACTERS} 字。")
            _check_may_follow(kept, verdict, by)
            self.store.judge(alert_id, Judgement(verdict, by.subject, now, reason.strip()), kept.state)
            look.outcome = verdict.value
            return self.store.alert(alert_id)

    def summary(self, by: Principal) -> Summary:
        """Return counts by month and rule over the alerts the principal may see.

        Raises:
            Forbidden: no duty to supervise.
        """
        now = self.clock()
        with audited(self.audit, by, via=self.via, action="supervision_summary", about="summary", at=now):
            require(by, Duty.SUPERVISE, now)
            return _summary([kept for kept in self.store.alerts() if sees(by, kept)])

    def set_own(self, account: str, numbers: Sequence[str], names: Sequence[str], by: Principal) -> None:
        """Keep the marks of the person behind an account and the household; the values are forgotten at once.

        ``by`` without a name is the operator of the machine; with one, it needs the duty to manage accounts.

        Raises:
            Forbidden: no such duty. InvalidInput: nothing is given, or too much.
        """
        now = self.clock()
        with audited(self.audit, by, via=self.via, action="supervision_own", about=account, at=now):
            if by.subject:
                require(by, Duty.MANAGE_ACCOUNTS, now)
            if not numbers or len(numbers) > MAX_HOUSEHOLD or len(names) > MAX_HOUSEHOLD:
                raise InvalidInput(f"请逐行给出公民身份号码，最多 {MAX_HOUSEHOLD} 人。")
            self.store.set_own_marks(account, self._own_marks(numbers, names))

    def _own_marks(self, numbers: Sequence[str], names: Sequence[str]) -> OwnMarks:
        """Return the marks of files, of questions that are nothing else, and of persons of a question."""
        files = {self.store.mark(number, "holder") for number in numbers}
        asked = {self.store.asked_mark(Use.NUMBER, key) for n in numbers for key in asked_number_keys(n)}
        called = {self.store.asked_mark(Use.NAME, key) for name in names for key in name_keys(name)}
        return OwnMarks(
            frozenset(files | asked | {self.audit.query_key(number) for number in numbers}),
            frozenset(called | {self.audit.query_key(name) for name in names}),
        )

    def _seen(self, alert_id: str, by: Principal) -> KeptAlert:
        kept = self.store.alert(alert_id)
        if not sees(by, kept):
            raise NotVisible("没有这条告警，请在清单中核对编号。")
        return kept


def sees(by: Principal, kept: KeptAlert) -> bool:
    """Whether the alert is the principal's to see: not about himself; a supervisor's, of his regions."""
    if by.subject in kept.alert.accounts:
        return False
    if Role.AUDIT_ADMIN in by.roles:
        return True
    return bool(kept.offices) and all(o.startswith(by.region_prefixes) for o in kept.offices)


def _check_may_follow(kept: KeptAlert, verdict: AlertState, by: Principal) -> None:
    if kept.state is AlertState.OPEN:
        return
    if kept.state not in _AFTERWARDS or verdict is not AlertState.CONFIRMED:
        raise Conflict("这条告警已有结论；“已说明”和“误报”只能改为“属实”。")
    if kept.judgements and kept.judgements[-1].by == by.subject:
        raise Forbidden("改变结论须由另一个人办理。")


def _summary(alerts: Sequence[KeptAlert]) -> Summary:
    rules = supervision_rules()
    months = Counter(kept.alert.day.strftime("%Y-%m") for kept in alerts)
    raised, still_open, confirmed = Counter[str](), Counter[str](), Counter[str]()
    for kept in alerts:
        for rule in kept.alert.rules:
            raised[rule] += 1
            still_open[rule] += kept.state is AlertState.OPEN
            confirmed[rule] += kept.state is AlertState.CONFIRMED
    rows = tuple(
        RuleRow(rule, rules.title_of(rule), told(n), told(still_open[rule]), told(confirmed[rule]))
        for rule, n in sorted(raised.items(), key=lambda item: (-item[1], item[0]))
    )
    return Summary({month: told(n) for month, n in sorted(months.items())}, rows)
