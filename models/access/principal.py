"""Who is asking: roles with their duties, and the principal of one request."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files

from models.archive.documents import DocumentState
from models.archive.levels import AccessLevel, Line
from models.errors import InvalidInput


class Role(StrEnum):
    CLERK = "clerk"
    REVIEWER = "reviewer"
    ARCHIVIST = "archivist"
    PRIVACY_OFFICER = "privacy_officer"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    PARTNER = "partner"
    SUPERVISOR = "supervisor"
    INTAKE = "intake"


class Duty(StrEnum):
    SEARCH = "search"
    READ = "read"
    CLASSIFY = "classify"
    DETECT = "detect"
    DEPOSIT = "deposit"
    REVIEW = "review"
    REVIEW_DETECTIONS = "review_detections"
    STATISTICS = "statistics"
    OPERATE = "operate"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_AUDIT = "read_audit"


class LineReach(StrEnum):
    """Which lines a role sees."""

    OWN = "own"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RoleRule:
    """One row of `models/reference/roles.toml`."""

    role: Role
    title: str
    duties: frozenset[Duty]
    lines: LineReach
    unknown_line: bool
    states: frozenset[DocumentState]
    profile: str
    clearance: AccessLevel
    purposes: tuple[str, ...]
    excludes: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Principal:
    """The person or system behind one request; everything the policy may look at.

    ``region_prefixes`` empty means no region, hence no document. ``expires_at`` is UTC.
    ``limited_to``: the duties of the token it came with; None for a person who logged in.
    """

    subject: str
    roles: frozenset[Role]
    line: Line | None = None
    region_prefixes: tuple[str, ...] = ()
    clearance: AccessLevel = AccessLevel.PUBLIC
    purpose: str = ""
    case_no: str | None = None
    expires_at: datetime | None = None
    limited_to: frozenset[Duty] | None = None

    @property
    def duties(self) -> frozenset[Duty]:
        rules = role_rules()
        held = frozenset[Duty]().union(*(rules[role].duties for role in self.roles))
        return held if self.limited_to is None else held & self.limited_to


@cache
def role_rules() -> dict[Role, RoleRule]:
    """Return every role's rule; a role missing from the table is an error at start-up."""
    table = tomllib.loads((files("models") / "reference" / "roles.toml").read_text("utf-8"))
    return {role: _rule(role, table["roles"][role.value]) for role in Role}


def check_compatible(roles: frozenset[Role]) -> None:
    """Raise InvalidInput where one account would hold roles that exclude each other (三员分立)."""
    for role in roles:
        clash = role_rules()[role].excludes & roles
        if clash:
            names = "、".join(sorted(role_rules()[r].title for r in clash | {role}))
            raise InvalidInput(f"同一账号不能兼任{names}（三员分立），请分设账号。")


def _rule(role: Role, row: dict[str, list[str] | str | bool]) -> RoleRule:
    def many(key: str) -> list[str]:
        value = row.get(key, [])
        return value if isinstance(value, list) else []

    return RoleRule(
        role=role,
        title=str(row["title"]),
        duties=frozenset(Duty(duty) for duty in many("duties")),
        lines=LineReach(str(row["lines"])),
        unknown_line=bool(row.get("unknown_line", False)),
        states=frozenset(DocumentState(state) for state in many("states")),
        profile=str(row["profile"]),
        clearance=AccessLevel.of(str(row["clearance"])),
        purposes=tuple(many("purposes")),
        excludes=frozenset(Role(other) for other in many("excludes")),
    )
