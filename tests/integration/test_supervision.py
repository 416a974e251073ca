"""Supervision over a real ledger: scanned day by day, told to the right people, judged, itself audited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from indexer.answers import Query
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.port import Account, AuditEvent
from indexer.store.supervision_port import AlertState, KeptAlert
from indexer.store.supervision_sqlalchemy import SqlSupervisionStore
from indexer.supervision import Supervision
from indexer.supervision_scan import Scanned, SupervisionScan
from models.access.principal import Principal, Role
from models.errors import Conflict, Forbidden, InvalidInput, NotVisible
from tests.assembly import archive_in, clerk, record
from tests.strategies import resident_id

FIRST = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, nine o'clock in China
JD = Principal("jd", frozenset({Role.SUPERVISOR}), region_prefixes=("5001",))
SJ = Principal("sj", frozenset({Role.AUDIT_ADMIN}))
FAR = Principal("far", frozenset({Role.SUPERVISOR}), region_prefixes=("4403",))
OPERATOR = Principal("", frozenset())
OWN_ID = "11010519491231002X"


class Office:
    """Ten clerks of one office, twelve documents in a row, and a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.archive = archive_in(folder)
        accounts = SqlAccountStore(self.archive.engine)
        for n in range(10):
            person = replace(clerk(regions=("500111",)), subject=f"c{n}")
            accounts.add_account(Account(person, None))
        for person in (JD, SJ, FAR):
            accounts.add_account(Account(person, None))
        self.archive.ingest(
            *(
                record(f"s{n}", f"退休审批表 {n}", metadata={
                    "archive_no": f"D015-SB·2024-D50-GS-{n:04d}",
                    "holder_id": OWN_ID if n == 40 else None,
                    "holder_name": f"虚构{n}",
                })
                for n in (*range(1, 13), 40)
            )
        )  # fmt: skip
        with self.archive.engine.connect() as connection:
            found = connection.execute(text("SELECT archive_no, doc_id FROM documents")).all()
        self.doc_ids = [doc_id for _, doc_id in sorted(found)]
        self.now, self.text = FIRST, ""
        store = SqlSupervisionStore(self.archive.engine, self.archive.sealer)
        self.desk = Supervision(store, self.archive.audit, lambda: self.now, "cli")
        self.scanner = SupervisionScan(
            store, accounts, self.archive.audit, lambda: self.now, lambda: self.text
        )

    def write(self, account: str, minutes: float, action: str = "read", *doc_ids: str, **more: str) -> None:
        event = AuditEvent(
            at=self.now + timedelta(minutes=minutes), principal=account, via="http", purpose="业务经办",
            action=action, doc_ids=doc_ids, query=more.get("query", ""), outcome=more.get("outcome", "ok"),
        )  # fmt: skip
        self.archive.audit.record(event)

    def ordinary_day(self) -> None:
        for n in range(10):
            for k in range(4):
                self.write(f"c{n}", n + k * 20, "read", f"{self.now:%j}-{n}-{k}")
        self.now += timedelta(1 if self.now.weekday() < 4 else 3)

    def walk(self, account: str = "c3") -> None:
        for n, doc_id in enumerate(self.doc_ids[:12]):
            self.write(account, 60 + n, "read", doc_id)

    def scan(self) -> Scanned:
        return self.scanner.scan(OPERATOR)

    def one_alert(self) -> KeptAlert:
        (alert,) = self.desk.alerts(SJ)
        return alert


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    for _ in range(6):
        made.ordinary_day()
    return made


def test_a_walk_is_told_the_same_day_and_once(office: Office) -> None:
    assert office.scan() == Scanned(240, 6, ())
    office.walk()
    office.now += timedelta(hours=5)
    assert len(office.scan().alerts) == 1
    raised = office.one_alert()
    assert raised.alert.rules[0] == "walk"
    assert raised.alert.accounts == ("c3",)
    assert "查阅档号相邻的 12 人的档案" in raised.alert.explanation
    entries = {seq: event for seq, event, _ in office.archive.audit.events()}
    assert [entries[seq].doc_ids[0] for seq in raised.alert.seqs] == office.doc_ids[:12]
    office.now += timedelta(days=1)
    office.scan()
    office.now += timedelta(days=1)
    assert office.scan().alerts == ()
    assert office.one_alert().alert_id == raised.alert_id


