from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from models.artifacts import write_manifest
from models.classification.linear import load_classifier
from models.classification.parameters import ARRAYS_NAME, WORDS_NAME, read_parameters
from models.errors import ArtifactTampered
from tests.fakes_classifier import SMALL_RUN, small_artefact
from tests.fakes_embedding import BigramEmbedder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "classifier"
    shutil.copytree(small_artefact(), copy)
    return copy


def test_what_was_trained_comes_back(folder: Path) -> None:
    parameters, manifest = read_parameters(folder)
    assert parameters.policy == SMALL_RUN.policy
    assert parameters.space == BigramEmbedder().space
    assert manifest.version == SMALL_RUN.name
    columns = len(parameters.ngram_space.columns)
    for heads in parameters.insurance.values():
        assert heads.ngrams.weights.shape == (columns, 7)
        assert heads.ngrams.weights.dtype == np.float32
    for conformity in (parameters.cascade_conformity, parameters.ngram_conformity):
        assert all(len(known) == 7 for known in conformity.known.values())
        assert all((np.diff(row) >= 0).all() for known in conformity.known.values() for row in known)


@pytest.mark.parametrize("name", [ARRAYS_NAME, WORDS_NAME])
def test_a_changed_file_is_not_loaded(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(ArtifactTampered):
        load_classifier(folder)


def test_a_missing_file_is_not_loaded(folder: Path) -> None:
    (folder / WORDS_NAME).unlink()
    with pytest.raises(ArtifactTampered):
        load_classifier(folder)


def test_pickled_arrays_are_refused_even_with_a_matching_manifest(folder: Path) -> None:
    np.savez(folder / ARRAYS_NAME, idf=np.array([{"runs": "code"}], dtype=object))
    write_manifest(folder, kind="classifier", version="small", files=[ARRAYS_NAME, WORDS_NAME])
    with pytest.raises(ArtifactTampered):
        load_classifier(folder)


def test_another_kind_of_artefact_is_refused(folder: Path) -> None:
    write_manifest(folder, kind="embedding", version="small", files=[ARRAYS_NAME, WORDS_NAME])
    with pytest.raises(ArtifactTampered):
        load_classifier(folder)


def test_an_embedder_of_another_space_is_left_unused_and_the_artefact_says_so(folder: Path) -> None:
    matching = load_classifier(folder, BigramEmbedder())
    other = load_classifier(folder, BigramEmbedder(revision="2"))
    assert not matching.artifact.endswith("+ngrams-only")
    assert other.artifact == f"{matching.artifact}+ngrams-only" == load_classifier(folder).artifact
    assert other.classify(["失业金怎么领"])[0].insurance_type == "失业"


def test_no_number_longer_than_a_digit_is_in_the_vocabulary(folder: Path) -> None:
    grams = json.loads((folder / WORDS_NAME).read_text("utf-8"))["ngrams"]
    assert grams
    assert not [g for g in grams if any(a.isdecimal() and b.isdecimal() for a, b in pairwise(g))]
