"""What makes searching fast finds what a plain search of the whole text finds."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.privacy.dates import birth_dates_of
from models.privacy.detections import Detection, DetectionKind
from models.privacy.layout import read
from models.privacy.name_clauses import clauses
from models.privacy.name_places import places
from models.privacy.propagation import by_opening, propagate
from models.privacy.searching import any_of, matches_from
from models.privacy.tag_paths import best_paths
from models.text.normalisation import Replacer

_WORDS = """
王 欧阳 李小明 张闯 妻 其夫 长子 对 被告 叫 本人 申请 待 代领 (签名) (代) (又名 (长女) 男 女, ,
| 、 。 ( 的 工 人 身份证号 职工 高 于 11010519491231002X 110105491231002 123456 2014年3月1日 3.12
11010519491231 110105-19491231-0021 误写作 名叫 自称 登记为 署名 “ ”
"""
_PIECES = st.sampled_from([*_WORDS.split(), " ", "  ", "    ", "\n", "\t"])
_TEXTS = st.lists(_PIECES, max_size=40).map("".join)


def _spans(matches: object) -> list[tuple[int, int]]:
    return [match.span() for match in matches]  # type: ignore[attr-defined]


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
def test_a_search_around_landmarks_finds_what_a_search_of_all_finds(text: str) -> None:
    for place in places().patterns:
        assert _spans(place.matches(text)) == _spans(place.pattern.finditer(text)), place.why
    head, relative = clauses().head, places().relative
    assert _spans(clauses().around_head.matches(head, text)) == _spans(head.finditer(text))
    assert _spans(matches_from(places().kin_starts, relative, text)) == _spans(relative.finditer(text))


@given(st.lists(st.text("父亲母女.", min_size=1, max_size=3), min_size=1), st.text("父亲母女.", max_size=12))
def test_words_with_equal_beginnings_are_found_longest_first(words: list[str], text: str) -> None:
    plain = "|".join(map(re.escape, sorted(set(words), key=len, reverse=True)))
    for behind in ("", "父", "(?!女)"):
        assert _spans(re.finditer(any_of(words) + behind, text)) == _spans(
            re.finditer(f"(?:{plain}){behind}", text)
        )


def test_a_replacement_is_not_replaced() -> None:
    assert Replacer({"，": ",", "一": "一", "（": "("})("（一，二（") == "(一,二("
    with pytest.raises(ValueError, match="replaced"):
        Replacer({"a": "b", "b": "c"})


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.1, 1.0, 20.0]), st.booleans())
def test_paths_are_those_of_a_plain_search(seed: int, spread: float, rounded: bool) -> None:
    random = np.random.default_rng(seed)
    lengths = np.sort(random.integers(1, 9, size=5))
    emissions = (random.normal(size=(5, int(lengths[-1]), 7)) * 3).astype(np.float32)
    transitions = (random.normal(size=(7, 7)) * spread).astype(np.float32)
    if rounded:
        emissions, transitions = emissions.round(), transitions.round()
    labels = best_paths(emissions, transitions, lengths)
    for row, length in enumerate(lengths):
        score, came_from = emissions[row, 0], []
        for t in range(1, length):
            sums = score[:, None] + transitions
            came_from.append(sums.argmax(axis=0))
            score = sums.max(axis=0) + emissions[row, t]
        path = [int(score.argmax())]
        for origin in reversed(came_from):
            path.append(int(origin[path[-1]]))
        assert labels[row, :length].tolist() == path[::-1]


def _person(start: int, end: int) -> Detection:
    return Detection(start, end, DetectionKind.PERSON, 0.9, "test")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("妻 李兰 1962.5.12", True, id="kin word first"),
        pytest.param("\n   妻    李兰 1962.5.12", True, id="blanks around"),
        pytest.param("儿子、妻 李兰 1962.5.12", False, id="other words before"),
        pytest.param("妻，妻，妻，妻，妻 李兰 1962.5.12", False, id="many words before"),
    ],
)
def test_a_date_behind_a_name_in_a_row_that_a_kin_word_opens(text: str, found: bool) -> None:
    start = text.index("李兰")
    dates = list(birth_dates_of(read(text), [_person(start, start + 2)]))
    assert [text[d.start : d.end] for d in dates] == (["1962.5.12"] if found else [])


def test_each_line_is_asked_for_its_own_kin_word() -> None:
    text = "妻 李兰 1962.5.12\n同事 王强 1960.1.2 李兰 1962.5.12\n子 王闯 1990.3.4"
    names = [_person(m.start(), m.end()) for m in re.finditer("李兰|王强|王闯", text)]
    assert [text[d.start : d.end] for d in birth_dates_of(read(text), names)] == ["1962.5.12", "1990.3.4"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("张晓明来了，张晓走了", ["张晓明", "张晓"], id="longest first"),
        pytest.param("张 晓  明来了", ["张 晓  明"], id="blanks inside"),
        pytest.param("张   晓明来了", [], id="too many blanks"),
        pytest.param("张", [], id="end of text"),
    ],
)
def test_names_are_found_again(text: str, found: list[str]) -> None:
    again = propagate(read(text), [], by_opening({"张晓明", "张晓"}))
    assert [text[d.start : d.end] for d in again] == found