def test_scanning_in_parts_or_at_once_tells_the_same(tmp_path: Path) -> None:
    told = []
    for step in (1, 8):
        office = Office(tmp_path / str(step))
        for n in range(8):
            office.ordinary_day()
            if n == 6:
                office.walk("c5")
            if n % step == 0:
                office.scan()
        office.now += timedelta(days=3)
        office.scan()
        # The scans are entries of the ledger too, so only the numbers of the evidence differ.
        told.append([(a.alert.key, len(a.alert.seqs), a.alert.explanation) for a in office.desk.alerts(SJ)])
    assert told[0] == told[1]
    assert len(told[0]) == 1


def test_a_look_written_after_midnight_is_neither_lost_nor_counted_twice(office: Office) -> None:
    office.scan()
    office.now = office.now.replace(hour=16, minute=1)  # one past midnight in China
    for n, doc_id in enumerate(office.doc_ids[:12]):
        office.write("c3", -2 if n == 6 else n * 0.1, "read", doc_id)
        if n in {3, 8}:
            office.scan()
    office.now += timedelta(days=1)
    office.scan()
    assert len(office.one_alert().alert.seqs) == 12


def test_own_files_are_found_by_marks_alone(office: Office) -> None:
    office.desk.set_own("c2", [OWN_ID], ["虚构甲"], OPERATOR)
    office.write("c2", 5, "read", office.doc_ids[12])
    office.write("c4", 6, "read", office.doc_ids[12])
    office.write("c6", 7, "search", query=office.archive.audit.query_key("虚构甲"))
    office.now += timedelta(days=1)
    office.scan()
    assert office.one_alert().alert.accounts == ("c2",)
    with office.archive.engine.connect() as connection:
        held = repr(connection.execute(text("SELECT * FROM supervision_own_marks")).all())
    assert OWN_ID not in held
    office.desk.set_own("c4", [OWN_ID], [], OPERATOR)
    office.write("c4", 8, "search", query=office.archive.audit.query_key(OWN_ID))
    office.now += timedelta(days=1)
    office.scan()
    assert {a.alert.accounts for a in office.desk.alerts(SJ)} == {("c2",), ("c4",)}


def test_own_persons_are_found_in_the_middle_of_a_question(office: Office) -> None:
    """As the search itself writes it: the number once, the name three times, with other words around them."""
    office.archive.keeper.catch_up()
    office.desk.set_own("c2", [OWN_ID], [], OPERATOR)
    office.desk.set_own("c5", [resident_id(3)], ["陈静怡"], OPERATOR)

    def ask(account: str, question: str, minutes: int) -> None:
        who = replace(clerk(regions=("500111",)), subject=account)
        at = office.now + timedelta(minutes=minutes)
        searcher = office.archive.searcher
        searcher.clock = lambda: at
        searcher.search(Query(question), who)

    ask("c2", "110105 19491231 002x退休审批表在哪里", 1)
    for minutes in range(2):  # not often enough: somebody else may be called so
        ask("c5", "请查一下陈静怡2019年的退休审批表", 10 + minutes)
    office.now += timedelta(days=1)
    office.scan()
    assert office.one_alert().alert.accounts == ("c2",)
    (seq,) = office.one_alert().alert.seqs
    entries = {number: event for number, event, _ in office.archive.audit.events()}
    assert (entries[seq].action, entries[seq].principal) == ("find_person", "c2")
    for minutes in range(3):
        ask("c5", "请查一下陈静怡2019年的退休审批表", 10 + minutes)
    office.now += timedelta(days=1)
    office.scan()
    assert {a.alert.accounts for a in office.desk.alerts(SJ)} == {("c2",), ("c5",)}


def test_a_crowd_that_only_asks_and_one_who_fishes_are_told_by_the_searches_themselves(
    office: Office,
) -> None:
    """Nobody opens anything; the names stand in the middle of questions, one of them with the number."""
    office.archive.keeper.catch_up()
    for _ in range(24):  # with the six of the office: enough days to know who is asked for anyway
        office.ordinary_day()

    def ask(account: str, question: str, minutes: float) -> None:
        at = office.now + timedelta(minutes=minutes)
        office.archive.searcher.clock = lambda: at
        office.archive.searcher.search(Query(question), replace(clerk(regions=("500111",)), subject=account))

    for n in range(7):
        ask(f"c{n}", f"请查一下陈静怡{'2019年' if n else resident_id(3)}的退休审批表", 5 + n)
    for n in range(30):
        ask("c8", f"{resident_id(100 + n)} 有没有档案", 20 + n)
    office.now += timedelta(days=1)
    office.scan()
    alerts = {a.alert.rules: a.alert for a in office.desk.alerts(SJ)}
    assert set(alerts) == {("crowd",), ("fishing",)}
    assert alerts["crowd",].accounts == tuple(f"c{n}" for n in range(7))
    assert alerts["fishing",].accounts == ("c8",)
    assert "30 人" in alerts["fishing",].explanation
    entries = {number: event for number, event, _ in office.archive.audit.events()}
    shown = {entries[seq].action for alert in alerts.values() for seq in alert.seqs}
    assert shown == {"find_person"}


