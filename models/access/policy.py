"""From a principal to a scope: pure, deny by default, explained.

The rules are the rows of `models/reference/roles.toml`; this module only combines them.
Default visibility (domain rules, 社会保险经办条例 arts. 4, 35–38): own line × region prefix ×
access level × life-cycle state; a role without that row, and an account without region, sees nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.access.facts import DocumentFacts
from models.access.principal import Duty, LineReach, Principal, RoleRule, role_rules
from models.access.scope import (
    NOTHING,
    AllOf,
    AnyOf,
    LevelAtMost,
    LineIs,
    LineUnknown,
    Predicate,
    RegionIn,
    StateIn,
    holds,
)
from models.archive.documents import DocumentState
from models.archive.levels import Line
from models.archive.regions import full_name
from models.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a scope with the sentence that says why a document fails it."""

    predicate: Predicate
    otherwise: str


def scope_of(principal: Principal, now: datetime) -> Predicate:
    """Return the predicate of everything the principal may find at ``now`` (UTC).

    Roles that have the stated purpose add up: a document is visible when one of them shows it. No
    role, no region, a purpose no role has, or an expired account gives NOTHING.
    """
    if _hindrance(principal, now):
        return NOTHING
    return AnyOf(
        tuple(
            AllOf(tuple(clause.predicate for clause in branch))
            for rule in _roles_for_purpose(principal)
            for branch in _branches(rule, principal)
        )
    )


def profile_of(principal: Principal) -> str:
    """Return the masking profile of what the principal reads; the strict one where roles disagree."""
    profiles = {role_rules()[role].profile for role in principal.roles}
    return profiles.pop() if len(profiles) == 1 else "public"


def require(principal: Principal, duty: Duty, now: datetime) -> None:
    """Raise Forbidden unless one of the principal's roles has the duty and the account is in force."""
    if principal.expires_at is not None and principal.expires_at <= now:
        raise Forbidden("账号授权已到期，请联系安全管理员续期。")
    if duty not in principal.duties:
        raise Forbidden("当前岗位没有此项职责；如工作需要，请联系安全管理员调整岗位。")


def reasons_against(principal: Principal, facts: DocumentFacts, now: datetime) -> tuple[str, ...]:
    """Return, in Chinese, why the principal does not see the document; empty when it is visible.

    For operators and demonstrations only: the sentences speak about the document, so they are
    never part of an answer to the principal.
    """
    hindrance = _hindrance(principal, now)
    if hindrance:
        return (hindrance,)
    shortest: tuple[str, ...] | None = None
    for rule in _roles_for_purpose(principal):
        for branch in _branches(rule, principal):
            failed = tuple(clause.otherwise for clause in branch if not holds(clause.predicate, facts))
            if not failed:
                return ()
            if shortest is None or len(failed) < len(shortest):
                shortest = failed
    return shortest or ("没有可查档案的岗位",)


def _hindrance(principal: Principal, now: datetime) -> str:
    if principal.expires_at is not None and principal.expires_at <= now:
        return "账号授权已到期"
    if not _document_roles(principal):
        titles = "、".join(sorted(role_rules()[role].title for role in principal.roles)) or "无岗位"
        return f"{titles}不能检索档案内容"
    if not any(principal.region_prefixes):
        return "账号没有行政区划范围"
    if not _roles_for_purpose(principal):
        return f"岗位没有“{principal.purpose}”这一用途"
    return ""


def _roles_for_purpose(principal: Principal) -> list[RoleRule]:
    """Return the roles the stated purpose belongs to; without one, every role that shows documents."""
    rules = _document_roles(principal)
    return [rule for rule in rules if not principal.purpose or principal.purpose in rule.purposes]


def _document_roles(principal: Principal) -> list[RoleRule]:
    if Duty.SEARCH not in principal.duties:
        return []
    rules = (role_rules()[role] for role in sorted(principal.roles))
    return [rule for rule in rules if rule.lines is not LineReach.NONE and Duty.SEARCH in rule.duties]


def _branches(rule: RoleRule, principal: Principal) -> list[list[Clause]]:
    """Return the alternatives by which a role shows a document, each a list of conditions."""
    prefixes = tuple(prefix for prefix in principal.region_prefixes if prefix)
    common = [
        Clause(RegionIn(prefixes), f"不在辖区 {'、'.join(full_name(p) or p for p in prefixes)} 内"),
        Clause(LevelAtMost(principal.clearance), f"访问级别高于账号的“{principal.clearance.label}”"),
    ]
    branches = []
    if DocumentState.HELD in rule.states:
        held = Clause(StateIn(frozenset({DocumentState.HELD})), "文件尚未著录完成或已停用")
        branches.append([_line_clause(rule, principal.line), *common, held])
    if DocumentState.TO_BE_CATALOGUED in rule.states:
        waiting = Clause(StateIn(frozenset({DocumentState.TO_BE_CATALOGUED})), "文件不在待著录状态")
        branches.append([*common, waiting])
    return branches


def _line_clause(rule: RoleRule, line: Line | None) -> Clause:
    if rule.lines is LineReach.ALL:
        return Clause(AllOf(()), "")
    if line is None:
        return Clause(NOTHING, "账号没有条线")
    own: Predicate = LineIs(line)
    if rule.unknown_line:
        own = AnyOf((own, LineUnknown()))
    other = Line.MEDICAL if line is Line.HRSS else Line.HRSS
    return Clause(own, f"条线不符：{line.label}账号不可见只属{other.label}条线的文件")
