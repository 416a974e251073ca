"""Length-preserving normalisation: every code point becomes exactly one code point.

Offsets found in the normalised text are offsets of the text as given. NFKC as a whole is out of the
question: it turns one character into several (㈱, ½, ①月) and every span behind it would move.
"""

from __future__ import annotations

import unicodedata
from functools import cache

# Blanks that extraction tools and word processors leave between characters.
_BLANKS = (0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_DASHES = (*range(0x2010, 0x2016), 0x2043, 0x2212, 0xFE58, 0xFE63, 0xFF0D)
# The dot inside transliterated names is written in many ways.
_DOTS = (0x2022, 0x2027, 0x2219, 0x22C5, 0x30FB, 0xFF65)
# Radicals and compatibility ideographs that PDF fonts give instead of the ordinary character.
_LOOK_ALIKES = (*range(0x2E80, 0x2FE0), *range(0xF900, 0xFB00))


@cache
def _table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    for code in _LOOK_ALIKES:
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1:
            table[code] = plain
    table.update(dict.fromkeys(_BLANKS, " "))
    table.update(dict.fromkeys(_DASHES, "-"))
    table.update(dict.fromkeys(_DOTS, "·"))
    return table


def normalise(text: str) -> str:
    """Return ``text`` with full-width forms, blanks, dashes and name dots made plain.

    The result has the same length; letter case, 、 and 。 stay. Never fails: NUL and lone surrogates
    pass through.
    """
    return text.translate(_table())
