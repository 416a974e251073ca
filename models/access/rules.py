"""The policy as data: which role sees which documents, each condition with the clause it rests on.

`policy_text.py` reads it from a policy file; `models/reference/policy.toml` is the one we ship.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.access.roles import Role
from models.archive.documents import DocumentState
from models.archive.levels import AccessLevel


class Condition(StrEnum):
    """What a document or an account is asked; every one has a clause in the policy."""

    ACCOUNT = "account"
    DUTY = "duty"
    PURPOSE = "purpose"
    REGION = "region"
    LINE = "line"
    LEVEL = "level"
    INSURANCE = "insurance"
    STATE = "state"
    GRANT = "grant"


LIFTABLE = frozenset({Condition.REGION, Condition.LINE, Condition.INSURANCE, Condition.LEVEL})
"""All a grant can ever lift: never duty, purpose, the account's term or a life-cycle state."""


class LineReach(StrEnum):
    """Which lines a rule shows."""

    OWN = "own"
    OWN_OR_UNKNOWN = "own_or_unknown"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Clause:
    """What a condition rests on; ``verified``: read in the source's own text."""

    title: str
    says: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class SightRule:
    """One way in which documents become visible; rules add up.

    ``purposes`` None: every purpose of the role, also none stated; else one of these must be stated.
    ``insurance_types`` None: all. ``ceiling``: the highest level this rule ever shows.
    """

    rule_id: str
    roles: frozenset[Role]
    lines: LineReach
    states: frozenset[DocumentState]
    ceiling: AccessLevel
    purposes: tuple[str, ...] | None
    insurance_types: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class GrantRule:
    """``lifts``: the conditions a grant lifts for its own documents; all others still hold."""

    lifts: frozenset[Condition]
    longest_days: int


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """``digest``: sha256 (hex) of the text it was read from."""

    name: str
    date: str
    digest: str
    clauses: Mapping[Condition, Clause]
    rules: tuple[SightRule, ...]
    grants: GrantRule
