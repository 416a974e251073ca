"""kill -9 and Ctrl-C in the middle of taking in real files: run again, none lost, none doubled."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.assembly import Archive, archive_in
from tests.strategies import resident_id

FILES = 240
ROOT = Path(__file__).parents[2]
INGEST = """
import signal
import sys
import time
from itertools import count
from pathlib import Path
from indexer.catalogue import Catalogue, row_of
from indexer.intake import deposits_of, sources_in
from tests.assembly import CATALOGUED, LIMITS, archive_in

signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background inherits "ignore"
archive = archive_in(Path(sys.argv[1]))
sources = sources_in([Path(sys.argv[2])])
deposits = deposits_of(sources, Catalogue({}), LIMITS, row_of(CATALOGUED))
wait_at = int(sys.argv[3])

def paced():
    for number, deposit in zip(count(), deposits):
        if number == wait_at:
            time.sleep(120)
        yield deposit

try:
    for outcome in archive.ingestor.ingest(paced()):
        print(outcome.kind.value, flush=True)
    archive.keeper.catch_up()
except KeyboardInterrupt:
    sys.exit(130)
"""
World = tuple[dict[str, tuple[str, int]], set[str]]


def inbox(folder: Path) -> Path:
    """Files that are stored, doubled and refused, in that order again and again."""
    folder.mkdir()
    for number in range(FILES):
        path = folder / f"{number:03}_退休审批.txt"
        if number % 10 == 8:
            path.write_text(
                f"第{number - 1}份。公民身份号码{resident_id(number - 1)}，批准退休。" * 8, "utf-8"
            )
        elif number % 10 == 9:
            path.write_bytes(b"%PDF-1.7 " + bytes([number]))
        else:
            path.write_text(f"第{number}份。公民身份号码{resident_id(number)}，批准退休。" * 8, "utf-8")
    return folder


def running(state: Path, files: Path, wait_at: int = -1) -> subprocess.Popen[str]:
    """Start an ingest; at deposit number ``wait_at`` it waits to be ended."""
    command = [sys.executable, "-c", INGEST, str(state), str(files), str(wait_at)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603


def finished(state: Path, files: Path) -> list[str]:
    with running(state, files) as process:
        assert process.stdout is not None
        outcomes = process.stdout.read().split()
    assert process.returncode == 0
    return outcomes


def world(archive: Archive) -> World:
    """What is held: documents by content with their chunks, and what was refused."""
    with archive.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT source_sha256, doc_id, (SELECT count(*) FROM chunks c WHERE c.doc_id = d.doc_id),"
                " (SELECT count(*) FROM outbox o WHERE o.doc_id = d.doc_id) FROM documents d"
            )
        ).all()
    assert all(row[3] == 1 for row in rows)
    documents = {row[0]: (archive.store.content(row[1]).pages[0].text, int(row[2])) for row in rows}
    assert all(archive.store.original(sha256).decode() == page for sha256, (page, _) in documents.items())
    return documents, {file.sha256 for file in archive.store.quarantined()}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inbox(tmp_path_factory.mktemp("kill") / "in")


@pytest.fixture(scope="module")
def uninterrupted(files: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    state = tmp_path_factory.mktemp("whole") / "state"
    outcomes = finished(state, files)
    assert {kind: outcomes.count(kind) for kind in set(outcomes)} == {
        "stored": FILES * 8 // 10,
        "duplicate": FILES // 10,
        "quarantined": FILES // 10,
    }
    return world(archive_in(state))


@pytest.mark.slow
@pytest.mark.parametrize("after", [0, 1, 65, 129, 193], ids="after {} outcomes".format)
def test_killed_at_any_moment(tmp_path: Path, files: Path, uninterrupted: World, after: int) -> None:
    """Outcomes come a batch at a time, so the kill falls somewhere into the next one."""
    state = tmp_path / "state"
    with running(state, files) as process:
        assert process.stdout is not None
        while not (state / "archive.db").exists() and process.poll() is None:
            time.sleep(0.005)
        reported = [process.stdout.readline() for _ in range(after)]
        time.sleep(random.Random(after).uniform(0, 0.08))
        process.kill()
        reported += process.stdout.read().splitlines(keepends=True)
    reported = [line.strip() for line in reported if line.endswith("\n")]
    archive = archive_in(state)
    documents, _ = world(archive)
    assert len(documents) >= reported.count("stored")  # what was reported is kept
    archive.close()
    outcomes = finished(state, files)
    assert len(outcomes) == FILES
    again = archive_in(state)
    assert world(again) == uninterrupted
    served = again.keeper.served()
    assert served is not None
    assert served.generation.rows == again.store.chunk_count() == len(set(served.generation.row_ids))
    assert len(served.doc_ids) == len(uninterrupted[0])


@pytest.mark.slow
def test_interrupted_by_ctrl_c(tmp_path: Path, files: Path, uninterrupted: World) -> None:
    state = tmp_path / "state"
    with running(state, files, wait_at=100) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        reported = [first, *process.stdout.read().split()]
    assert process.returncode == 130
    assert 0 < len(reported) < FILES
    assert len(world(archive_in(state))[0]) >= len([line for line in reported if line.strip() == "stored"])
    assert set(finished(state, files)) <= {"stored", "duplicate", "quarantined"}
    assert world(archive_in(state)) == uninterrupted
