"""Word lists of the generator, read from ``vocabulary/lists.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from models.privacy.detections import DetectionKind


@cache
def _lists() -> Mapping[str, Any]:
    text = (files("training.synthetic") / "vocabulary" / "lists.toml").read_text("utf-8")
    made: Mapping[str, Any] = tomllib.loads(text)
    return made


def items_of(name: str) -> list[str]:
    """Return the items of a list; KeyError if there is none of that name."""
    items: list[str] = _lists()["list"][name]
    return items


def kind_of(name: str) -> DetectionKind | None:
    """Return the kind of personal data a list holds, None for ordinary words."""
    kind = _lists()["kinds"].get(name)
    return DetectionKind(kind) if kind else None


@cache
def accidents() -> tuple[Mapping[str, str], ...]:
    """Return accident stories, each with the clause that fits it."""
    return tuple(_lists()["accident"])
