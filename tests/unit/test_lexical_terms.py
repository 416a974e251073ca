"""What is indexed and asked for."""

from __future__ import annotations

import pytest

from indexer.lexical.terms import segmenter_version, terms_of


@pytest.mark.parametrize(
    ("text", "bigrams"),
    [
        pytest.param("工伤认定", ["工伤", "伤认", "认定"], id="overlapping pairs"),
        pytest.param("ＡＢＣ１２", ["abc12"], id="full-width becomes plain and small"),
        pytest.param("養老保險", ["養老", "老保", "保險"], id="traditional characters stay"),
        pytest.param("〔姓名〕退休", ["退休"], id="a placeholder says nothing"),
        pytest.param("发〔2019〕5号", ["发", "2019", "5", "号"], id="a document number is kept"),
        pytest.param("", [], id="empty"),
        pytest.param("😀，。\n", [], id="no letter at all"),
        pytest.param("\ud800工伤", ["工伤"], id="half of a surrogate pair"),
    ],
)
def test_bigrams(text: str, bigrams: list[str]) -> None:
    assert terms_of(text).bigrams == bigrams


def test_words_are_words_and_punctuation_is_none() -> None:
    assert terms_of("职工申请工伤认定，失业保险金。").words == [
        "职工",
        "申请",
        "工伤",
        "认定",
        "失业",
        "保险金",
    ]


def test_full_width_and_plain_ask_for_the_same() -> None:
    assert terms_of("ＡＢ－１２　养老") == terms_of("ab-12 养老")


def test_the_version_names_the_segmenter_and_what_it_does() -> None:
    assert segmenter_version().startswith("rjieba-")
    assert "+terms-" in segmenter_version()
