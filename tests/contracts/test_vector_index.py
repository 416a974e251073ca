"""What every vector index owes, the fake included."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.vectors.faiss_index import FaissVectorIndex
from indexer.vectors.port import VectorIndex
from indexer.vectors.router import RoutedVectorIndex, Routing
from models.access.visible import VisibleSet
from models.embedding.space import EmbeddingSpace, Vectors
from models.errors import IndexMismatch, IndexUnavailable
from tests.fakes_index import InMemoryVectorIndex
from tests.partitions import scattered

Build = Callable[[Vectors], VectorIndex]
SPACE = EmbeddingSpace("test", "1", 3)
THROUGH_LISTS = Routing(scattered(3, spread=1.0), exact_at_most=0)


@pytest.fixture(params=["fake", "built", "opened", "through lists", "through opened lists"])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Build:
    def made(vectors: Vectors) -> VectorIndex:
        if request.param == "fake":
            return InMemoryVectorIndex(SPACE, vectors)
        if "lists" in request.param:
            routed = RoutedVectorIndex.build(SPACE, vectors, THROUGH_LISTS)
            assert routed.uses_lists == bool(len(vectors))
            if "opened" not in request.param:
                return routed
            routed.save(tmp_path)
            return RoutedVectorIndex.open(tmp_path, SPACE, THROUGH_LISTS)
        index = FaissVectorIndex.build(SPACE, vectors)
        if request.param == "built":
            return index
        index.save(tmp_path)
        return FaissVectorIndex.open(tmp_path, SPACE)

    return made


def units(rows: int, dimension: int = 3, seed: int = 1) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(rows, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


def seeing(rows: int, *numbers: int) -> VisibleSet:
    allowed = np.zeros(rows, dtype=np.bool_)
    allowed[list(numbers)] = True
    return VisibleSet("g", allowed)


def everything(rows: int) -> VisibleSet:
    return VisibleSet("g", np.ones(rows, dtype=np.bool_))


def test_best_first_with_inner_products(build: Build) -> None:
    vectors = units(50)
    found = build(vectors).nearest(vectors[7], 5, everything(50))
    similarity = vectors @ vectors[7]
    assert [n.row_no for n in found] == np.argsort(-similarity)[:5].tolist()
    assert [n.score for n in found] == pytest.approx(sorted(similarity, reverse=True)[:5], abs=1e-5)


def test_only_what_the_reader_may_see(build: Build) -> None:
    vectors = units(40)
    found = build(vectors).nearest(vectors[0], 3, seeing(40, 8, 9))
    assert {n.row_no for n in found} == {8, 9}


def test_seeing_nothing_finds_nothing(build: Build) -> None:
    assert build(units(4)).nearest(units(1)[0], 3, seeing(4)) == []


def test_an_empty_index_finds_nothing(build: Build) -> None:
    index = build(units(0))
    assert index.rows == 0
    assert index.nearest(units(1)[0], 3, everything(0)) == []


@pytest.mark.parametrize("rows", [10, 100, 500])
def test_ties_at_the_boundary_go_by_row_number(build: Build, rows: int) -> None:
    vectors = np.tile(np.array([0, 1, 0], dtype=np.float32), (rows, 1))
    vectors[rows // 2] = [1, 0, 0]
    query = np.array([1, 0, 0], dtype=np.float32)
    allowed = np.arange(rows) % 2 == 0
    allowed[rows // 2] = True
    found = build(vectors).nearest(query, 4, VisibleSet("g", allowed))
    assert [n.row_no for n in found] == [rows // 2, 0, 2, 4]


def test_another_generation_size_is_refused(build: Build) -> None:
    with pytest.raises(IndexUnavailable):
        build(units(4)).nearest(units(1)[0], 3, everything(5))


def test_a_query_of_another_dimension_is_refused(build: Build) -> None:
    with pytest.raises(IndexMismatch):
        build(units(4)).nearest(units(1, 4)[0], 3, everything(4))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_a_number_is_refused(build: Build, bad: float) -> None:
    vectors = units(4)
    vectors[2, 1] = bad
    with pytest.raises(IndexUnavailable):
        build(vectors)
    with pytest.raises(IndexUnavailable):
        build(units(4)).nearest(vectors[2], 3, everything(4))


def test_k_below_one_is_refused(build: Build) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        build(units(4)).nearest(units(1)[0], 0, everything(4))


def test_save_names_the_files_it_wrote(build: Build, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    assert sorted(build(units(4)).save(folder)) == sorted(folder.iterdir())


def test_vectors_of_another_dimension_are_refused(build: Build) -> None:
    with pytest.raises(IndexMismatch):
        build(units(4, 5))


def bitmap_world() -> tuple[Vectors, NDArray[np.bool_]]:
    """More allowed rows than an array selector is used for, and one vector in many places."""
    vectors = units(60_000)
    vectors[::997] = vectors[0]
    allowed = np.arange(60_000) % 10 != 1
    return vectors, allowed


def test_large_visible_sets_are_exact_too() -> None:
    vectors, allowed = bitmap_world()
    found = FaissVectorIndex.build(SPACE, vectors).nearest(vectors[0], 30, VisibleSet("g", allowed))
    copies = [row for row in range(0, 60_000, 997) if allowed[row]]
    assert [n.row_no for n in found] == copies[:30]
    assert len({n.score for n in found}) == 1


def test_the_same_score_by_list_and_by_bitmap() -> None:
    vectors, allowed = bitmap_world()
    index = FaissVectorIndex.build(SPACE, vectors)
    query = units(1, seed=5)[0]
    by_bitmap = index.nearest(query, 50, VisibleSet("g", allowed))
    only = np.zeros_like(allowed)
    only[[n.row_no for n in by_bitmap]] = True
    assert index.nearest(query, 50, VisibleSet("g", only)) == by_bitmap


class ForgetfulIndex:
    """Searches everything whatever its selector says, as some FAISS index types did in 1.15.1."""

    def __init__(self, vectors: Vectors) -> None:
        self._inner = faiss.IndexFlatIP(vectors.shape[1])
        self._inner.add(vectors)
        self.ntotal = len(vectors)

    def reconstruct_batch(self, rows: NDArray[np.int64]) -> Vectors:
        vectors: Vectors = self._inner.reconstruct_batch(rows)
        return vectors

    def search(self, query: Vectors, k: int, *, params: object) -> tuple[Vectors, NDArray[np.int64]]:
        assert params is not None
        scores, rows = self._inner.search(query, k)
        return scores, rows


def starving(vectors: Vectors) -> faiss.Index:
    """A graph walk that runs out of allowed rows before it has k of them."""
    graph = faiss.IndexHNSWFlat(vectors.shape[1], 4, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efSearch = 1
    graph.add(vectors)
    return graph


@pytest.mark.parametrize("make", [ForgetfulIndex, starving], ids=["leaks", "starves"])
def test_an_index_that_fails_its_probe_is_not_served(make: Callable[[Vectors], object]) -> None:
    with pytest.raises(IndexUnavailable, match="自检"):
        FaissVectorIndex(make(units(300)), SPACE).probe()


def test_an_exact_index_passes_its_probe() -> None:
    index = FaissVectorIndex.build(SPACE, units(300))
    index.probe()
    assert len(index.nearest(units(1)[0], 10, everything(300))) == 10  # the probe leaves it as it was


def test_a_damaged_file_is_unavailable(tmp_path: Path) -> None:
    (path,) = FaissVectorIndex.build(SPACE, units(9)).save(tmp_path)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(IndexUnavailable):
        FaissVectorIndex.open(tmp_path, SPACE)


def test_a_saved_index_is_never_overwritten(tmp_path: Path) -> None:
    index = FaissVectorIndex.build(SPACE, units(9))
    index.save(tmp_path)
    with pytest.raises(IndexUnavailable):
        index.save(tmp_path)


def test_opening_with_another_dimension_is_a_mismatch(tmp_path: Path) -> None:
    FaissVectorIndex.build(SPACE, units(9)).save(tmp_path)
    with pytest.raises(IndexMismatch, match="chadang index rebuild"):
        FaissVectorIndex.open(tmp_path, EmbeddingSpace("test", "1", 4))
