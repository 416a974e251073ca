"""Pinyin of Chinese text (pypinyin), without tones."""

from __future__ import annotations


def syllables(text: str) -> list[str]:
    """Return one syllable per character, in lower case; a character without one stands for itself.

    Readings follow the words around a character (重庆 is chong qing).
    """
    from pypinyin import Style, lazy_pinyin

    # A list is what the documentation asks for and the stubs do not know.
    return list(lazy_pinyin(text, style=Style.NORMAL, errors=list))  # type: ignore[arg-type]
