"""What follows from a material by rule: class of the annex, retention and its source, when it falls due."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from models.archive.levels import Retention
from models.archive.taxonomy import material_types


@dataclass(frozen=True, slots=True)
class Consequences:
    """``verified``: the period was read at its source. ``due_on``: None where permanent or not yet dated."""

    class_name: str
    class_code: str
    retention: Retention
    verified: bool
    source: str
    due_on: date | None


def consequences_of(material_type: str | None, formed_on: date | None = None) -> Consequences | None:
    """Return what the rule says of a material; None for an unknown one or none.

    Args:
        material_type: short name in the table of materials.
        formed_on: day the file was formed; the term runs from 1 January of the year after.
    """
    material = material_types().get(material_type or "")
    if material is None:
        return None
    return Consequences(
        class_name=material.class_name,
        class_code=material.class_code,
        retention=material.retention,
        verified=material.verified,
        source=f"{_source()}，第{material.class_name}类",
        due_on=material.retention.due_on(formed_on) if formed_on else None,
    )


@cache
def _source() -> str:
    table = tomllib.loads((files("models") / "reference" / "materials.toml").read_text("utf-8"))
    return str(table["source"])
