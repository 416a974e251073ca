from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from models.classification.heads import softmax
from models.classification.results import Classification, Decision, LabelProbability
from training.calibrate import fitted_scales
from training.evaluate_classification import LabelledText, evaluate, read_labelled
from training.shares import share_of

LABELS = ("养老", "医疗", "失业", "工伤", "生育", "综合", "其他")


class Scripted:
    """Answers ``label:probability`` as the text says."""

    artifact = "scripted"

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        return [self._answer(*text.split(":")) for text in texts]

    def _answer(self, label: str, probability: str) -> Classification:
        sure = float(probability)
        rest = [LabelProbability(name, (1 - sure) / 6) for name in LABELS if name != label]
        decision = Decision.ACCEPTED if sure >= 0.8 else Decision.NEEDS_REVIEW
        return Classification(
            label, (LabelProbability(label, sure), *rest), (label,), decision, None, 0.0, (), self.artifact
        )


def _item(said: str, truth: str, kind: str = "law_article") -> LabelledText:
    return LabelledText("1", said, truth, kind)


def test_figures_by_hand() -> None:
    texts = [
        _item("养老:0.9", "养老"),
        _item("养老:0.9", "医疗", "short"),
        _item("医疗:0.5", "医疗", "short"),
        _item("医疗:0.5", "医疗"),
    ]
    figures = evaluate(Scripted(), texts, "scripted")
    # 养老: 2·1/(1+2); 医疗: 2·2/(3+2)
    assert figures.macro_f1 == pytest.approx((2 / 3 + 4 / 5) / 2, abs=1e-4)
    assert figures.short_macro_f1 == pytest.approx(2 / 3, abs=1e-4)
    assert figures.accuracy == 0.75
    assert figures.recall["医疗"] == pytest.approx(2 / 3, abs=1e-4)
    assert (figures.accepted.hits, figures.accepted.texts) == (2, 4)
    assert figures.accepted_right.value == 0.5
    # bin .9: sure .9, right .5; bin .5: sure .5, right 1
    assert figures.calibration_error == pytest.approx(0.5 * 0.4 + 0.5 * 0.5)
    assert figures.missing.value == 0.25
    assert figures.material.texts == figures.second_found.texts == 0
    assert [(b.low, b.texts) for b in figures.reliability] == [(0.5, 2), (0.9, 2)]


def test_a_share_of_few_says_little() -> None:
    assert (share_of([]).low, share_of([]).high) == (0.0, 1.0)
    few, many = share_of([True] * 9 + [False]), share_of(([True] * 9 + [False]) * 40)
    assert few.low < many.low < 0.9 < many.high < few.high
    # Clopper and Pearson 1934: nothing in ten texts still allows up to 1 - .025 ** (1 / 10).
    assert share_of([False] * 10).high == pytest.approx(1 - 0.025**0.1, abs=1e-4)


def test_a_second_insurance_counts_where_it_is_in_the_set() -> None:
    texts = [LabelledText("1", "养老:0.9", "养老", "note", None, ("养老",)), _item("养老:0.9", "养老")]
    figures = evaluate(Scripted(), texts, "scripted")
    assert (figures.second_found.hits, figures.second_found.texts) == (1, 1)


def test_labelled_texts_are_read_without_their_sources(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "labelled.jsonl"
    path.write_text(
        '{"id":"a","text":"失业金","label":"失业","kind":"short","source_label":"失业"}\n\n', "utf-8"
    )
    assert read_labelled(path) == [LabelledText("a", "失业金", "失业", "short")]


def test_scales_cool_down_scores_that_are_too_sure() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 600)
    said = np.eye(3)[truth] * 20.0  # sure of everything …
    wrong = rng.random(600) < 0.3
    said[wrong] = np.eye(3)[(truth[wrong] + 1) % 3] * 20.0  # … and wrong three times in ten
    noise = rng.normal(size=(600, 3))
    scales = fitted_scales(said, noise, truth, np.ones(600))
    sure = softmax(said * scales.ngrams_alone).max(axis=1)
    assert sure.mean() == pytest.approx(1 - wrong.mean(), abs=0.02)
    assert scales.embedding < 0.2
