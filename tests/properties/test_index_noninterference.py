"""What a reader may not see changes nothing for that reader.

Two worlds: D holds the visible rows, D+H the same rows in the same order with hidden ones between
them. Hits, order and scores must be equal to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.fusion import reciprocal_rank_fusion
from indexer.lexical.postings_index import PostingsLexicalIndex
from indexer.vectors.faiss_index import FaissVectorIndex
from indexer.vectors.port import Neighbour
from indexer.vectors.router import RoutedVectorIndex, Routing
from models.access.visible import VisibleSet
from models.embedding.space import EmbeddingSpace
from tests.partitions import scattered

SPACE = EmbeddingSpace("test", "1", 20)
VOCABULARY = [
    "工伤认定",
    "养老保险",
    "失业金",
    "生育津贴",
    "退休",
    "医疗费用报销",
    "伤",
    "ABC-01",
    "，",
    "缴费",
]
texts = st.lists(st.sampled_from(VOCABULARY), max_size=8).map("".join)
numbers = st.integers(min_value=0, max_value=2**16)
World = tuple[list[str], list[bool], int]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Texts of D+H, which of them are visible, and a seed for the vectors."""
    rows = draw(st.lists(st.tuples(texts, st.booleans()), max_size=60))
    return [text for text, _ in rows], [visible for _, visible in rows], draw(numbers)


def vectors_for(rows: int, seed: int) -> NDArray[np.float32]:
    # Few distinct ones, so that ties are common.
    generator = np.random.default_rng(seed)
    distinct = generator.normal(size=(max(1, rows // 2), SPACE.dimension))
    distinct /= np.linalg.norm(distinct, axis=1, keepdims=True)
    return distinct[generator.integers(0, len(distinct), rows)].astype(np.float32)


def as_in_the_small_world(hits: Sequence[Neighbour], allowed: NDArray[np.bool_]) -> list[Neighbour]:
    """Row numbers of D+H turned into those of D; fails on a hidden row."""
    assert all(allowed[hit.row_no] for hit in hits)
    number = np.cumsum(allowed) - 1
    return [Neighbour(int(number[hit.row_no]), hit.score) for hit in hits]


@settings(deadline=None)
@given(worlds(), texts, st.integers(min_value=1, max_value=20))
def test_lexical(world: World, query: str, k: int) -> None:
    everything, visible, _ = world
    allowed = np.array(visible, dtype=np.bool_)
    small = [text for text, seen in zip(everything, visible, strict=True) if seen]
    alone = PostingsLexicalIndex.build(small).search(
        query, k, VisibleSet("g", np.ones(len(small), dtype=np.bool_))
    )
    among_hidden = PostingsLexicalIndex.build(everything).search(query, k, VisibleSet("g", allowed))
    assert as_in_the_small_world(among_hidden, allowed) == alone


@settings(deadline=None)
@given(worlds(), numbers, st.integers(min_value=1, max_value=20))
def test_vectors(world: World, query_seed: int, k: int) -> None:
    everything, visible, seed = world
    allowed = np.array(visible, dtype=np.bool_)
    vectors = vectors_for(len(everything), seed)
    query = vectors_for(1, query_seed)[0]
    alone = FaissVectorIndex.build(SPACE, vectors[allowed]).nearest(
        query, k, VisibleSet("g", np.ones(int(allowed.sum()), dtype=np.bool_))
    )
    among_hidden = FaissVectorIndex.build(SPACE, vectors).nearest(query, k, VisibleSet("g", allowed))
    assert as_in_the_small_world(among_hidden, allowed) == alone


@settings(deadline=None)
@given(worlds(), numbers, st.integers(min_value=1, max_value=20), st.integers(min_value=0, max_value=20))
def test_vectors_through_lists(world: World, query_seed: int, k: int, exact_at_most: int) -> None:
    everything, visible, seed = world
    allowed = np.array(visible, dtype=np.bool_)
    vectors = vectors_for(len(everything), seed)
    query = vectors_for(1, query_seed)[0]
    routing = Routing(scattered(SPACE.dimension), exact_at_most)
    alone = RoutedVectorIndex.build(SPACE, vectors[allowed], routing).nearest(
        query, k, VisibleSet("g", np.ones(int(allowed.sum()), dtype=np.bool_))
    )
    among_hidden = RoutedVectorIndex.build(SPACE, vectors, routing).nearest(
        query, k, VisibleSet("g", allowed)
    )
    assert as_in_the_small_world(among_hidden, allowed) == alone
    assert len(alone) == min(k, int(allowed.sum()))


@settings(deadline=None)
@given(worlds(), texts, st.integers(min_value=1, max_value=10))
def test_fusion(world: World, query: str, k: int) -> None:
    everything, visible, seed = world
    allowed = np.array(visible, dtype=np.bool_)
    vectors = vectors_for(len(everything), seed)
    small = [text for text, seen in zip(everything, visible, strict=True) if seen]

    def fused(
        rows: list[str], matrix: NDArray[np.float32], seen: NDArray[np.bool_]
    ) -> list[tuple[int, float]]:
        among = VisibleSet("g", seen)
        by_words = PostingsLexicalIndex.build(rows).search(query, k, among)
        by_meaning = FaissVectorIndex.build(SPACE, matrix).nearest(vectors_for(1, seed)[0], k, among)
        ranks = np.cumsum(seen) - 1
        return reciprocal_rank_fusion([[int(ranks[n.row_no]) for n in leg] for leg in (by_words, by_meaning)])

    alone = fused(small, vectors[allowed], np.ones(len(small), dtype=np.bool_))
    assert fused(everything, vectors, allowed) == alone


def test_hidden_rows_change_no_bit_when_there_are_many_of_them() -> None:
    """Past the row count at which a bitmap replaces the list, on both sides of the comparison."""
    vectors = vectors_for(140_000, seed=3)
    allowed = np.arange(140_000) % 5 < 2
    query = vectors_for(1, seed=4)[0]
    alone = FaissVectorIndex.build(SPACE, vectors[allowed]).nearest(
        query, 200, VisibleSet("g", np.ones(int(allowed.sum()), dtype=np.bool_))
    )
    among_hidden = FaissVectorIndex.build(SPACE, vectors).nearest(query, 200, VisibleSet("g", allowed))
    assert as_in_the_small_world(among_hidden, allowed) == alone


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_hidden_rows_change_no_bit_of_what_lists_find(share: float) -> None:
    """More rows than candidates, many alike, hidden ones in every list and in one that is hidden whole."""
    vectors = vectors_for(12_000, seed=5)
    routing = Routing(scattered(SPACE.dimension, 40, stray_below=0.3), exact_at_most=100)
    partition = routing.partition
    assert partition is not None
    allowed = np.random.default_rng(1).random(len(vectors)) < share
    allowed &= partition.list_of(vectors) != 7
    alone = RoutedVectorIndex.build(SPACE, vectors[allowed], routing)
    among_hidden = RoutedVectorIndex.build(SPACE, vectors, routing)
    for query in vectors_for(12, seed=6):
        for k in (1, 10, 300):
            found = among_hidden.nearest(query, k, VisibleSet("g", allowed))
            everything = VisibleSet("g", np.ones(int(allowed.sum()), dtype=np.bool_))
            assert as_in_the_small_world(found, allowed) == alone.nearest(query, k, everything)
            assert len(found) == k
