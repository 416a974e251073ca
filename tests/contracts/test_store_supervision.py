"""What the supervision of duty keeps: sealed, once a matter, and judged once."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.port import Account
from indexer.store.sealing import Sealed
from indexer.store.supervision_port import AlertState, Judgement, KeptAlert, OwnMarks, Progress
from indexer.store.supervision_records import day_of, day_row
from indexer.store.supervision_sqlalchemy import SqlSupervisionStore
from models.errors import Conflict, NotVisible
from models.supervision.alerts import Alert, Severity
from models.supervision.asked import Asked
from models.supervision.facts import DayFacts, Opened
from models.supervision.memory import FEATURES, Day
from models.supervision.posts import NOT_TAKEN
from tests.assembly import Archive, archive_in, clerk, record
from tests.strategies import NOW

DAY = date(2026, 3, 2)
ALERT = Alert(DAY, ("li",), ("walk",), Severity.HIGH, 13.5, "逐件翻阅。", (3, 4), "account:li")
JUDGEMENT = Judgement(AlertState.EXPLAINED, "jd", NOW, "领导交办的核查")
ID = "01930000-0000-7000-8000-00000000000"


def kept(number: int, **changes: object) -> KeptAlert:
    return KeptAlert(f"{ID}{number}", replace(ALERT, **changes), AlertState.OPEN, ("500111",), NOW)  # type: ignore[arg-type]


def remembered(day: date, account: str = "li") -> Day:
    opened = (Opened(1, 540, "d", "h", "s", 7, "e", "v", "王", "500111", shown=True, off=False, case="c"),)
    asked = (Asked(5, 544, 0, "m", "h"), Asked(6, 545, 1, "n", found=False))
    facts = DayFacts(account, day, (), ((2, 541),), ((3, 542),), own=((4, 543),), asked=asked)
    return Day(day, tuple(range(len(FEATURES))), opened, facts)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return archive_in(tmp_path)


@pytest.fixture
def store(archive: Archive) -> SqlSupervisionStore:
    return SqlSupervisionStore(archive.engine, archive.sealer)


def test_a_finished_day_comes_back_as_it_was(store: SqlSupervisionStore) -> None:
    assert store.progress() == Progress()
    store.finish_day(DAY, 9, [remembered(DAY), remembered(DAY, "wang")], [kept(1)], DAY - timedelta(100))
    assert store.progress() == Progress(9, DAY)
    assert sorted(d.facts.account for d in store.days(DAY)) == ["li", "wang"]
    assert remembered(DAY) in list(store.days(DAY))
    assert store.alerts() == [kept(1)]
    later = DAY + timedelta(30)
    store.finish_day(later, 12, [remembered(later)], [], forget=later)
    assert [d.day for d in store.days(DAY)] == [later]


def test_a_day_kept_before_questions_were_counted_has_no_count_of_them(archive: Archive) -> None:
    row = day_row(archive.sealer, remembered(DAY))
    about = f"{row.day.isoformat()} {row.account_key}"
    clear = zlib.decompress(archive.sealer.unseal(Sealed(row.wrapped_key, row.sealed), about))
    account, counts, opened, places, _ = json.loads(clear)
    earlier = zlib.compress(json.dumps([account, counts[:-1], opened, places]).encode())
    sealed = archive.sealer.seal(earlier, about)
    row.wrapped_key, row.sealed = sealed.wrapped_key, sealed.content
    day = day_of(archive.sealer, row)
    assert day.counts == (*counts[:-1], NOT_TAKEN)
    assert (day.opened, day.facts) == (remembered(DAY).opened, replace(remembered(DAY).facts, asked=()))


def test_a_day_is_finished_once(store: SqlSupervisionStore) -> None:
    store.finish_day(DAY, 9, [remembered(DAY)], [], DAY)
    for day, seq in ((DAY, 10), (DAY + timedelta(1), 9), (DAY - timedelta(1), 10)):
        with pytest.raises(Conflict):
            store.finish_day(day, seq, [], [kept(1)], DAY)
    assert store.alerts() == []


def test_one_matter_is_one_alert_renewed_while_it_is_open(store: SqlSupervisionStore) -> None:
    store.raise_alerts([kept(1)])
    store.raise_alerts([kept(2, seqs=(3, 4, 5)), kept(3, matter="crowd:h")])
    assert {(a.alert_id, a.alert.seqs) for a in store.alerts()} == {(f"{ID}1", (3, 4, 5)), (f"{ID}3", (3, 4))}
    store.judge(f"{ID}1", JUDGEMENT, AlertState.OPEN)
    store.raise_alerts([kept(4)])
    assert store.alert(f"{ID}1").alert.seqs == (3, 4, 5)


def test_a_judgement_is_kept_and_the_second_of_two_is_told(store: SqlSupervisionStore) -> None:
    store.raise_alerts([kept(1)])
    store.judge(f"{ID}1", JUDGEMENT, AlertState.OPEN)
    with pytest.raises(Conflict):
        store.judge(f"{ID}1", JUDGEMENT, AlertState.OPEN)
    assert store.alert(f"{ID}1").judgements == (JUDGEMENT,)
    assert store.alerts(AlertState.OPEN) == []
    assert [a.state for a in store.alerts(AlertState.EXPLAINED)] == [AlertState.EXPLAINED]
    for act in (lambda: store.alert("x"), lambda: store.judge("x", JUDGEMENT, AlertState.OPEN)):
        with pytest.raises(NotVisible):
            act()


def test_what_is_compared_of_documents_is_keyed(archive: Archive, store: SqlSupervisionStore) -> None:
    shared = {"employer": "恒川机械有限公司", "region": "500111001", "holder_name": "欧阳锦程"}
    number = {"archive_no": "D015-SB·2024-D50-GS-0123", "holder_id": "11010519491231002X"}
    archive.ingest(
        record("a", "退休审批表", metadata=shared | number),
        record("b", "失业登记表", metadata=shared),
        record("c", "没有目录", metadata={"region": "500111"}),
    )
    with archive.engine.connect() as connection:
        ids = [row[0] for row in connection.execute(text("SELECT doc_id FROM documents"))]
    found = list(store.marks([*ids, "gone"]).values())
    (a,) = (m for m in found if m.number == 123)
    (b,) = (m for m in found if m.employer and m.number is None)
    (c,) = (m for m in found if not m.employer)
    assert (a.employer, a.surname, a.village, a.region) == (b.employer, b.surname, "500111001", "500111")
    assert a.holder == store.mark("11010519491231002x", "holder") != b.holder
    assert (c.holder, c.series, c.village) == ("", "", "")
    assert a.series == store.mark("D015-SB·2024-D50-GS-", "series")
    assert "恒川" not in repr(found)


def test_nothing_about_staff_is_readable_in_the_tables(archive: Archive, store: SqlSupervisionStore) -> None:
    SqlAccountStore(archive.engine).add_account(Account(clerk(), None))
    account = clerk().subject
    store.finish_day(DAY, 1, [remembered(DAY, account)], [kept(1, accounts=(account,))], DAY)
    store.judge(f"{ID}1", JUDGEMENT, AlertState.OPEN)
    store.set_own_marks(account, OwnMarks(frozenset({"n1"}), frozenset({"q1"})))
    assert store.own_marks() == {account: OwnMarks(frozenset({"n1"}), frozenset({"q1"}))}
    with archive.engine.connect() as connection:
        for table in ("supervised_days", "supervision_alerts", "supervision_judgements"):
            rows = repr(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert account not in rows
            assert JUDGEMENT.reason not in rows
        own = repr(connection.execute(text("SELECT * FROM supervision_own_marks")).all())
    assert "n1" not in own
