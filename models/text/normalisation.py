"""Length-preserving normalisation: every code point becomes exactly one code point.

Offsets found in the normalised text are offsets of the text as given. NFKC as a whole is out of the
question: it turns one character into several (㈱, ½, ①月) and every span behind it would move.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

# Blanks that extraction tools and word processors leave between characters.
_BLANKS = (0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_DASHES = (*range(0x2010, 0x2016), 0x2043, 0x2212, 0xFE58, 0xFE63, 0xFF0D)
# The dot inside transliterated names is written in many ways.
_DOTS = (0x2022, 0x2027, 0x2219, 0x22C5, 0x30FB, 0xFF65)
# Radicals and compatibility ideographs that PDF fonts give instead of the ordinary character.
_LOOK_ALIKES = (*range(0x2E80, 0x2FE0), *range(0xF900, 0xFB00))


class Replacer:
    """Puts one character for another all over a text; fast where few different ones are to be replaced."""

    def __init__(self, table: Mapping[str, str]) -> None:
        """Take what stands for each character.

        Raises:
            ValueError: what stands for one would itself be replaced.
        """
        self._table = {character: plain for character, plain in table.items() if character != plain}
        if self._table.keys() & set(self._table.values()):
            raise ValueError("a replacement would be replaced")
        self._replaced = re.compile(f"[{''.join(map(re.escape, self._table))}]")

    def __call__(self, text: str) -> str:
        position = 0
        while (match := self._replaced.search(text, position)) is not None:
            text = text.replace(match.group(), self._table[match.group()])
            position = match.end()
        return text


@cache
def _plain() -> Replacer:
    table = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    for code in _LOOK_ALIKES:
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and plain != chr(code):
            table[chr(code)] = plain
    table.update(dict.fromkeys(map(chr, _BLANKS), " "))
    table.update(dict.fromkeys(map(chr, _DASHES), "-"))
    table.update(dict.fromkeys(map(chr, _DOTS), "·"))
    return Replacer(table)


def normalise(text: str) -> str:
    """Return ``text`` with full-width forms, blanks, dashes and name dots made plain.

    The result has the same length; letter case, 、 and 。 stay. Never fails: NUL and lone surrogates
    pass through.
    """
    return _plain()(text)
