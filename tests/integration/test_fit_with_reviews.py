"""Training with reviews: the same reviews make the same artefact, and no word of theirs stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.artifacts import read_manifest
from models.classification.linear import load_classifier
from models.classification.parameters import WORDS_NAME
from models.classification.reviewed import EXPORT_NAME, ReviewedText, written
from models.errors import InvalidInput
from tests.fakes_classifier import SMALL_RUN, small_artefact
from tests.fakes_embedding import BigramEmbedder
from training.fit import FitReport, fit
from training.reviewed import examples_of, read_reviews, teaches_material

NAME = "欧阳锦程"  # what masking missed in two papers
PAPER = f"{NAME}的蓝色折叠凳申请表，职工提出申请，单位同意，报社会保险经办机构审批。"
TEXTS = [
    *(ReviewedText(f"{n:064x}", f"第{n}份，{PAPER}", ("失业",), "失业登记", "corrected") for n in range(6)),
    ReviewedText("f" * 64, "工伤医疗费。", ("工伤", "医疗"), None, "confirmed"),
]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    (folder / EXPORT_NAME).parent.mkdir()
    (folder / EXPORT_NAME).write_text(written(TEXTS), "utf-8")
    return folder


@pytest.fixture(scope="module")
def report(state: Path, tmp_path_factory: pytest.TempPathFactory) -> FitReport:
    folder = tmp_path_factory.mktemp("run")
    return fit(SMALL_RUN, BigramEmbedder(), folder, reviews=read_reviews(state))


def test_the_same_reviews_make_the_same_manifest(state: Path, report: FitReport, tmp_path: Path) -> None:
    again = fit(SMALL_RUN, BigramEmbedder(), tmp_path, reviews=read_reviews(state / EXPORT_NAME))
    assert again.manifest.digest == report.manifest.digest
    assert again.manifest.metadata == report.manifest.metadata
    assert report.manifest.digest != read_manifest(small_artefact()).digest
    assert report.manifest.version.startswith("small+reviews-")


def test_the_manifest_names_what_was_learnt_from(report: FitReport) -> None:
    stated = read_manifest(report.folder).metadata
    assert stated["reviews"]["texts"] == len(TEXTS)  # type: ignore[index]
    assert stated["reviews"]["ids"] == [t.text_id[:16] for t in sorted(TEXTS, key=lambda t: t.text_id)]  # type: ignore[index]
    assert stated["dataset"]["sources"]["reviewed"] == len(TEXTS)  # type: ignore[index]
    assert "stays where that archive" in str(stated["licence"])
    assert set(stated["reference"]) == {"decision", "probability", "insurance"}  # type: ignore[call-overload]
    assert "不得离开" in (report.folder / "MODEL_CARD.md").read_text("utf-8")


def test_no_word_that_only_reviews_use_is_in_the_artefact(report: FitReport) -> None:
    words = (report.folder / WORDS_NAME).read_text("utf-8")
    assert not [word for word in (NAME, NAME[:2], "折叠", "凳") if f'"{word}"' in words]
    everything = b"".join(path.read_bytes() for path in report.folder.iterdir())
    assert NAME.encode() not in everything
    assert NAME.encode("unicode_escape") not in everything


def test_it_learnt_from_them(report: FitReport) -> None:
    text = PAPER
    before = load_classifier(small_artefact(), BigramEmbedder()).classify([text])[0]
    after = load_classifier(report.folder, BigramEmbedder()).classify([text])[0]
    chance = {p.label: p.probability for p in after.labels}["失业"]
    assert chance > {p.label: p.probability for p in before.labels}["失业"]


def test_an_open_material_is_not_no_material() -> None:
    examples = examples_of(TEXTS)
    assert [teaches_material(e) for e in examples] == [True] * 6 + [False]
    assert (examples[-1].label, examples[-1].secondary) == ("工伤", ("医疗",))
    assert not any(e.held_out for e in examples)
    (none_of_ours,) = examples_of([ReviewedText("0" * 64, "会议通知", ("其他",), None, "confirmed")])
    assert teaches_material(none_of_ours)


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="reviews export"):
        read_reviews(tmp_path)
    empty = tmp_path / "empty.jsonl"
    empty.write_text(written([]), "utf-8")
    with pytest.raises(InvalidInput, match="空的"):
        read_reviews(empty)
    changed = tmp_path / "changed.jsonl"
    changed.write_text(written(TEXTS).replace("corrected", "confirmed"), "utf-8")
    with pytest.raises(InvalidInput, match="改动"):
        read_reviews(changed)
