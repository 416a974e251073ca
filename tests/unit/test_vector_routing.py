"""The router, the lists and the partition: whom they serve how, and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.vectors.faiss_index import FaissVectorIndex
from indexer.vectors.faiss_lists import FaissLists
from indexer.vectors.probing import nearest_lists, promising_lists
from indexer.vectors.router import RoutedVectorIndex, Routing
from models.access.visible import VisibleSet
from models.embedding.space import EmbeddingSpace, Vectors
from models.errors import IndexUnavailable
from tests.partitions import scattered, units
from training.partition import fit_partition

SPACE = EmbeddingSpace("test", "1", 16)
PARTITION = scattered(16, 12, spread=0.05)
ROUTING = Routing(PARTITION, exact_at_most=50)


def some(rows: int, seed: int = 1) -> Vectors:
    return units(np.random.default_rng(seed).normal(size=(rows, SPACE.dimension)))


def seeing(allowed: NDArray[np.bool_]) -> VisibleSet:
    return VisibleSet("g", allowed)


def counts(*numbers: int) -> NDArray[np.int64]:
    return np.array(numbers, dtype=np.int64)


SIMILARITIES = np.array([0.1, 0.9, 0.5, 0.5], dtype=np.float32)


@pytest.mark.parametrize(
    ("allowed_in", "at_least", "taken"),
    [
        pytest.param(counts(5, 5, 5, 5), 5, [1], id="the nearest is enough"),
        pytest.param(counts(5, 5, 5, 5), 6, [1, 2], id="ties by list number"),
        pytest.param(counts(5, 0, 0, 5), 5, [3], id="a list without allowed rows is passed over"),
        pytest.param(counts(1, 0, 1, 0), 10, [2, 0], id="too few rows: every list that has any"),
        pytest.param(counts(0, 0, 0, 0), 1, [], id="none allowed"),
    ],
)
def test_lists_are_taken_until_enough_rows_are_allowed(
    allowed_in: NDArray[np.int64], at_least: int, taken: list[int]
) -> None:
    assert nearest_lists(SIMILARITIES, allowed_in, at_least).tolist() == taken


def test_lists_that_may_do_better_are_added() -> None:
    reach = np.array([0.2, 0.9, 0.6, np.inf], dtype=np.float32)
    assert promising_lists(counts(0), reach, counts(1, 1, 1, 0), 0.6).tolist() == [0, 1]
    assert promising_lists(counts(0), reach, counts(1, 1, 1, 1), 0.5).tolist() == [0, 1, 2, 3]


def test_a_vector_lies_in_the_same_list_in_any_company() -> None:
    vectors = some(3_000)
    middle = units((PARTITION.centroids[:6] + PARTITION.centroids[6:]).astype(np.float64))
    together = PARTITION.list_of(np.concatenate([vectors, middle]))
    alone = [int(PARTITION.list_of(row[np.newaxis])[0]) for row in np.concatenate([vectors[:200], middle])]
    assert [*together[:200].tolist(), *together[-6:].tolist()] == alone


def test_strays_have_a_list_of_their_own_that_is_always_promising() -> None:
    partition = scattered(16, 12, stray_below=0.6)
    vectors = some(500)
    near = (vectors @ partition.centroids.T).max(axis=1)
    assert ((partition.list_of(vectors) == partition.lists - 1) == (near < 0.6)).all()
    assert partition.reach(partition.similarities(vectors[0]))[-1] == np.inf


def test_another_number_is_another_partition() -> None:
    assert replace(PARTITION, spread=0.06).id != PARTITION.id == replace(PARTITION).id


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 1.0])
def test_nobody_starves(share: float) -> None:
    vectors = some(20_000)
    index = RoutedVectorIndex.build(SPACE, vectors, replace(ROUTING, exact_at_most=0))
    allowed = np.random.default_rng(2).random(len(vectors)) < share
    for query in some(10, seed=3):
        against = allowed & (vectors @ query < 0)
        for among in (allowed, against):
            found = index.nearest(query, 10, seeing(among))
            assert len(found) == min(10, among.sum())
            assert all(among[n.row_no] for n in found)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_the_right_rows_are_found_whichever_way_the_filter_points(share: float) -> None:
    """More rows than are fetched, so that coarse codes decide which are compared."""
    vectors = units(np.random.default_rng(1).normal(size=(40_000, 32)))
    space = EmbeddingSpace("test", "1", 32)
    partition = fit_partition(vectors[::8], 24, seed=1)
    index = RoutedVectorIndex.build(space, vectors, Routing(partition, 0))
    exact = FaissVectorIndex.build(space, vectors)
    drawn = np.random.default_rng(2).random(len(vectors)) < share
    of_row = partition.list_of(vectors)
    for away in (False, True):
        found = right = 0
        for query in units(np.random.default_rng(3).normal(size=(20, 32))):
            near = partition.similarities(query)[of_row] > 0
            among = seeing(drawn & ~near if away else drawn)
            wanted = {n.row_no for n in exact.nearest(query, 10, among)}
            right += len(wanted)
            found += len(wanted & {n.row_no for n in index.nearest(query, 10, among)})
        assert found >= 0.99 * right


def test_the_way_depends_on_the_allowed_rows_alone() -> None:
    index = RoutedVectorIndex.build(SPACE, some(500), ROUTING)
    asked: list[int] = []
    lists = index._lists
    assert lists is not None
    real = lists.candidates
    lists.candidates = lambda query, k, among: asked.append(among.count) or real(query, k, among)  # type: ignore[method-assign,func-returns-value]
    for count in (50, 51):
        index.nearest(some(1)[0], 5, seeing(np.arange(500) < count))
    assert asked == [51]


def test_small_generations_have_no_lists(tmp_path: Path) -> None:
    index = RoutedVectorIndex.build(SPACE, some(50), ROUTING)
    assert not index.uses_lists
    assert [path.name for path in index.save(tmp_path)] == ["flat.faiss"]


def test_scores_are_exact_on_both_ways() -> None:
    vectors = some(2_000)
    everything = seeing(np.ones(2_000, dtype=np.bool_))
    exact = {
        n.row_no: n.score
        for n in FaissVectorIndex.build(SPACE, vectors).nearest(vectors[0], 2_000, everything)
    }
    for neighbour in RoutedVectorIndex.build(SPACE, vectors, ROUTING).nearest(vectors[0], 40, everything):
        assert neighbour.score == exact[neighbour.row_no]


def test_equal_rows_go_by_number_though_lists_hold_thousands() -> None:
    vectors = np.tile(some(1), (12_000, 1))
    found = RoutedVectorIndex.build(SPACE, vectors, ROUTING).nearest(
        vectors[0], 5, seeing(np.arange(12_000) % 2 == 1)
    )
    assert [n.row_no for n in found] == [1, 3, 5, 7, 9]


def test_rows_whose_codes_are_the_same_are_all_compared() -> None:
    """Six times as many as are fetched at once, the best of them last."""
    middle = PARTITION.levels[:, 10]
    vectors = middle + np.linspace(0, 0.01, 12_000, dtype=np.float32)[:, np.newaxis]
    assert len(np.unique(PARTITION.coded(vectors), axis=0)) == 1
    found = RoutedVectorIndex.build(SPACE, vectors, ROUTING).nearest(
        middle, 5, seeing(np.arange(12_000) % 2 == 1)
    )
    assert [n.row_no for n in found] == [11_999, 11_997, 11_995, 11_993, 11_991]


def test_values_outside_the_ranges_are_cut_not_lost() -> None:
    narrow = replace(PARTITION, low=np.full(16, -0.1, np.float32), width=np.full(16, 0.2, np.float32))
    vectors = some(1_000)
    index = RoutedVectorIndex.build(SPACE, vectors, Routing(narrow, 0))
    everything = seeing(np.ones(1_000, dtype=np.bool_))
    assert all(index.nearest(vectors[row], 1, everything)[0].row_no == row for row in range(0, 1_000, 50))


def test_tombstoned_rows_are_gone_before_and_after_compaction() -> None:
    """A dead row is in no visible set; leaving it out of the next generation changes nothing else."""
    vectors = some(1_000)
    alive = np.arange(1_000) % 7 != 0
    before = RoutedVectorIndex.build(SPACE, vectors, ROUTING)
    kept = np.flatnonzero(alive)
    known = before.lists_of(kept, PARTITION)
    after = RoutedVectorIndex.build(SPACE, before.vectors_of(kept), ROUTING, known)
    for query in vectors[:14]:
        dead = before.nearest(query, 20, seeing(alive))
        compacted = after.nearest(query, 20, seeing(np.ones(kept.size, dtype=np.bool_)))
        assert [(n.row_no, n.score) for n in dead] == [(int(kept[n.row_no]), n.score) for n in compacted]


def test_lists_of_another_partition_are_not_carried_over(tmp_path: Path) -> None:
    index = RoutedVectorIndex.build(SPACE, some(200), ROUTING)
    index.save(tmp_path)
    other = scattered(16, 12, spread=0.06)
    assert index.lists_of(np.arange(3), other) is None
    assert not RoutedVectorIndex.open(tmp_path, SPACE, Routing(other, 50)).uses_lists
    assert RoutedVectorIndex.open(tmp_path, SPACE, ROUTING).uses_lists


class _Deaf:
    """Lists that give what they have, whatever the selector says."""

    def __init__(self, index: Any) -> None:
        self._index = index

    def search_preassigned_c(self, *given: Any) -> None:
        *pointers, parameters = given
        parameters.sel = None
        self._index.search_preassigned_c(*pointers, parameters)


def test_lists_that_do_not_obey_their_selector_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    vectors = some(300)
    RoutedVectorIndex.build(SPACE, vectors, ROUTING).save(tmp_path)
    lists = FaissLists.open(tmp_path, PARTITION)
    assert lists is not None
    lists._index = _Deaf(lists._index)
    with pytest.raises(IndexUnavailable, match="自检"):
        lists.probe(FaissVectorIndex.build(SPACE, vectors).vectors_of)
    monkeypatch.setattr(FaissLists, "open", lambda *_: lists)
    opened = RoutedVectorIndex.open(tmp_path, SPACE, ROUTING)
    assert not opened.uses_lists
    assert "searching exactly" in caplog.text
    assert len(opened.nearest(vectors[0], 10, seeing(np.arange(300) < 100))) == 10


def test_lists_that_lost_rows_are_not_used(tmp_path: Path) -> None:
    vectors = some(300)
    index = RoutedVectorIndex.build(SPACE, vectors, ROUTING)
    lists = index._lists
    assert lists is not None
    index._lists = FaissLists.build(PARTITION, vectors[:200], lists.list_of_row[:200])
    index.save(tmp_path)
    assert not RoutedVectorIndex.open(tmp_path, SPACE, ROUTING).uses_lists


def test_damaged_lists_are_unavailable_and_saved_ones_never_overwritten(tmp_path: Path) -> None:
    index = RoutedVectorIndex.build(SPACE, some(300), ROUTING)
    _, coded, _ = index.save(tmp_path)
    with pytest.raises(IndexUnavailable):
        FaissLists.build(PARTITION, some(9), PARTITION.list_of(some(9))).save(tmp_path)
    coded.write_bytes(coded.read_bytes()[:60])
    with pytest.raises(IndexUnavailable):
        RoutedVectorIndex.open(tmp_path, SPACE, ROUTING)
