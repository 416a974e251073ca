"""Families of templates, read from the TOML files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_VOCABULARY = "vocabulary.toml"
_PROVISIONS = "provisions.toml"
_LABEL_FILES = (
    "pension.toml",
    "medical.toml",
    "unemployment.toml",
    "injury.toml",
    "maternity.toml",
    "general.toml",
    "other.toml",
)


@dataclass(frozen=True, slots=True)
class Family:
    """Templates that share label and manner; ``kind`` as in `MadeText`."""

    name: str
    label: str
    secondary: tuple[str, ...]
    kind: str
    templates: tuple[str, ...]
    slots: Mapping[str, tuple[str, ...]]


@cache
def families() -> tuple[Family, ...]:
    """Return every family, in file order; its slots include the shared vocabulary."""
    shared = _slots(_table(_VOCABULARY))
    own = [family for name in _LABEL_FILES for family in _families_of(name, shared)]
    return (*own, *_provisions(shared))


def _families_of(name: str, shared: Mapping[str, tuple[str, ...]]) -> list[Family]:
    table = _table(name)
    slots = {**shared, **_slots(table)}
    return [
        Family(
            name=f"{name.removesuffix('.toml')}-{number}",
            label=table["label"],
            secondary=tuple(row.get("secondary", ())),
            kind=row["kind"],
            templates=tuple(row["templates"]),
            slots=slots,
        )
        for number, row in enumerate(table["family"])
    ]


def _provisions(shared: Mapping[str, tuple[str, ...]]) -> list[Family]:
    table = _table(_PROVISIONS)
    return [
        Family(
            name=f"provisions-{row['label']}",
            label=row["label"],
            secondary=(),
            kind="provision",
            templates=tuple(table["templates"]),
            slots={**shared, **{slot: tuple(words) for slot, words in row.items() if slot != "label"}},
        )
        for row in table["insurance"]
    ]


def _slots(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in table.get("slots", {}).items()}


def _table(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files("training") / "questions" / name).read_text("utf-8"))
