"""Deposits over HTTP: whose region, which request is the same, and what a dead process leaves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from api.jobs import Upload, depositing_region
from api.journal import Journal
from indexer.catalogue import row_of
from models.access.principal import Principal, Role
from models.errors import Forbidden

INTAKE = Principal("sj", frozenset({Role.INTAKE}), region_prefixes=("500199", "5002"))


@pytest.mark.parametrize(
    ("metadata", "region"),
    [
        pytest.param({}, "500199", id="without a region: the account's first"),
        pytest.param({"region": "500199001"}, "500199", id="below the first"),
        pytest.param({"行政区划代码": "500299"}, "500199", id="within another, by its Chinese name"),
    ],
)
def test_a_deposit_within_the_accounts_regions(metadata: dict[str, str], region: str) -> None:
    assert depositing_region(INTAKE, row_of(metadata)) == region


@pytest.mark.parametrize("region", ["500399", "50", "110000"])
def test_a_deposit_outside_them_is_forbidden(region: str) -> None:
    with pytest.raises(Forbidden):
        depositing_region(INTAKE, row_of({"region": region}))


@pytest.mark.parametrize("prefixes", [(), ("",)])
def test_an_account_without_region_deposits_nothing(prefixes: tuple[str, ...]) -> None:
    with pytest.raises(Forbidden):
        depositing_region(Principal("sj", frozenset({Role.INTAKE}), region_prefixes=prefixes), row_of({}))


def test_a_request_is_its_content_and_metadata() -> None:
    one = Upload("甲.txt", b"1", {"title": "甲", "region": "500199"})
    assert one.fingerprint == Upload("乙.txt", b"1", {"region": "500199", "title": "甲"}).fingerprint
    assert one.fingerprint != Upload("甲.txt", b"2", one.metadata).fingerprint
    assert one.fingerprint != Upload("甲.txt", b"1", {"title": "乙"}).fingerprint
    assert "甲" not in repr(one)


def reported(folder: Path) -> list[tuple[str, str]]:
    """Open a journal as a new process would; return what it is told, and leave no trace."""
    left: list[tuple[str, str]] = []
    Journal.open(folder, lambda job_id, subject: left.append((job_id, subject))).close()
    return left


def test_what_a_killed_process_left_open_is_reported_once(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from api.journal import Journal\n"
        "j = Journal.open(Path(sys.argv[1]), print)\n"
        "for n in 'abc': j.add(n, 'sj')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)  # noqa: S603 - our own words
    assert reported(tmp_path) == [("a", "sj"), ("b", "sj"), ("c", "sj")]
    assert reported(tmp_path) == []


def test_a_living_process_keeps_its_open_jobs(tmp_path: Path) -> None:
    living = Journal.open(tmp_path, lambda *_: None)
    living.add("a", "sj")
    assert reported(tmp_path) == []
    living.close()
    assert reported(tmp_path) == [("a", "sj")]


def test_finished_jobs_are_not_reported(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, lambda *_: None)
    journal.add("a", "sj")
    journal.add("b", "sj")
    journal.remove("a")
    journal.remove("b")
    journal.close()
    assert reported(tmp_path) == []
    assert [p.name for p in tmp_path.iterdir()] == [".lock"]
