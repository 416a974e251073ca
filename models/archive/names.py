"""What can be told of a Chinese name without knowing who bears it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _compound() -> frozenset[str]:
    text = (files("models") / "reference" / "surnames.toml").read_text("utf-8")
    return frozenset(tomllib.loads(text)["compound"].split())


def surname_of(name: str) -> str:
    """Return the surname of a name as it is written; '' for a name of one character and for names with ·."""
    if len(name) < 2 or "·" in name:
        return ""
    return name[:2] if len(name) > 2 and name[:2] in _compound() else name[0]
