"""What every lexical index owes, the fake included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from indexer.lexical.port import LexicalIndex
from indexer.lexical.postings_index import PostingsLexicalIndex
from models.access.visible import VisibleSet
from models.errors import IndexUnavailable
from tests.fakes_index import InMemoryLexicalIndex

Build = Callable[[Sequence[str]], LexicalIndex]
TEXTS = [
    "职工发生事故伤害，用人单位应当申请工伤认定。",
    "失业人员领取失业保险金，同时享受基本医疗保险待遇。",
    "参加基本养老保险的个人达到法定退休年龄，按月领取基本养老金。",
    "女职工生育享受产假，按照规定领取生育津贴。",
    "工伤职工评定伤残等级后，领取一次性伤残补助金；工伤复发的，享受工伤医疗待遇。",
]


@pytest.fixture(params=["fake", "built", "opened"])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Build:
    def made(texts: Sequence[str]) -> LexicalIndex:
        if request.param == "fake":
            return InMemoryLexicalIndex(texts)
        index = PostingsLexicalIndex.build(texts)
        if request.param == "built":
            return index
        index.save(tmp_path)
        return PostingsLexicalIndex.open(tmp_path)

    return made


def seeing(rows: int, *numbers: int) -> VisibleSet:
    allowed = np.zeros(rows, dtype=np.bool_)
    allowed[list(numbers)] = True
    return VisibleSet("g", allowed)


def everything(rows: int) -> VisibleSet:
    return VisibleSet("g", np.ones(rows, dtype=np.bool_))


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("工伤认定", 0),
        ("失业金怎么领", 1),
        ("退休年龄", 2),
        ("生育津贴", 3),
        ("伤残补助", 4),
        ("一次性补助金　伤残等级", 4),
    ],
)
def test_the_best_row(build: Build, query: str, best: int) -> None:
    assert build(TEXTS).search(query, 3, everything(5))[0].row_no == best


def test_scores_are_bm25(build: Build) -> None:
    query = "工伤职工领取伤残补助金，工伤"
    expected = InMemoryLexicalIndex(TEXTS).search(query, 5, everything(5))
    found = build(TEXTS).search(query, 5, everything(5))
    assert [n.row_no for n in found] == [n.row_no for n in expected]
    assert [n.score for n in found] == pytest.approx([n.score for n in expected], rel=1e-5)


def test_only_what_the_reader_may_see(build: Build) -> None:
    assert {n.row_no for n in build(TEXTS).search("领取", 5, seeing(5, 1, 3))} == {1, 3}


def test_seeing_nothing_finds_nothing(build: Build) -> None:
    assert build(TEXTS).search("工伤", 5, seeing(5)) == []


def test_a_row_without_a_term_is_no_hit(build: Build) -> None:
    assert build(TEXTS).search("量子力学", 5, everything(5)) == []


def test_an_empty_index_finds_nothing(build: Build) -> None:
    assert build([]).search("工伤", 5, everything(0)) == []


def test_ties_at_the_boundary_go_by_row_number(build: Build) -> None:
    texts = ["养老待遇"] * 30 + ["工伤待遇工伤"] + ["养老待遇"] * 30
    allowed = np.arange(61) % 3 == 0
    found = build(texts).search("工伤待遇", 4, VisibleSet("g", allowed))
    assert [n.row_no for n in found] == [30, 0, 3, 6]


HOSTILE = {
    "empty": "",
    "blanks": " \t\n　",
    "emoji": "😀👨‍👩‍👧工伤",
    "lone surrogate": "\ud83d工伤\udc00",
    "nul": "工\x00伤",
    "query syntax": 'words:工伤^9 AND (NOT "养老"~2) OR [a TO *] \\',
    "ten thousand characters": "工伤认定与养老保险待遇" * 910,
    "ten thousand different characters": "".join(chr(0x4E00 + i) for i in range(10_000)),
    "right to left": "\u202e工伤 السلام",
    "full width": "ＡＢＣ　工傷",
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_string_is_a_query(build: Build, query: str) -> None:
    found = build([*TEXTS, query]).search(query, 6, everything(6))
    assert len({n.row_no for n in found}) == len(found) <= 6
    assert all(np.isfinite(n.score) and n.score > 0 for n in found)


def test_full_width_finds_plain_and_back(build: Build) -> None:
    texts = ["缴费编号ab12", "缴费编号ＣＤ３４"]
    index = build(texts)
    assert [n.row_no for n in index.search("ＡＢ１２", 5, everything(2))] == [0]
    assert [n.row_no for n in index.search("cd34", 5, everything(2))] == [1]


def test_another_generation_size_is_refused(build: Build) -> None:
    with pytest.raises(IndexUnavailable):
        build(TEXTS).search("工伤", 3, everything(6))


def test_k_below_one_is_refused(build: Build) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        build(TEXTS).search("工伤", 0, everything(5))


def test_segmentation_names_segmenter_and_statistics(build: Build) -> None:
    segmentation = build(TEXTS).segmentation
    assert segmentation.startswith("rjieba-")
    assert "statistics=" in segmentation


def test_save_names_the_files_it_wrote(build: Build, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    assert sorted(build(TEXTS).save(folder)) == sorted(folder.iterdir())


def test_no_word_of_the_archive_lies_in_the_files(tmp_path: Path) -> None:
    for path in PostingsLexicalIndex.build(TEXTS).save(tmp_path):
        content = path.read_bytes()
        assert not any(word.encode() in content for word in ("工伤", "养老", "职工", "保险"))


def test_missing_files_are_unavailable(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable):
        PostingsLexicalIndex.open(tmp_path)
