"""From a principal to a scope: pure, deny by default, explained.

The rules are data (`models/reference/policy.toml`, or the policy activated in the archive); this module
only combines them. Default visibility: own line × region prefix × access level × life-cycle state; a role
without a rule, and an account without region, sees nothing. Grants open their own documents beyond that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.access.principal import Duty, Principal, role_rules
from models.access.rules import Condition, LineReach, SightRule
from models.access.scope import (
    EVERYTHING,
    NOTHING,
    AllOf,
    AnyOf,
    InsuranceIn,
    LevelAtMost,
    LineIs,
    LineUnknown,
    Predicate,
    RegionIn,
    StateIn,
)
from models.archive.documents import DocumentState
from models.archive.levels import Line
from models.archive.regions import full_name
from models.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Demand:
    """One condition a rule makes of a document, with what is said when it holds and when it fails."""

    condition: Condition
    predicate: Predicate
    so: str
    otherwise: str


def scope_of(principal: Principal, now: datetime) -> Predicate:
    """Return the predicate of everything the principal's post shows at ``now`` (UTC), grants aside.

    Rules that fit roles and purpose add up: a document is visible when one of them shows it. No rule,
    no region, a purpose no role has, or an expired account gives NOTHING.
    """
    if hindrance(principal, now):
        return NOTHING
    return AnyOf(
        tuple(AllOf(tuple(d.predicate for d in demands(r, principal))) for r in rules_for(principal))
    )


def reach_of(principal: Principal, now: datetime) -> Predicate:
    """Return the predicate of everything the principal may find and read: scope and grants in force.

    A grant opens its own documents only, and only past the conditions the policy lets grants lift: no
    duty, no purpose, no state, and no higher level unless the policy says so.
    """
    covers = tuple(grant.covers for grant in principal.grants if grant.holds_at(now))
    if not covers or hindrance(principal, now):
        return scope_of(principal, now)
    named = AnyOf(covers)
    opened = (AllOf((named, *(d.predicate for d in unlifted(r, principal)))) for r in rules_for(principal))
    return AnyOf((scope_of(principal, now), *opened))


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


def hindrance(principal: Principal, now: datetime) -> tuple[Condition, str] | None:
    """Return what keeps the account from every document, with the sentence that says so."""
    if principal.expires_at is not None and principal.expires_at <= now:
        return Condition.ACCOUNT, "账号授权已到期"
    if Duty.SEARCH not in principal.duties or not _rules_of_roles(principal):
        titles = "、".join(sorted(role_rules()[role].title for role in principal.roles)) or "无岗位"
        return Condition.DUTY, f"{titles}不能检索档案内容"
    if not rules_for(principal):
        return Condition.PURPOSE, f"岗位没有“{principal.purpose}”这一用途"
    return None


def rules_for(principal: Principal) -> list[SightRule]:
    """Return the rules of the principal's roles for the stated purpose.

    Without a stated purpose, only rules that ask for none in particular; a purpose counts for the
    roles it belongs to.
    """
    found = []
    for rule in _rules_of_roles(principal):
        roles = rule.roles & principal.roles
        stated = any(principal.purpose in role_rules()[role].purposes for role in roles)
        if stated if principal.purpose else rule.purposes is None:
            found.append(rule)
    return [r for r in found if r.purposes is None or principal.purpose in r.purposes]


def demands(rule: SightRule, principal: Principal) -> list[Demand]:
    """Return what the rule asks of a document before it shows it to the principal."""
    asked = [_region(principal), _level(rule, principal), _line(rule, principal.line), _state(rule)]
    if rule.insurance_types is not None:
        names = "、".join(rule.insurance_types) or "无"
        only = InsuranceIn(rule.insurance_types)
        asked.append(
            Demand(Condition.INSURANCE, only, f"险种属于 {names}", f"险种不在岗位办理的 {names} 之内")
        )
    return asked


def unlifted(rule: SightRule, principal: Principal) -> list[Demand]:
    """Return what the rule still asks of a document that a grant names."""
    lifted = principal.policy.grants.lifts
    return [demand for demand in demands(rule, principal) if demand.condition not in lifted]


def _rules_of_roles(principal: Principal) -> list[SightRule]:
    """Return the rules for the roles that have the duty to search, whoever else a rule names."""
    searching = {role for role in principal.roles if Duty.SEARCH in role_rules()[role].duties}
    return [rule for rule in principal.policy.rules if rule.roles & searching]


def _region(principal: Principal) -> Demand:
    prefixes = tuple(prefix for prefix in principal.region_prefixes if prefix)
    places = "、".join(full_name(prefix) or prefix for prefix in prefixes)
    otherwise = f"不在辖区 {places} 内" if places else "账号没有行政区划范围"
    return Demand(Condition.REGION, RegionIn(prefixes), f"在辖区 {places} 内", otherwise)


def _level(rule: SightRule, principal: Principal) -> Demand:
    level = min(rule.ceiling, principal.clearance)
    whose = "账号" if level == principal.clearance else "策略上限"
    at_most = LevelAtMost(level)
    return Demand(
        Condition.LEVEL,
        at_most,
        f"访问级别不高于{whose}的“{level.label}”",
        f"访问级别高于{whose}的“{level.label}”",
    )


def _state(rule: SightRule) -> Demand:
    waiting_only = rule.states == {DocumentState.TO_BE_CATALOGUED}
    otherwise = "文件不在待著录状态" if waiting_only else "文件尚未著录完成或已停用"
    return Demand(Condition.STATE, StateIn(rule.states), "状态可供利用", otherwise)


def _line(rule: SightRule, line: Line | None) -> Demand:
    if rule.lines is LineReach.ALL:
        return Demand(Condition.LINE, EVERYTHING, "岗位不限条线", "")
    if line is None:
        return Demand(Condition.LINE, NOTHING, "", "账号没有条线")
    own: Predicate = LineIs(line)
    if rule.lines is LineReach.OWN_OR_UNKNOWN:
        own = AnyOf((own, LineUnknown()))
    other = Line.MEDICAL if line is Line.HRSS else Line.HRSS
    otherwise = f"条线不符：{line.label}账号不可见只属{other.label}条线的文件"
    return Demand(Condition.LINE, own, f"属{line.label}条线或账号可见的条线", otherwise)
