"""A whole training run, small: from config to a folder that loads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models.artifacts import read_manifest
from models.classification.linear import load_classifier
from tests.fakes_classifier import SMALL_RUN, small_artefact
from tests.fakes_embedding import BigramEmbedder
from training.evaluate_classification import LabelledText, evaluate_candidates
from training.fit import FitReport, fit
from training.model_card import CARD_NAME, card_of
from training.questions.generate import generate

REAL = [
    LabelledText("1", "失业金怎么领", "失业", "short"),
    LabelledText("2", "工伤认定需要什么材料", "工伤", "short"),
    LabelledText("3", "生育津贴由生育保险基金支付。", "生育", "law_article"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> FitReport:
    return fit(SMALL_RUN, BigramEmbedder(), tmp_path_factory.mktemp("run"), REAL)


def test_the_same_config_makes_the_same_files(report: FitReport) -> None:
    assert report.manifest.files == read_manifest(small_artefact()).files


def test_another_seed_makes_others(tmp_path: Path, report: FitReport) -> None:
    other = fit(replace(SMALL_RUN, seed=8), BigramEmbedder(), tmp_path)
    assert other.manifest.files != report.manifest.files


def test_it_learnt_something_that_carries_over_to_unseen_templates(report: FitReport) -> None:
    assert report.held_out.accuracy > 0.5  # seven labels, one text per template, 64-dimensional embedding
    assert report.held_out.texts > 100


def test_manifest_and_card_hold_what_was_measured(report: FitReport) -> None:
    manifest = read_manifest(report.folder)
    measured = set(manifest.metadata["metrics"])  # type: ignore[call-overload]
    assert measured == {"held out", "development", "misread", "unnamed", "colloquial"}
    assert manifest.metadata["dataset"]["examples"] == report.examples  # type: ignore[index]
    assert (report.folder / CARD_NAME).read_text("utf-8") == card_of(manifest)


def test_training_never_saw_the_development_texts(report: FitReport) -> None:
    assert report.development is not None
    assert read_manifest(small_artefact()).metadata["dataset"] == report.manifest.metadata["dataset"]


def test_candidates_are_measured_side_by_side(report: FitReport) -> None:
    texts = [
        LabelledText(str(i), made.text, made.label, made.kind)
        for i, made in enumerate(generate({"question": 1}, 99, split=False))
    ][::7]
    figures = evaluate_candidates(report.folder, BigramEmbedder(), texts)
    assert [f.texts for f in figures] == [len(texts)] * len(figures)
    by_name = {f.candidate: f for f in figures}
    assert by_name["character n-grams"].accuracy > by_name["embedding"].accuracy > 1 / 7
    assert load_classifier(report.folder).classify(["退休审批表"])[0].insurance_type == "养老"
