"""Traditional characters into simplified ones (OpenCC), keeping the length."""

from __future__ import annotations

from functools import cache
from typing import Protocol


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


def simplified(text: str) -> str:
    """Return ``text`` in simplified characters, of the same length; never fails."""
    if text.isascii() or "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        return text  # half of a surrogate pair is converted by nobody
    converted = _converter().convert(text)
    if len(converted) == len(text):
        return converted
    pieces = (_converter().convert(character) for character in text)
    return "".join(new if len(new) == 1 else old for old, new in zip(text, pieces, strict=True))


@cache
def _converter() -> _Converter:
    from opencc import OpenCC

    converter: _Converter = OpenCC("t2s")
    return converter
