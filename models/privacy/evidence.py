"""What the officer reads instead of evidence words and names of recognizers: `privacy_evidence.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def evidence_names() -> Mapping[str, str]:
    """Return the Chinese name of each word; a word without one is shown as it is."""
    path = files("models") / "reference" / "privacy_evidence.toml"
    names: dict[str, str] = tomllib.loads(path.read_text("utf-8"))["names"]
    return names
