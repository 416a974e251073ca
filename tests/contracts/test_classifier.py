"""What every classifier owes its callers."""

from __future__ import annotations

import pytest

from models.archive.taxonomy import insurance_types, material_types
from models.classification.results import Classification, Classifier, Decision
from tests.fakes_classifier import KeywordClassifier, small_classifier

TEXTS = (
    "被裁员了失业金怎么领",
    "企业职工退休审批表：〔姓名〕申请按月领取养老金",
    "今天天气不错",
    "",
    "abc 123",
    "职工在车间受伤，申请工伤认定。\n" * 40,
)


@pytest.fixture(params=["fake", "linear"])
def classifier(request: pytest.FixtureRequest) -> Classifier:
    return KeywordClassifier() if request.param == "fake" else small_classifier()


@pytest.fixture
def answers(classifier: Classifier) -> list[Classification]:
    return classifier.classify(TEXTS)


def test_one_answer_per_text_whatever_stands_beside_it(classifier: Classifier) -> None:
    together = classifier.classify(TEXTS)
    assert len(together) == len(TEXTS)
    for text, answer in zip(TEXTS, together, strict=True):
        (alone,) = classifier.classify([text])
        assert alone.insurance_type == answer.insurance_type
        assert [p.probability for p in alone.labels] == pytest.approx(
            [p.probability for p in answer.labels], abs=1e-5
        )


def test_no_text_no_answer(classifier: Classifier) -> None:
    assert classifier.classify([]) == []


def test_labels_are_a_distribution_over_the_seven_types(answers: list[Classification]) -> None:
    for answer in answers:
        probabilities = [item.probability for item in answer.labels]
        assert {item.label for item in answer.labels} == set(insurance_types())
        assert sum(probabilities) == pytest.approx(1.0)
        assert probabilities == sorted(probabilities, reverse=True)


def test_the_most_probable_label_is_the_answer_and_heads_the_set(answers: list[Classification]) -> None:
    for answer in answers:
        assert answer.insurance_type == answer.labels[0].label == answer.prediction_set[0]
        ranked = [item.label for item in answer.labels]
        assert list(answer.prediction_set) == [name for name in ranked if name in answer.prediction_set]


def test_only_a_single_label_is_accepted(answers: list[Classification]) -> None:
    assert all(len(a.prediction_set) == 1 for a in answers if a.decision is Decision.ACCEPTED)


def test_a_material_belongs_to_the_insurance(answers: list[Classification]) -> None:
    for answer in answers:
        if answer.material_type is not None:
            assert material_types()[answer.material_type].insurance == answer.insurance_type


def test_nothing_to_read_goes_to_a_person(classifier: Classifier) -> None:
    assert [a.decision for a in classifier.classify(["", "   \n", "x", "9" * 50])] == [
        Decision.NEEDS_REVIEW
    ] * 4


def test_evidence_stands_in_the_text(answers: list[Classification]) -> None:
    for text, answer in zip(TEXTS, answers, strict=True):
        assert all(phrase in text for phrase in answer.evidence)


def test_plain_words_are_understood(classifier: Classifier) -> None:
    said = classifier.classify(["失业保险金申领", "工伤认定申请表", "生育津贴怎么领", "养老金核定"])
    assert [answer.insurance_type for answer in said] == ["失业", "工伤", "生育", "养老"]


def test_every_answer_names_its_artefact(classifier: Classifier, answers: list[Classification]) -> None:
    assert {answer.artifact for answer in answers} == {classifier.artifact}
