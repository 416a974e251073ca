"""The tokenizer that is written: XLM-R's normalisation, over the pieces kept."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer  # type: ignore[import-untyped]

from models.embedding.tokenizer import kept_rows, tokenizer_json

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "社", "保", "社保", "卡", "A", "1", "～", "<mask>"]
SCORES = [0.0, 0.0, 0.0, 0.0, -2.0, -5.0, -5.0, -6.0, -5.0, -7.0, -7.0, -8.0, 0.0]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_str(tokenizer_json(PIECES, SCORES))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("社保卡", ["▁", "社保", "卡"], id="the likelier piece wins"),
        pytest.param("Ａ１", ["▁", "A", "1"], id="full width equals half width"),
        pytest.param("社　保", ["▁", "社", "▁", "保"], id="ideographic space"),
        pytest.param("社 \t\n 保", ["▁", "社", "▁", "保"], id="white space merges"),
        pytest.param("社\x01\x7f保", ["▁", "社保"], id="control characters vanish"),
        pytest.param("社\u200b保", ["▁", "社", "▁", "保"], id="zero-width space"),
        pytest.param("1～1", ["▁", "1", "～", "1"], id="wave dash stays"),
        pytest.param("①", ["▁", "1"], id="circled digit"),
        pytest.param("<mask>", ["<mask>"], id="special tokens are recognised"),
    ],
)
def test_tokens(tokenizer: Tokenizer, text: str, tokens: list[str]) -> None:
    assert tokenizer.encode(text).tokens == ["<s>", *tokens, "</s>"]


def test_ids_are_positions(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("社保").ids == [0, PIECES.index("▁"), PIECES.index("社保"), 2]


def test_an_unknown_character_becomes_unk(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("鿿").ids == [0, PIECES.index("▁"), PIECES.index("<unk>"), 2]


def test_the_same_bytes_every_time() -> None:
    assert tokenizer_json(PIECES, SCORES) == tokenizer_json(list(PIECES), list(SCORES))


@pytest.mark.parametrize(
    ("piece", "kept"),
    [
        ("社会保险", True),
        ("▁", True),
        ("▁《", True),
        ("２", True),
        ("☑", True),
        ("▁the", True),
        ("社保card", False),
        ("▁привет", False),
        ("ไทย", False),
        ("한국", False),
    ],
)
def test_kept_pieces(piece: str, kept: bool) -> None:
    assert kept_rows(["<s>", "<pad>", "</s>", "<unk>", piece, "<mask>"]) == [0, 1, 2, 3, *[4] * kept, 5]


def test_rare_english_words_are_cut_but_letters_stay() -> None:
    pieces = ["社"] * 40_000 + ["zyzzyva", "▁Q"]
    assert kept_rows(pieces)[-2:] == [39_999, 40_001]
