"""The tokenizer of the built-in model: XLM-R Unigram, cut down to Chinese and frequent English.

Most of the 250,002 pieces belong to scripts that Chinese records never hold. Cutting them changes no
vector of a text written in the kept ones; it makes the embedding table seven times smaller.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
MASK = "<mask>"
MAX_TOKENS = 512

_SPACE_MARK = "▁"
_METASPACE = {"type": "Metaspace", "replacement": _SPACE_MARK, "prepend_scheme": "always", "split": True}
_WAVE_DASH = "～"
_WAVE_DASH_KEEPER = "\ue000"
_FREQUENT_ENGLISH = 30_000
"""Pieces are ordered by frequency over all languages; ASCII words beyond this rank are cut."""
_AS_SPACE = "[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"
_REMOVED = "[\x00-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"


def kept_rows(pieces: Sequence[str]) -> list[int]:
    """Return the numbers of the pieces to keep, ascending; special tokens always among them."""
    special = {*SPECIAL, MASK}
    return [
        row
        for row, piece in enumerate(pieces)
        if piece in special or _is_chinese_or_symbol(piece) or _is_frequent_english(piece, row)
    ]


def _is_chinese_or_symbol(piece: str) -> bool:
    return all(_is_han(c) or unicodedata.category(c)[0] in "PSN" for c in piece.replace(_SPACE_MARK, ""))


def _is_frequent_english(piece: str, row: int) -> bool:
    bare = piece.replace(_SPACE_MARK, "")
    return bare.isascii() and (row < _FREQUENT_ENGLISH or len(bare) == 1)


def _is_han(character: str) -> bool:
    code = ord(character)
    return 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF


def tokenizer_json(pieces: Sequence[str], scores: Sequence[float]) -> str:
    """Return the ``tokenizer.json`` of a fast tokenizer; ids are positions in ``pieces``.

    Written here, not by the ``tokenizers`` library, so that its bytes stay the same for every version.
    """
    stated = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special(pieces.index(token), token) for token in (*SPECIAL, MASK)],
        "normalizer": {"type": "Sequence", "normalizers": _normalizers()},
        "pre_tokenizer": _METASPACE,
        "post_processor": _template(),
        "decoder": _METASPACE,
        "model": {
            "type": "Unigram",
            "unk_id": SPECIAL.index("<unk>"),
            "vocab": [list(entry) for entry in zip(pieces, scores, strict=True)],
            "byte_fallback": False,
        },
    }
    return json.dumps(stated, ensure_ascii=False) + "\n"


def _special(token_id: int, content: str) -> dict[str, object]:
    off = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": token_id, "content": content, **off, "special": True}


def _normalizers() -> list[dict[str, object]]:
    """NFKC with the exceptions of SentencePiece's ``nmt_nfkc``: controls go, ～ stays, spaces merge."""
    return [
        _replace({"Regex": _AS_SPACE}, " "),
        _replace({"Regex": _REMOVED}, ""),
        _replace({"String": _WAVE_DASH}, _WAVE_DASH_KEEPER),
        {"type": "NFKC"},
        _replace({"String": _WAVE_DASH_KEEPER}, _WAVE_DASH),
        _replace({"Regex": " {2,}"}, " "),
    ]


def _replace(pattern: dict[str, str], content: str) -> dict[str, object]:
    return {"type": "Replace", "pattern": pattern, "content": content}


def _template() -> dict[str, object]:
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    begin, end = ({"SpecialToken": {"id": name, "type_id": 0}} for name in ("<s>", "</s>"))
    tokens = {name: {"id": name, "ids": [SPECIAL.index(name)], "tokens": [name]} for name in ("<s>", "</s>")}
    return {
        "type": "TemplateProcessing",
        "single": [begin, first, end],
        "pair": [begin, first, end, end, second, end],
        "special_tokens": tokens,
    }
