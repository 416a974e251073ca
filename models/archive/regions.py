"""Administrative divisions (行政区划): names, full names and the prefix order of 分级负责.

Codes: 2 digits province, 4 prefecture, 6 county (GB/T 2260), 9 township or street (GB/T 10114).
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_CODE = re.compile(r"\d{2}(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?", re.ASCII)
_PSEUDO = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@cache
def names() -> dict[str, str]:
    """Return every known code with its own name, in code order."""
    text = (files("models") / "reference" / "regions.tsv").read_text("utf-8")
    rows = (line.partition("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {code: name for code, _, name in rows}


def is_code(code: str) -> bool:
    """Whether ``code`` has the form of a region code (2, 4, 6, 9 or 12 digits)."""
    return _CODE.fullmatch(code) is not None


def within(code: str, prefix: str) -> bool:
    """Whether the region ``code`` lies in ``prefix``; what is no region code (empty, 5) holds nothing."""
    return is_code(prefix) and code.startswith(prefix)


def is_pseudo(code: str) -> bool:
    """Whether a code stands for no authority of its own: 5001, 5002 of a municipality, 4290 and its like."""
    return names().get(code) in _PSEUDO


def jurisdictions(code: str) -> tuple[str, ...]:
    """Return the codes of the authorities in charge of a place, its own level first (分级负责).

    What is only a heading in the table is left out: 429004 (仙桃) answers to 42, 500111 (大足) to 50.
    """
    levels = (code[:length] for length in (12, 9, 6, 4, 2) if len(code) >= length)
    return tuple(level for level in levels if is_code(code) and not is_pseudo(level))


def full_name(code: str) -> str:
    """Return the name from province down (重庆市大足区龙岗街道); unknown levels are left out."""
    known = names()
    parts = [known.get(code[:length], "") for length in (2, 4, 6, 9) if len(code) >= length]
    return "".join(part for part in parts if part not in _PSEUDO)
