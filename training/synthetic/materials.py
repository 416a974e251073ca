"""What is written in each material type, read from the vocabulary files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_FILES = ("pension", "medical", "unemployment", "injury", "maternity", "general")


@dataclass(frozen=True, slots=True)
class Writing:
    """How one material is written.

    ``subject`` is person, employer, roster or figures; ``fields`` are ``标签|标签={slot}``; ``said`` are
    paragraphs of officials, ``told`` of applicants, ``note`` of clerks; ``age`` in years at the forming date;
    ``accidents`` limits the stories that fit, empty for any.
    """

    name: str
    titles: tuple[str, ...]
    fields: tuple[str, ...]
    said: tuple[str, ...]
    told: tuple[str, ...]
    note: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    say_around_rows: tuple[str, ...]
    subject: str
    level: str
    since: int
    age: tuple[int, int]
    sex: str | None
    retiring: bool
    early: bool
    decision: bool
    accidents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Combination:
    """A second insurance and the paragraphs that bring it in."""

    first: str
    second: str
    text: tuple[str, ...]
    materials: tuple[str, ...]
    sex: str | None
    age: tuple[int, int] | None


@cache
def writings() -> Mapping[str, Writing]:
    """Return every material's writing by its short name."""
    return {name: _writing(name, row) for file in _FILES for name, row in _toml(file).items()}


@cache
def combinations(insurance: str, material: str) -> tuple[Combination, ...]:
    """Return the second insurances that go with a material of ``insurance``; none for 综合."""
    made = [
        Combination(
            first=row["first"],
            second=row["second"],
            text=tuple(row["text"]),
            materials=tuple(row.get("materials", ())),
            sex=row.get("sex"),
            age=tuple(row["age"]) if "age" in row else None,
        )
        for row in _toml("combinations")["combination"]
    ]
    return tuple(c for c in made if c.first == insurance and (not c.materials or material in c.materials))


@cache
def common() -> Mapping[str, list[str]]:
    """Return fields and frames shared by all materials."""
    return _toml("common")


def _writing(name: str, row: Mapping[str, Any]) -> Writing:
    low, high = row.get("age", (22, 58))
    return Writing(
        name=name,
        titles=tuple(row["titles"]),
        fields=tuple(row.get("fields", ())),
        said=tuple(row["said"]),
        told=tuple(row.get("told", ())),
        note=tuple(row.get("note", ())),
        columns=tuple(row.get("columns", ())),
        rows=tuple(row.get("rows", ())),
        say_around_rows=tuple(row.get("say_around_rows", ())),
        subject=row.get("subject", "person"),
        level=row["level"],
        since=row.get("since", 1998),
        age=(low, high),
        sex=row.get("sex"),
        retiring=row.get("retiring", False),
        early=row.get("early", False),
        decision=row.get("decision", False),
        accidents=tuple(row.get("accidents", ())),
    )


def _toml(name: str) -> Mapping[str, Any]:
    text = (files("training.synthetic") / "vocabulary" / f"{name}.toml").read_text("utf-8")
    made: Mapping[str, Any] = tomllib.loads(text)
    return made
