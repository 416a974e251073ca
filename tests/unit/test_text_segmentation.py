"""Sentences cover the text; words and bigrams feed search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.segmentation import bigrams, sentences, words


def test_sentences_end_at_chinese_marks() -> None:
    text = "申请人张三。经审核，同意！\n第二行"
    assert [text[a:b] for a, b in sentences(text)] == ["申请人张三。", "经审核，同意！\n", "第二行"]


def test_a_long_sentence_is_cut_at_a_comma() -> None:
    text = "甲" * 150 + "，" + "乙" * 100
    assert [b - a for a, b in sentences(text, 200)] == [151, 100]


@given(st.text("甲乙，。\n a"), st.integers(1, 9))
def test_sentences_cover_the_text_without_gaps(text: str, limit: int) -> None:
    spans = sentences(text, limit)
    assert "".join(text[a:b] for a, b in spans) == text
    assert all(0 < b - a <= limit for a, b in spans)


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="limit"):
        sentences("甲", 0)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("养老保险", ["养老", "老保", "保险"], id="Han pairs"),
        pytest.param("YL-2019养老", ["yl", "2019", "养老"], id="ASCII whole and lower-case"),
        pytest.param("甲 乙", ["甲", "乙"], id="single characters"),
        pytest.param("，。", [], id="marks only"),
    ],
)
def test_bigrams(text: str, tokens: list[str]) -> None:
    assert bigrams(text) == tokens


def test_words_are_dictionary_words() -> None:
    assert words("工伤认定 申请表") == ["工伤", "认定", "申请表"]


def test_words_survive_a_lone_surrogate() -> None:
    assert "养老保险" in words("养老保险\ud800")
