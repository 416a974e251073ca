"""Recall and precision on a small hand-written set; floors are what was measured, less a span or two."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from models.archive import regions
from models.privacy.attributes import REPORT_ONLY
from models.privacy.detections import DetectionKind
from models.privacy.presidio import PresidioDetector

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "data_privacy_golden.jsonl").read_text("utf-8").splitlines()
]


def tally(names: bool) -> tuple[Counter[str], Counter[str], Counter[str], float]:
    """Return hits, misses and false alarms by kind (exact spans), and the share of characters left open."""
    found = PresidioDetector.load(names=names).detect([row["text"] for row in ROWS])
    hits, misses, alarms = Counter[str](), Counter[str](), Counter[str]()
    total = leaked = 0
    for row, detections in zip(ROWS, found, strict=True):
        wanted = {(a, b, kind) for a, b, kind in row["spans"]}
        got = {(d.start, d.end, d.kind.value) for d in detections}
        hidden = {i for d in detections for i in range(d.start, d.end)}
        hits.update(kind for _, _, kind in wanted & got)
        misses.update(kind for _, _, kind in wanted - got)
        alarms.update(kind for _, _, kind in got - wanted)
        total += sum(b - a for a, b, _ in wanted)
        leaked += sum(i not in hidden for a, b, _ in wanted for i in range(a, b))
    return hits, misses, alarms, leaked / total


@pytest.mark.parametrize(
    ("names", "recall", "precision", "leak", "person_recall"),
    [
        pytest.param(True, 0.96, 0.98, 0.02, 0.94, id="full"),
        pytest.param(False, 0.88, 0.98, 0.05, 0.77, id="rules"),
    ],
)
def test_floors(names: bool, recall: float, precision: float, leak: float, person_recall: float) -> None:
    hits, misses, alarms, leaked = tally(names)
    assert hits.total() / (hits.total() + misses.total()) >= recall
    assert hits.total() / (hits.total() + alarms.total()) >= precision
    assert leaked <= leak
    assert hits["PERSON"] / (hits["PERSON"] + misses["PERSON"]) >= person_recall


def test_no_number_is_missed() -> None:
    _, misses, alarms, _ = tally(names=True)
    words = {DetectionKind.PERSON, DetectionKind.DIAGNOSIS, DetectionKind.ADDRESS, DetectionKind.BIRTH_DATE}
    words |= REPORT_ONLY
    assert not [kind for kind in misses + alarms if DetectionKind(kind) not in words]


def test_the_set_speaks_of_nobody() -> None:
    """Every resident ID names a county that no code list has."""
    counties = [
        row["text"][a : a + 6] for row in ROWS for a, b, kind in row["spans"] if kind == "RESIDENT_ID"
    ]
    assert len(counties) >= 10
    assert not [code for code in counties if code.isascii() and code.isdigit() and code in regions.names()]
