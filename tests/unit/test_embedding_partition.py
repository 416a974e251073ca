"""Partitions as files, as learnt, and as shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.embedding.conversion import release_revision
from models.embedding.partition import load_partition, save_partition, shipped_partition
from models.embedding.space import EmbeddingSpace
from models.errors import ArtifactTampered
from tests.partitions import scattered, units
from training.partition import fit_partition

SPACE = EmbeddingSpace("test", "1", 8)


def test_learnt_saved_and_read_again(tmp_path: Path) -> None:
    reference = units(np.random.default_rng(0).normal(size=(400, 8)))
    learnt = fit_partition(reference, 16, seed=1)
    save_partition(learnt, tmp_path, SPACE, {"source": "test"})
    assert load_partition(tmp_path).id == learnt.id == fit_partition(reference, 16, seed=1).id
    assert learnt.lists == 17
    strays = (learnt.list_of(reference) == 16).mean()
    assert 0 < strays < 0.05
    assert (learnt.low <= reference).all()
    assert (reference <= learnt.low + learnt.width).all()


def test_a_code_stands_for_the_middle_of_its_step() -> None:
    partition = scattered(8)
    coded_range = 0.6 * 2  # of components from -1 to 1
    values = np.linspace(-coded_range / 2, coded_range / 2, 100, endpoint=False, dtype=np.float32)
    codes = partition.coded(np.repeat(values[:, np.newaxis], 8, axis=1))
    read = partition.levels[np.arange(8), codes]
    assert abs(read - values[:, np.newaxis]).max() <= partition.steps[0] / 2 + 1e-6
    assert sorted(set(codes.ravel().tolist())) == list(range(16))
    assert partition.coded(np.array([-9.0] * 4 + [9.0] * 4, dtype=np.float32)).tolist() == [0] * 4 + [15] * 4


def test_coarseness_is_what_coding_changes_in_a_cosine() -> None:
    rows = units(np.random.default_rng(0).normal(size=(3_000, 64)))
    partition = fit_partition(rows[:2_000], 8, seed=1)
    read = partition.levels[np.arange(64), partition.coded(rows[2_000:])]
    changed = (read - rows[2_000:]) @ rows[:300].T
    assert partition.coarseness == pytest.approx(float(changed.std()), rel=0.25)


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    reference = units(np.random.default_rng(0).normal(size=(100, 8)))
    save_partition(fit_partition(reference, 4, seed=1), tmp_path, SPACE, {})
    path = tmp_path / "ranges.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00\x01")
    with pytest.raises(ArtifactTampered):
        load_partition(tmp_path)


def test_the_built_in_model_has_one_and_others_have_none() -> None:
    shipped = shipped_partition(EmbeddingSpace("builtin:e5-small-zh", release_revision(), 384))
    assert shipped is not None
    assert (shipped.lists, shipped.dimension) == (513, 384)
    assert shipped_partition(EmbeddingSpace("builtin:e5-small-zh", "another", 384)) is None
    assert shipped_partition(SPACE) is None
