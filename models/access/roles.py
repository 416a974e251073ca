"""Roles and duties: what a post may do. What it sees is the policy's (`rules.py`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from models.archive.levels import AccessLevel
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
    FIND_PERSON = "find_person"
    CLASSIFY = "classify"
    DETECT = "detect"
    DEPOSIT = "deposit"
    DISPOSE = "dispose"
    REVIEW = "review"
    REVIEW_DETECTIONS = "review_detections"
    STATISTICS = "statistics"
    OPERATE = "operate"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_AUDIT = "read_audit"
    SUPERVISE = "supervise"
    ISSUE_RECEIPTS = "issue_receipts"
    REVEAL = "reveal"
    APPROVE_REVEALS = "approve_reveals"
    REVIEW_REVEALS = "review_reveals"


@dataclass(frozen=True, slots=True)
class RoleRule:
    """One row of `models/reference/roles.toml`."""

    role: Role
    title: str
    duties: frozenset[Duty]
    profile: str
    clearance: AccessLevel
    purposes: tuple[str, ...]
    excludes: frozenset[Role]
    second_factor: bool = False
    """Whether a person with this role has to show a second factor (roles.toml names the clause)."""


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


def needs_second_factor(roles: frozenset[Role]) -> bool:
    """Whether one of the roles asks for a second factor."""
    return any(role_rules()[role].second_factor for role in roles)


def _rule(role: Role, row: dict[str, list[str] | str | bool]) -> RoleRule:
    def many(key: str) -> list[str]:
        value = row.get(key, [])
        return value if isinstance(value, list) else []

    return RoleRule(
        role=role,
        title=str(row["title"]),
        duties=frozenset(Duty(duty) for duty in many("duties")),
        profile=str(row["profile"]),
        clearance=AccessLevel.of(str(row["clearance"])),
        purposes=tuple(many("purposes")),
        excludes=frozenset(Role(other) for other in many("excludes")),
        second_factor=row.get("second_factor", False) is True,
    )
