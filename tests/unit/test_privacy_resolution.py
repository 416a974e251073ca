"""Candidates weighed against one another: in time that grows with their number, and in words people read."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.store.reviews_port import StoredFinding, Verdict
from indexer.tallies import is_doubtful, totals_of
from models.privacy.agreement import agreed
from models.privacy.attributes import REPORT_ONLY
from models.privacy.detections import Detection, DetectionKind
from models.privacy.evidence import evidence_names
from models.privacy.presidio import PresidioDetector
from models.privacy.resolution import SEQUENCE, resolve, resolve_more

MANY = 5000


def address(start: int, end: int, recognizer: str, score: float = 0.7) -> Detection:
    return Detection(start, end, DetectionKind.ADDRESS, score, recognizer)


def crowd(count: int) -> list[Detection]:
    """Return as many rules' addresses as guesses; all but each third of these meets one."""
    rules = [address(10 * i, 10 * i + 5, "grammar") for i in range(count)]
    guesses = [address(10 * i + (6 if i % 3 == 0 else 0), 10 * i + 8, SEQUENCE) for i in range(count)]
    return [*rules, *guesses]


def seconds(count: int) -> float:
    said = crowd(count)
    took = []
    for _ in range(3):
        started = time.process_time()
        agreed(said)
        took.append(time.process_time() - started)
    return min(took)


def test_every_rival_is_met_however_many_there_are() -> None:
    said = crowd(MANY)
    made = agreed(said)
    kept = [d for d in made if d.recognizer == SEQUENCE]
    assert len(kept) == MANY
    assert all(d.score > 0.7 for d in kept if (d.start // 10) % 3)
    assert all(d.score == 0.7 for d in kept if (d.start // 10) % 3 == 0)
    assert len(resolve("路" * (10 * MANY), made)) == MANY + (MANY + 2) // 3


def test_a_long_rival_is_met_from_its_far_end() -> None:
    rules = [address(0, 100, "grammar", 0.9), address(2, 4, "grammar", 0.9), address(6, 8, "grammar", 0.9)]
    assert agreed([*rules, address(90, 110, SEQUENCE)]) == rules


def test_four_times_the_detections_take_about_four_times_as_long() -> None:
    assert seconds(4 * MANY) < 9 * seconds(MANY)


@pytest.mark.parametrize(
    ("score", "verdict", "doubtful"),
    [(0.7, None, True), (0.95, None, False), (0.7, Verdict.CONFIRMED, False)],
)
def test_a_finding_needs_review_while_it_is_open_and_unsure(
    score: float, verdict: Verdict | None, doubtful: bool
) -> None:
    detection = Detection(0, 3, DetectionKind.PERSON, score, "name-model")
    finding = StoredFinding(1, 1, 1, detection, "key", check_failed=False, verdict=verdict)
    assert is_doubtful(finding) is doubtful
    totals = totals_of([finding, finding])
    assert totals.needs_review == 2 * doubtful
    assert totals.all == 2


def test_the_officer_reads_no_english_evidence() -> None:
    """Whatever evidence names, dates, addresses and attributes come with has a Chinese name."""
    path = Path(__file__).parent / "data_privacy_golden.jsonl"
    texts = [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]
    words = {
        word
        for found in PresidioDetector.load().detect(texts)
        for d in found
        if d.kind in {DetectionKind.PERSON, DetectionKind.BIRTH_DATE, DetectionKind.ADDRESS, *REPORT_ONLY}
        for word in (*d.evidence, d.recognizer)
    }
    assert len(words) > 15
    assert words <= set(evidence_names())


_KINDS = st.sampled_from(
    [
        DetectionKind.PERSON,
        DetectionKind.ADDRESS,
        DetectionKind.DIAGNOSIS,
        DetectionKind.RESIDENT_ID,
        DetectionKind.RELIGION,
    ]
)
_CANDIDATES = st.lists(
    st.builds(
        lambda start, size, kind, score: Detection(start, start + size, kind, score, "rule"),
        st.integers(0, 24),
        st.integers(0, 6),
        _KINDS,
        st.sampled_from([0.3, 0.6, 0.8, 0.9]),
    ),
    max_size=6,
)


@settings(max_examples=400)
@given(st.text("中1 、*〔〕", min_size=30, max_size=30), _CANDIDATES, _CANDIDATES)
def test_what_joins_later_is_resolved_as_if_all_were_asked_again(
    text: str, first: list[Detection], more: list[Detection]
) -> None:
    found = resolve(text, first)
    assert resolve_more(text, found, more) == resolve(text, [*found, *more])
