"""Every substring finds its text, and compaction equals building anew."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.lexical.postings_index import PostingsLexicalIndex
from models.access.visible import VisibleSet

han = st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=40)
any_text = st.text(max_size=40)


@st.composite
def texts_and_a_substring(draw: st.DrawFn) -> tuple[list[str], int, str]:
    texts = draw(st.lists(han, min_size=1, max_size=8))
    row = draw(st.integers(0, len(texts) - 1))
    start = draw(st.integers(0, len(texts[row]) - 2))
    end = draw(st.integers(start + 2, len(texts[row])))
    return texts, row, texts[row][start:end]


@given(texts_and_a_substring())
def test_every_substring_of_two_characters_or_more_finds_its_text(case: tuple[list[str], int, str]) -> None:
    texts, row, substring = case
    everything = VisibleSet("g", np.ones(len(texts), dtype=np.bool_))
    found = PostingsLexicalIndex.build(texts).search(substring, len(texts), everything)
    assert row in {hit.row_no for hit in found}


@given(st.lists(st.tuples(any_text | han, st.booleans()), max_size=12), st.lists(any_text | han, max_size=6))
def test_extending_equals_building_anew(old: list[tuple[str, bool]], new: list[str]) -> None:
    keep = np.array([kept for _, kept in old], dtype=np.bool_)
    extended = PostingsLexicalIndex.build([text for text, _ in old]).extended(keep, new)
    anew = PostingsLexicalIndex.build([*(text for text, kept in old if kept), *new])
    for name in ("keys", "starts", "rows", "counts", "lengths"):
        mine, theirs = getattr(extended._postings, name), getattr(anew._postings, name)
        assert mine.dtype == theirs.dtype
        np.testing.assert_array_equal(mine, theirs)
