"""The audit log: one chain whoever writes, and no change to it goes unnoticed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from indexer.store.port import AuditEvent
from tests.assembly import Archive, archive_in
from tests.strategies import NOW

EVENT = AuditEvent(NOW, "张经办", "cli", "业务经办", "search", ("d1", "d2"), "ab" * 32, "ok")
ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from tests.assembly import archive_in
from tests.contracts.test_store_audit import EVENT
archive = archive_in(Path(sys.argv[1]))
for _ in range(25):
    archive.audit.record(EVENT)
"""


def with_events(folder: Path, count: int) -> Archive:
    archive = archive_in(folder)
    for number in range(count):
        archive.audit.record(replace(EVENT, at=NOW + timedelta(seconds=number), outcome=f"ok{number}"))
    return archive


def test_events_come_back_in_order(tmp_path: Path) -> None:
    archive = with_events(tmp_path, 3)
    events = list(archive.audit.events())
    assert [seq for seq, _, _ in events] == [1, 2, 3]
    assert [event.outcome for _, event, _ in events] == ["ok0", "ok1", "ok2"]
    assert replace(events[0][1], outcome="ok") == EVENT
    assert len({digest for _, _, digest in events}) == 3
    assert archive.audit.verify() is None
    assert archive_in(tmp_path / "empty").audit.verify() is None


def test_local_time_and_utc_are_one_moment(tmp_path: Path) -> None:
    from indexer.search import CHINA

    archive = archive_in(tmp_path)
    archive.audit.record(replace(EVENT, at=NOW.astimezone(CHINA)))
    assert archive.audit.verify() is None
    assert next(archive.audit.events())[1].at == NOW


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return with_events(tmp_path_factory.mktemp("audit"), 12)


COLUMNS = ("at", "principal", "via", "purpose", "action", "query", "outcome", "previous", "digest")
edits = st.one_of(
    st.tuples(st.just("edit"), st.integers(1, 12), st.sampled_from(COLUMNS)),
    st.tuples(st.just("documents"), st.integers(1, 12), st.just("")),
    st.tuples(st.just("delete"), st.integers(1, 12), st.just("")),
    st.tuples(st.just("swap"), st.integers(1, 11), st.just("")),
    st.tuples(st.just("cut"), st.integers(1, 12), st.just("")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits)
def test_any_edit_deletion_swap_or_shortening_is_noticed(
    written: Archive, edit: tuple[str, int, str]
) -> None:
    kind, seq, column = edit
    statements = {
        "edit": [f"UPDATE audit_events SET {column} = substr({column}, 2) || '1' WHERE seq = {seq}"],
        "documents": [f"UPDATE audit_events SET doc_ids = '[\"d1\"]' WHERE seq = {seq}"],
        "delete": [f"DELETE FROM audit_events WHERE seq = {seq}"],
        "cut": [f"DELETE FROM audit_events WHERE seq >= {seq}"],
        "swap": [
            f"UPDATE audit_events SET seq = 99 WHERE seq = {seq}",
            f"UPDATE audit_events SET seq = {seq} WHERE seq = {seq + 1}",
            f"UPDATE audit_events SET seq = {seq + 1} WHERE seq = 99",
        ],
    }[kind]
    if column == "at":
        statements = [f"UPDATE audit_events SET at = replace(at, '2026', '2025') WHERE seq = {seq}"]
    backup = [tuple(row) for row in _rows(written)]
    try:
        with written.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        assert written.audit.verify() == seq
    finally:
        _restore(written, backup)
    assert written.audit.verify() is None


def _rows(archive: Archive) -> list[tuple[object, ...]]:
    with archive.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT * FROM audit_events ORDER BY seq"))]


def _restore(archive: Archive, rows: list[tuple[object, ...]]) -> None:
    with archive.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_events"))
        for row in rows:
            names = [f"v{number}" for number in range(len(row))]
            places = ", ".join(f":{name}" for name in names)
            connection.execute(
                text(f"INSERT INTO audit_events VALUES ({places})"), dict(zip(names, row, strict=True))
            )


def test_threads_keep_one_chain(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    assert archive.audit.verify() is None

    def write() -> None:
        for _ in range(10):
            archive.audit.record(EVENT)

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [seq for seq, _, _ in archive.audit.events()] == list(range(1, 41))
    assert archive.audit.verify() is None


@pytest.mark.slow
def test_processes_keep_one_chain_and_may_all_be_the_first(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]  # noqa: S603
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    archive = archive_in(tmp_path)
    assert [seq for seq, _, _ in archive.audit.events()] == list(range(1, 76))
    assert archive.audit.verify() is None


def test_a_question_is_recorded_by_a_keyed_hash(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    assert archive.audit.query_key("张三") != archive.audit.query_key("张四")
    assert "张三" not in archive.audit.query_key("张三")
    assert len(archive.audit.query_key("\ud800" * 10)) == 64
