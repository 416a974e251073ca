"""Drift: a large index that chance does not explain, small numbers never told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from indexer.classification_shift import ClassificationShift, ShiftReport
from indexer.reclassification import becomes
from indexer.store.classification_port import (
    Claim,
    ClassificationReview,
    ClassifiedDocument,
    ReviewVerdict,
    Truth,
)
from models.access.principal import Principal, Role
from models.classification.shift import histograms, shift_of, stability_index, told
from models.errors import Forbidden
from tests.assembly import Archive, archive_in, clerk
from tests.fakes_reviews import InMemoryClassificationStore, classified, facts_of, said
from tests.strategies import NOW

REVIEWER = clerk(role=Role.REVIEWER)
OPERATOR = Principal("ops", frozenset({Role.SYSTEM_ADMIN}))
LAST_MONTH = datetime(2026, 10, 5, tzinfo=UTC)


def test_the_same_has_no_shift_and_the_opposite_much() -> None:
    assert stability_index({"a": 50, "b": 50}, {"a": 500, "b": 500}) < 0.001
    assert stability_index({"a": 90, "b": 10}, {"a": 10, "b": 90}) > 1
    assert stability_index({"a": 90, "b": 10}, {"a": 90, "c": 10}) < float("inf")


def test_few_texts_say_nothing_and_chance_is_no_alert() -> None:
    assert shift_of("x", {"a": 19}, {"a": 1000}) is None
    chance = shift_of("x", {str(n): 3 for n in range(10)}, {str(n): 1 + n % 3 * 2 for n in range(10)})
    assert chance is not None
    assert (chance.psi > 0.2, chance.alert) == (True, False)
    moved = shift_of("x", {"a": 200, "b": 200}, {"a": 390, "b": 10})
    assert moved is not None
    assert moved.alert


def test_histograms_count_every_answer_once() -> None:
    made = histograms([said("养老", 1.0, accepted=True), said("失业", 0.42, accepted=False)])
    assert made["decision"] == {"ACCEPTED": 1, "NEEDS_REVIEW": 1}
    assert {b for b, count in made["probability"].items() if count} == {"0.9", "0.4"}
    assert sum(made["insurance"].values()) == 2


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (4, None), (5, 5)])
def test_small_counts_are_not_told(count: int, shown: int | None) -> None:
    assert told(count) == shown


@pytest.fixture
def archive(tmp_path: object) -> Archive:
    return archive_in(tmp_path / "state")  # type: ignore[operator]


def batch(
    name: str,
    count: int,
    *,
    at: datetime,
    insurance: str = "养老",
    region: str = "500111",
    sure: float = 0.97,
) -> list[ClassifiedDocument]:
    answer = said(insurance, sure, accepted=sure > 0.9)
    return [
        classified(facts_of(f"{name}{n:03}", region=region), answer, sampled=True, at=at)
        for n in range(count)
    ]


def report(archive: Archive, who: Principal, *documents: ClassifiedDocument) -> ShiftReport:
    store = InMemoryClassificationStore(documents)
    return ClassificationShift(store, archive.store.standing, archive.audit, lambda: NOW, dict).report(who)


def test_a_month_unlike_the_months_before_is_told(archive: Archive) -> None:
    before = batch("a", 60, at=LAST_MONTH)
    same = report(archive, REVIEWER, *before, *batch("b", 60, at=NOW))
    assert same.alerts == ()
    moved = report(archive, REVIEWER, *before, *batch("b", 60, at=NOW, insurance="生育", sure=0.4))
    assert {s.name for s in moved.months[-1].against_earlier if s.alert} == {
        "decision", "probability", "insurance",
    }  # fmt: skip
    assert all("此前几个月" in alert for alert in moved.alerts)


def test_the_reference_of_the_artefact_is_compared_too(archive: Archive) -> None:
    store = InMemoryClassificationStore(batch("b", 60, at=NOW))
    stated = histograms([said("养老", 0.97, accepted=True)] * 100 + [said("医疗", 0.5, accepted=False)] * 100)
    shift = ClassificationShift(store, archive.store.standing, archive.audit, lambda: NOW, lambda: stated)
    made = shift.report(REVIEWER)
    assert [s.name for s in made.months[-1].against_artifact] == ["decision", "probability", "insurance"]
    assert all("模型基准" in alert for alert in made.alerts)
    assert len(made.alerts) == 3


def test_documents_outside_the_scope_change_nothing(archive: Archive) -> None:
    own = batch("a", 30, at=NOW)
    far = batch("z", 60, at=LAST_MONTH, region="510104", insurance="失业")
    assert report(archive, REVIEWER, *own, *far) == report(archive, REVIEWER, *own)
    assert report(archive, OPERATOR, *own, *far).months[0].documents == 60


def test_a_month_of_few_is_not_counted_out(archive: Archive) -> None:
    made = report(archive, OPERATOR, *batch("a", 3, at=NOW))
    assert [(m.month, m.documents, m.against_earlier) for m in made.months] == [("2026-11", None, ())]


def test_wrong_answers_in_the_sample_are_told(archive: Archive) -> None:
    documents = batch("a", 60, at=NOW)
    store = InMemoryClassificationStore(documents)
    for number, document in enumerate(documents[:50]):
        truth = Truth(("失业",) if number < 12 else ("养老",), None)
        doc_id = document.facts.doc_id
        store.claim(Claim(doc_id, "r", NOW, NOW.replace(hour=9)))
        review = ClassificationReview(doc_id, ReviewVerdict.CORRECTED, "r", NOW, truth, document.predicted)
        store.decide(review, becomes(document, truth))
    made = ClassificationShift(store, archive.store.standing, archive.audit, lambda: NOW, dict).report(
        REVIEWER
    )
    assert made.accepted_wrong is not None
    assert made.accepted_wrong.low > 0.1
    assert any("抽查" in alert for alert in made.alerts)
    assert made.label_shift is not None
    assert made.label_shift.alert
    rows = {row.label: (row.predicted, row.true, row.changed) for row in made.labels}
    assert rows == {"养老": (50, 38, 12), "失业": (0, 12, 0)}


def test_an_older_model_is_not_mixed_in(archive: Archive) -> None:
    old = [
        replace(d, predicted=replace(d.predicted, artifact="old@0")) for d in batch("a", 60, at=LAST_MONTH)
    ]
    made = report(archive, REVIEWER, *old, *batch("b", 30, at=NOW))
    assert (made.artifact, [m.month for m in made.months]) == ("fake@1", ["2026-11"])


def test_only_reviewers_and_operators(archive: Archive) -> None:
    for role in set(Role) - {Role.REVIEWER, Role.SYSTEM_ADMIN}:
        with pytest.raises(Forbidden):
            report(archive, clerk(role=role))
