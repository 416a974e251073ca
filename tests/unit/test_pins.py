"""Pins against advisories: what is found, and that nothing is called checked which was not."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from benchmarks import pins


def advisory(**changes: Any) -> dict[str, Any]:
    affected = {"package": {"ecosystem": "PyPI", "name": "Py.JWT"}, "versions": [], "ranges": []}
    return {"id": "PYSEC-1", "affected": [affected | changes]}


def between(*events: tuple[str, str]) -> dict[str, Any]:
    return {"ranges": [{"type": "ECOSYSTEM", "events": [dict([event]) for event in events]}]}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"versions": ["2.1.0"]}, True),
        ({"versions": ["2.1.1"]}, False),
        (between(("introduced", "0"), ("fixed", "2.1.1")), True),
        (between(("introduced", "0"), ("fixed", "2.1.0")), False),
        (between(("introduced", "2.1"), ("last_affected", "2.1")), True),
        (between(("introduced", "0"), ("fixed", "1.0"), ("introduced", "2.0")), True),
        (between(("introduced", "2.10")), False),
        ({"versions": ["2.1.0"], "package": {"ecosystem": "npm", "name": "py-jwt"}}, False),
    ],
)
def test_a_pin_is_affected_as_the_schema_says(changes: dict[str, Any], found: bool) -> None:
    assert bool(pins.concerns(advisory(**changes), {"py-jwt": "2.1.0"})) is found


def test_a_withdrawn_advisory_concerns_nobody() -> None:
    held = {"py-jwt": "2.1.0"}
    told = advisory(versions=["2.1.0"])
    assert pins.concerns(told, held) == ["py-jwt==2.1.0"]
    assert pins.concerns(told | {"withdrawn": "2026-01-01T00:00:00Z"}, held) == []


@pytest.mark.parametrize(("version", "code"), [("2.15.1", 1), ("0.0.1", 0)])
def test_the_exit_code_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, code: int
) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as dump:
        told = advisory(versions=[version], package={"ecosystem": "PyPI", "name": "a"})
        dump.writestr("PYSEC-1.json", json.dumps(told))
    monkeypatch.setattr(pins, "pins", lambda: {"a": "2.15.1"})
    monkeypatch.setattr(sys, "argv", ["pins", "audit", str(tmp_path / "all.zip")])
    assert pins.main() == code


def test_without_a_database_nothing_is_called_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    for given in ([], [str(tmp_path / "none.zip")], [str(tmp_path / "empty.zip")]):
        monkeypatch.setattr(sys, "argv", ["pins", "audit", *given])
        assert pins.main() == 2
        assert "nothing was checked" in capsys.readouterr().out


def test_every_pin_is_read() -> None:
    assert pins.pins("# words\nA_b==1.0  # why\n\nc.d==2\n") == {"a-b": "1.0", "c-d": "2"}
    assert pins.pins()["pyjwt"]
