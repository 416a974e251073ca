"""The threat model says what is true: what it names exists, no boundary is silent about a letter."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "docs" / "threat-model.md"
_CODE = re.compile(r"`([^`]+)`")
_FILES = (".py", ".toml", ".txt")
_COLUMNS = ["Id", "STRIDE", "Threat", "Counter-measure", "Shown by"]


@dataclass(frozen=True, slots=True)
class Threat:
    boundary: str
    id: str
    letters: str
    measure: str
    shown_by: str

    @property
    def tests(self) -> list[str]:
        return [name for name in _CODE.findall(self.shown_by) if "::" in name]

    @property
    def files(self) -> list[str]:
        return [name for name in _CODE.findall(self.measure) if name.endswith(_FILES) or "/" in name[1:]]

    @property
    def is_borne(self) -> bool:
        """Whether the risk is said to be borne, with a reason in place of a measure."""
        word = self.shown_by.strip()
        return word in {"accepted", "out of scope"} and self.measure.strip().startswith(word)


def threats(text: str) -> list[Threat]:
    """Return the rows of every table of threats, under the heading they stand under."""
    found, boundary, inside = [], "", False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("## "):
            boundary, inside = line[3:], False
        elif line.startswith("| ") and [cell.strip("| ") for cell in cells] == _COLUMNS:
            inside = True
        elif inside and line.startswith("| ") and not line.startswith("| ---"):
            assert len(cells) == len(_COLUMNS), line
            found.append(Threat(boundary, cells[0], cells[1].replace(" ", ""), cells[3], cells[4]))
        elif not line.startswith("|"):
            inside = False
    return found


THREATS = threats(MODEL.read_text(encoding="utf-8"))


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def missing_of(threat: Threat) -> list[str]:
    """Return what a row names that is not there, and what it should have named."""
    missing = [name for name in threat.files if not (ROOT / name).exists()]
    for name in threat.tests:
        path, _, function = name.partition("::")
        if not (ROOT / path).is_file() or function not in functions_of(path):
            missing.append(name)
    if not threat.tests and not threat.is_borne:
        missing.append("a test, or the word accepted or out of scope with its reason")
    if threat.tests and not threat.files:
        missing.append("the file that holds the counter-measure")
    return missing


@pytest.mark.parametrize("threat", THREATS, ids=lambda t: t.id)
def test_what_a_threat_names_exists(threat: Threat) -> None:
    assert missing_of(threat) == []
    assert set(threat.letters) <= set("STRIDE")
    assert threat.letters


def test_every_boundary_speaks_of_every_letter_of_stride() -> None:
    silent = {
        boundary: set("STRIDE") - {letter for t in THREATS if t.boundary == boundary for letter in t.letters}
        for boundary in {threat.boundary for threat in THREATS}
    }
    assert {boundary: letters for boundary, letters in silent.items() if letters} == {}
    assert len(silent) >= 9


def test_no_id_names_two_threats() -> None:
    ids = [threat.id for threat in THREATS]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 60


@pytest.mark.parametrize(
    ("measure", "shown_by", "what"),
    [
        ("x: `api/app.py`", "`tests/unit/test_none.py::test_none`", "tests/unit/test_none.py::test_none"),
        ("x: `api/app.py`", "`tests/unit/test_api_batch.py::test_none`", "test_api_batch.py::test_none"),
        ("x: `api/none.py`", "accepted", "api/none.py"),
        ("x: `api/app.py`", "", "a test"),
        ("said nowhere: `api/app.py`", "accepted", "a test"),
        ("nothing", "`tests/architecture/test_threat_model.py::test_no_id_names_two_threats`", "the file"),
    ],
)
def test_a_row_that_is_wrong_is_found(measure: str, shown_by: str, what: str) -> None:
    (found,) = missing_of(Threat("b", "X1", "S", measure, shown_by))[:1]
    assert what in found
