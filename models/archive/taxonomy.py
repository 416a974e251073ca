"""Insurance types and material types, read from `models/reference`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from models.archive.levels import Line, Retention


@dataclass(frozen=True, slots=True)
class InsuranceType:
    name: str
    lines: frozenset[Line]
    said_as: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MaterialType:
    """One row of the material table; ``verified`` speaks of the retention period."""

    name: str
    title: str
    insurance: str
    class_name: str
    class_code: str
    retention: Retention
    verified: bool
    said_as: tuple[str, ...]


@cache
def insurance_types() -> dict[str, InsuranceType]:
    """Return the seven insurance labels by name, in the order of the table."""
    return {
        row["name"]: InsuranceType(
            row["name"], frozenset(Line(line) for line in row["lines"]), tuple(row["said_as"])
        )
        for row in _table("insurance.toml")["insurance"]
    }


@cache
def material_types() -> dict[str, MaterialType]:
    """Return the material types by name, in the order of the table."""
    return {
        row["name"]: MaterialType(
            name=row["name"],
            title=row["title"],
            insurance=row["insurance"],
            class_name=row["class"],
            class_code=row["class_code"],
            retention=Retention(row["retention"]),
            verified=row["verified"],
            said_as=tuple(row["said_as"]),
        )
        for row in _table("materials.toml")["material"]
    }


def material_called(words: str) -> MaterialType | None:
    """Return the material whose short name or full title is ``words``; None for anything else."""
    wanted = words.strip()
    for material in material_types().values():
        if wanted in (material.name, material.title):
            return material
    return None


def lines_of(insurances: tuple[str, ...]) -> frozenset[Line]:
    """Return every line competent for one of ``insurances``; unknown names and 其他 add none."""
    known = insurance_types()
    return frozenset[Line]().union(*(known[name].lines for name in insurances if name in known))


def _table(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files("models") / "reference" / name).read_text("utf-8"))
