"""Who is asking: the principal of one request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models.access.grants import Grant
from models.access.policy_text import shipped_policy
from models.access.roles import Duty, Role, RoleRule, check_compatible, role_rules
from models.access.rules import Policy
from models.archive.levels import AccessLevel, Line

__all__ = ["Duty", "Principal", "Role", "RoleRule", "check_compatible", "role_rules"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The person or system behind one request; everything the policy may look at.

    ``region_prefixes`` empty means no region, hence no document. ``expires_at`` is UTC.
    ``limited_to``: the duties of the token it came with; None for a person who logged in.
    ``policy`` and ``grants`` are those of the moment it was read from the store.
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
    policy: Policy = field(default_factory=shipped_policy, repr=False, compare=False)
    grants: tuple[Grant, ...] = field(default=(), repr=False, compare=False)

    @property
    def duties(self) -> frozenset[Duty]:
        rules = role_rules()
        held = frozenset[Duty]().union(*(rules[role].duties for role in self.roles))
        return held if self.limited_to is None else held & self.limited_to
