"""Who may see which masked values in clear: alone, with a second person, or never. Pure; deny by default.

The rules are data (`models/reference/reveal.toml`); this module reads and combines them. That the document is
the principal's to see at all is asked elsewhere, of the store, at every opening.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from models.access.policy import profile_of
from models.access.principal import Duty, Principal, Role, role_rules
from models.access.rules import Clause
from models.archive.levels import AccessLevel
from models.privacy.detections import DetectionKind
from models.privacy.masking import profile


class Way(StrEnum):
    """How a kind may be shown."""

    ALONE = "alone"
    SECOND = "second"
    NEVER = "never"


class CatalogueField(StrEnum):
    """Values of the catalogue that lie sealed."""

    HOLDER_NAME = "holder_name"
    HOLDER_ID = "holder_id"
    EMPLOYER = "employer"


@dataclass(frozen=True, slots=True)
class RevealRule:
    """One way in which values may be shown; rules add up. ``second`` never contains what is ``alone``."""

    rule_id: str
    roles: frozenset[Role]
    purposes: frozenset[str]
    alone: frozenset[DetectionKind]
    second: frozenset[DetectionKind]
    emergency: bool


@dataclass(frozen=True, slots=True)
class RevealLimits:
    """``own``, ``approved``: how long values may be opened; ``waiting``: until a request lapses.

    Counts are of one account in any 24 hours; lengths are in characters.
    """

    own: timedelta
    approved: timedelta
    waiting: timedelta
    review_within: timedelta
    per_day: int
    emergencies_per_day: int
    reason: range
    case_no: range


@dataclass(frozen=True, slots=True, eq=False)
class RevealRules:
    """``second_from``: the access level from which on every kind takes a second person."""

    clauses: Mapping[str, Clause]
    rules: tuple[RevealRule, ...]
    limits: RevealLimits
    second_from: AccessLevel
    catalogue: Mapping[CatalogueField, DetectionKind]


def way_of(rules: RevealRules, principal: Principal, kind: DetectionKind, level: AccessLevel) -> Way:
    """Return how values of ``kind`` in a document of ``level`` may be shown to the principal.

    It depends on nothing the document holds, so the answer says nothing about it. What the principal's
    masking profile shows anyway is ALONE wherever anything may be shown at all.
    """
    fitting = _fitting(rules, principal)
    if not any(kind in rule.alone | rule.second for rule in fitting):
        return Way.NEVER
    if not profile(profile_of(principal)).operators[kind].hides:
        return Way.ALONE
    alone = level < rules.second_from and any(kind in rule.alone for rule in fitting)
    return Way.ALONE if alone else Way.SECOND


def never_shown(
    rules: RevealRules, principal: Principal, kinds: Collection[DetectionKind]
) -> list[DetectionKind]:
    """Return those of the kinds that no rule lets the principal see, whatever the document."""
    return [
        k
        for k in DetectionKind
        if k in kinds and way_of(rules, principal, k, AccessLevel.PUBLIC) is Way.NEVER
    ]


def needs_second(
    rules: RevealRules, principal: Principal, kinds: Collection[DetectionKind], level: AccessLevel
) -> bool:
    """Whether one of the kinds takes a second person's approval."""
    return any(way_of(rules, principal, kind, level) is Way.SECOND for kind in kinds)


def may_break_glass(rules: RevealRules, principal: Principal, kinds: Collection[DetectionKind]) -> bool:
    """Whether every one of the kinds may be opened at once in an emergency."""
    fitting = [rule for rule in _fitting(rules, principal) if rule.emergency]
    return bool(kinds) and all(any(k in rule.alone | rule.second for rule in fitting) for k in kinds)


def _fitting(rules: RevealRules, principal: Principal) -> list[RevealRule]:
    """Return the rules for the stated purpose, which must be one of a role that the rule names.

    A token limited to some duties is a machine's: nothing fits it, even if it had the duty.
    """
    if principal.limited_to is not None or Duty.REVEAL not in principal.duties:
        return []
    table = role_rules()
    stated = {role for role in principal.roles if principal.purpose in table[role].purposes}
    holding = {role for role in stated if Duty.REVEAL in table[role].duties}
    return [r for r in rules.rules if principal.purpose in r.purposes and r.roles & holding]


@cache
def reveal_rules() -> RevealRules:
    """Return the shipped rules.

    Raises:
        ValueError: a kind is in no tier or in two, or a rule names a role without the duty, a purpose of
            none of its roles, or a tier both ways.
    """
    table = tomllib.loads((files("models") / "reference" / "reveal.toml").read_text("utf-8"))
    tiers = {name: frozenset(map(DetectionKind, kinds)) for name, kinds in table["tiers"].items()}
    if sorted(kind for kinds in tiers.values() for kind in kinds) != sorted(DetectionKind):
        raise ValueError("reveal.toml: every kind belongs to exactly one tier")
    return RevealRules(
        clauses={name: Clause(**row) for name, row in table["clauses"].items()},
        rules=tuple(_rule(row, tiers) for row in table["rules"]),
        limits=_limits(table["limits"]),
        second_from=AccessLevel.of(table["second_from"]["access_level"]),
        catalogue={CatalogueField(f): DetectionKind(kind) for f, kind in table["catalogue"].items()},
    )


def _rule(row: Mapping[str, Any], tiers: Mapping[str, frozenset[DetectionKind]]) -> RevealRule:
    def kinds(names: list[str]) -> frozenset[DetectionKind]:
        return frozenset[DetectionKind]().union(*(tiers[name] for name in names))

    roles, purposes = frozenset(map(Role, row["roles"])), frozenset(row["purposes"])
    table = role_rules()
    known = {purpose for role in roles for purpose in table[role].purposes}
    if not purposes <= known or any(Duty.REVEAL not in table[role].duties for role in roles):
        raise ValueError(f"reveal.toml: rule {row['id']} names a role or purpose that does not fit")
    alone, second = kinds(row["alone"]), kinds(row["second"])
    if alone & second:
        raise ValueError(f"reveal.toml: rule {row['id']} names a tier both ways")
    return RevealRule(row["id"], roles, purposes, alone, second, row["emergency"])


def _limits(row: Mapping[str, int]) -> RevealLimits:
    return RevealLimits(
        own=timedelta(minutes=row["minutes"]),
        approved=timedelta(minutes=row["approved_minutes"]),
        waiting=timedelta(hours=row["waiting_hours"]),
        review_within=timedelta(hours=row["review_within_hours"]),
        per_day=row["per_day"],
        emergencies_per_day=row["emergencies_per_day"],
        reason=range(row["reason_least"], row["reason_most"] + 1),
        case_no=range(row["case_least"], row["case_most"] + 1),
    )
