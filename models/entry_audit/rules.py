"""The rules as data: `entry_rules.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Severity(StrEnum):
    ERROR = "错误"
    WARNING = "警告"
    HINT = "提示"


@dataclass(frozen=True, slots=True)
class EntryRule:
    """One rule; ``says`` is a Chinese sentence with places for names of fields and codes."""

    id: str
    severity: Severity
    field: str
    says: str


@dataclass(frozen=True, slots=True)
class InOrder:
    """Labels of two dates of which the first must not be later."""

    first: tuple[str, ...]
    second: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryFinding:
    """A contradiction. ``page_no`` and ``start``–``end`` (code points, half-open) say where in the text.

    Never holds a value of personal data: ``says`` names fields, insurances, materials and periods only.
    """

    rule: str
    severity: Severity
    field: str
    says: str
    page_no: int | None = None
    start: int | None = None
    end: int | None = None


@cache
def entry_rules() -> dict[str, EntryRule]:
    """Return the rules by id."""
    return {
        row["id"]: EntryRule(row["id"], Severity(row["severity"]), row["field"], row["says"])
        for row in _table()["rule"]
    }


@cache
def dates_in_order() -> tuple[InOrder, ...]:
    return tuple(InOrder(tuple(row["first"]), tuple(row["second"])) for row in _table()["in_order"])


@cache
def owners() -> tuple[str, ...]:
    """Return words of a label that say whose it is."""
    return tuple(word for row in _table()["owner"] for word in row["words"])


def finding(
    rule: str, place: tuple[int, int, int] | None = None, *, field: str | None = None, **words: object
) -> EntryFinding:
    """Return a finding of ``rule``; ``place`` is page, start, end; ``words`` fill its sentence."""
    row = entry_rules()[rule]
    says = row.says.format(field=field or row.field, **words)
    page_no, start, end = place or (None, None, None)
    return EntryFinding(row.id, row.severity, field or row.field, says, page_no, start, end)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("models") / "reference" / "entry_rules.toml").read_text("utf-8"))
