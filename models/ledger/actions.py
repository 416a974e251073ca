"""What was done, and how it ended, in the words of people (`models/reference/audit_actions.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from models import errors
from models.access.roles import Role, role_rules
from models.privacy.classes import class_of
from models.privacy.detections import DetectionKind


class ActionKind(StrEnum):
    LOOK = "look"
    ACT = "act"
    TEXT = "text"
    ACCOUNT = "account"
    LEDGER = "ledger"
    HOUSE = "house"


@dataclass(frozen=True, slots=True)
class Action:
    code: str
    name: str
    kind: ActionKind


@cache
def actions() -> dict[str, Action]:
    """Return every action by its code."""
    return {
        code: Action(code, row["name"], ActionKind(row["kind"])) for code, row in _table()["actions"].items()
    }


def action_name(code: str) -> str:
    """Return the Chinese name, with that of the kind in ``reveal_open:PERSON``; unknown codes as they are."""
    begun, _, kind = code.partition(":")
    known = actions().get(begun)
    if known is None or not kind:
        return known.name if known else code
    return f"{known.name}（{class_of(DetectionKind(kind)).name if kind in set(DetectionKind) else kind}）"


def outcome_name(code: str) -> str:
    """Return the Chinese name of an outcome: one of the table, or the title of an error."""
    return _outcomes().get(code, code)


def role_names(roles: str) -> str:
    """Return the titles of posts given as codes with commas; '' for none (the operator of the machine)."""
    known = {role.value for role in Role}
    return "、".join(role_rules()[Role(r)].title if r in known else r for r in roles.split(",") if r)


@cache
def _outcomes() -> dict[str, str]:
    tree = {
        kind.code: kind.title
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.ArchiveError)
    }
    named: dict[str, str] = _table()["outcomes"]
    return tree | named


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("models") / "reference" / "audit_actions.toml").read_text("utf-8"))
