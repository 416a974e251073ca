"""Numbers in a question that name a person: they are neither searched nor written down in clear.

Erring towards too many is safe here: a number taken for one is only not searched for.
Forms: GB 11643-1999 (18 characters, formerly 15), bank cards of 16 to 19 digits, mobile numbers.
"""

from __future__ import annotations

import re

from models.text.normalisation import normalise

_EDGE, _END = r"(?<![\dA-Za-z])", r"(?![\dA-Za-z])"
_FORMS = tuple(
    re.compile(_EDGE + form + _END, re.ASCII)
    for form in (
        r"\d{6} ?\d{8} ?\d{3}[\dXx]",
        r"\d{15,19}[Xx]?",
        r"\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?",
        r"(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}",
        r"[A-Z]\d{8}",  # passport and travel permits; the social security card of most provinces
    )
)


def identity_spans(text: str) -> list[tuple[int, int]]:
    """Return half-open spans of numbers that may name a person, in text order, without overlaps."""
    plain = normalise(text)
    found = sorted({match.span() for form in _FORMS for match in form.finditer(plain)})
    kept: list[tuple[int, int]] = []
    for start, end in found:
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept


def without_identity(text: str) -> str:
    """Return ``text`` with every such number blanked, of the same length."""
    for start, end in identity_spans(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text