def test_registered_work_is_not_told(office: Office) -> None:
    office.text = (
        '[[task]]\nname="年度核查"\noffices=["500111"]\nfrom="2026-03-01"\nto="2026-03-31"\n'
        'rules=["walk"]\nseries=["D015-SB·2024-D50-GS-"]\n'
    )
    office.walk()
    office.now += timedelta(days=1)
    assert office.scan().alerts == ()
    office.text = "[[task]]"
    with pytest.raises(InvalidInput, match="单位登记表"):
        office.scan()


def test_alerts_are_for_supervisors_of_the_region_and_never_about_oneself(office: Office) -> None:
    office.walk()
    office.now += timedelta(days=1)
    office.scan()
    alert_id = office.desk.alerts(JD)[0].alert_id
    assert office.desk.alerts(FAR) == []
    concerned = replace(SJ, subject="c3")
    assert office.desk.alerts(concerned) == []
    for who in (FAR, concerned):
        with pytest.raises(NotVisible):
            office.desk.alert(alert_id, who)
        with pytest.raises(NotVisible):
            office.desk.judge(alert_id, AlertState.EXPLAINED, "理由", who)
    for act in (
        lambda: office.desk.alerts(clerk()),
        lambda: office.desk.alert(alert_id, clerk()),
        lambda: office.desk.judge(alert_id, AlertState.EXPLAINED, "理由", clerk()),
        lambda: office.desk.summary(clerk()),
        lambda: office.desk.set_own("c2", [OWN_ID], [], JD),
        lambda: office.scanner.scan(clerk()),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_closed_alert_is_confirmed_only_by_another(office: Office) -> None:
    office.walk()
    office.now += timedelta(days=1)
    office.scan()
    alert_id = office.one_alert().alert_id
    for verdict, reason in (
        (AlertState.OPEN, "理由"),
        (AlertState.EXPLAINED, " "),
        (AlertState.EXPLAINED, "长" * 501),
    ):
        with pytest.raises(InvalidInput):
            office.desk.judge(alert_id, verdict, reason, JD)
    assert office.desk.judge(alert_id, AlertState.EXPLAINED, "核查任务", JD).state is AlertState.EXPLAINED
    with pytest.raises(Conflict):
        office.desk.judge(alert_id, AlertState.FALSE_ALARM, "再想想", SJ)
    with pytest.raises(Forbidden):
        office.desk.judge(alert_id, AlertState.CONFIRMED, "再想想", JD)
    confirmed = office.desk.judge(alert_id, AlertState.CONFIRMED, "没有这项任务", SJ)
    assert [j.by for j in confirmed.judgements] == ["jd", "sj"]
    with pytest.raises(Conflict):
        office.desk.judge(alert_id, AlertState.EXPLAINED, "又", JD)


def test_small_counts_are_not_told_and_every_look_is_audited(office: Office) -> None:
    office.walk()
    office.now += timedelta(days=1)
    office.scan()
    summary = office.desk.summary(JD)
    assert list(summary.months.values()) == [None]
    assert [(row.rule, row.alerts, row.confirmed) for row in summary.rules if row.rule == "walk"] == [
        ("walk", None, 0)
    ]
    office.desk.alert(office.one_alert().alert_id, SJ)
    with pytest.raises(NotVisible):
        office.desk.alert("nothing", SJ)
    written = [
        (e.action, e.outcome) for _, e, _ in office.archive.audit.events() if e.action.startswith("superv")
    ]
    assert ("supervision_scan", "alerts") in written
    assert ("supervision_alert", "ok") in written
    assert ("supervision_alert", "not_found") in written
    assert office.archive.audit.verify() is None
