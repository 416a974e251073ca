"""Reading a policy file (TOML): strict, so that a slip of the pen opens nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import Enum
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, TypeVar

from models.access.roles import Duty, Role, role_rules
from models.access.rules import LIFTABLE, Clause, Condition, GrantRule, LineReach, Policy, SightRule
from models.archive.documents import DocumentState
from models.archive.levels import AccessLevel
from models.archive.taxonomy import insurance_types
from models.errors import InvalidInput

_TOP = {"name", "date", "clauses", "rules", "grants"}
_RULE = {"id", "roles", "lines", "states", "ceiling", "purposes", "insurance_types"}
_CLAUSE = {"title", "says", "source", "verified"}
_GRANTS = {"lifts", "longest_days"}
_LONGEST_DAYS = 366
_Word = TypeVar("_Word", bound=Enum)


@cache
def shipped_text() -> str:
    return (files("models") / "reference" / "policy.toml").read_text("utf-8")


@cache
def shipped_policy() -> Policy:
    """Return the policy that serves until another is activated."""
    return policy_of(shipped_text())


@lru_cache(maxsize=16)
def policy_of(text: str) -> Policy:
    """Return the policy of a file's text.

    Raises:
        InvalidInput: anything is missing, unknown or would show documents to a role that cannot search.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("策略文件不是有效的 TOML，请核对引号、括号和等号。") from error
    _only(table, _TOP, "策略文件")
    rules = tuple(_rule(row, number) for number, row in enumerate(_tables(table, "rules"), start=1))
    if len({rule.rule_id for rule in rules}) != len(rules):
        raise InvalidInput("策略中有两条规则的编号（id）相同，请改成不同的。")
    return Policy(
        name=_text(table, "name", "策略文件"),
        date=_text(table, "date", "策略文件"),
        digest=sha256(text.encode()).hexdigest(),
        clauses={condition: _clause(table, condition) for condition in Condition},
        rules=rules,
        grants=_grants(table),
    )


def _rule(row: Mapping[str, Any], number: int) -> SightRule:
    where = f"策略第 {number} 条规则"
    _only(row, _RULE, where)
    roles = frozenset(_word(Role, word, where) for word in _texts(row, "roles", where))
    blind = sorted(role_rules()[role].title for role in roles if Duty.SEARCH not in role_rules()[role].duties)
    if blind:
        raise InvalidInput(f"{where}：{'、'.join(blind)}没有检索职责，不能列入。")
    states = frozenset(_word(DocumentState, word, where) for word in _texts(row, "states", where))
    if DocumentState.WITHDRAWN in states:
        raise InvalidInput(f"{where}：已停用（withdrawn）的档案任何人都不可见，不能列入。")
    return SightRule(
        rule_id=_text(row, "id", where),
        roles=roles,
        lines=_word(LineReach, _text(row, "lines", where), where),
        states=states,
        ceiling=_level(row.get("ceiling", AccessLevel.SENSITIVE.label), where),
        purposes=_purposes(row, roles, where),
        insurance_types=_insurances(row, where),
    )


def _purposes(row: Mapping[str, Any], roles: frozenset[Role], where: str) -> tuple[str, ...] | None:
    if "purposes" not in row:
        return None
    known = {purpose for role in roles for purpose in role_rules()[role].purposes}
    return _known(_texts(row, "purposes", where), known, f"{where}：用途")


def _insurances(row: Mapping[str, Any], where: str) -> tuple[str, ...] | None:
    if "insurance_types" not in row:
        return None
    return _known(_texts(row, "insurance_types", where), set(insurance_types()), f"{where}：险种")


def _known(words: list[str], known: set[str], what: str) -> tuple[str, ...]:
    for word in words:
        if word not in known:
            raise InvalidInput(f"{what}“{word}”不在可用的 {'、'.join(sorted(known))} 之中。")
    return tuple(words)


def _clause(table: Mapping[str, Any], condition: Condition) -> Clause:
    where = f"策略依据 clauses.{condition.value}"
    row = _table(_table(table, "clauses", "策略文件"), condition.value, "策略依据 clauses")
    _only(row, _CLAUSE, where)
    verified = row.get("verified")
    if not isinstance(verified, bool):
        raise InvalidInput(f"{where} 须写明 verified = true 或 false（是否核对过原文）。")
    title, says, source = (_text(row, key, where) for key in ("title", "says", "source"))
    return Clause(title, says, source, verified)


def _grants(table: Mapping[str, Any]) -> GrantRule:
    where = "策略的 grants"
    row = _table(table, "grants", "策略文件")
    _only(row, _GRANTS, where)
    lifts = frozenset(_word(Condition, word, where) for word in _texts(row, "lifts", where))
    if lifts - LIFTABLE:
        raise InvalidInput(f"{where}：授权只能放开 {'、'.join(sorted(LIFTABLE))}。")
    days = row.get("longest_days")
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= _LONGEST_DAYS:
        raise InvalidInput(f"{where}：longest_days 应是 1 到 {_LONGEST_DAYS} 的整数。")
    return GrantRule(lifts, days)


def _only(row: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise InvalidInput(
            f"{where}里有不认识的项 {'、'.join(unknown)}，可用的是 {'、'.join(sorted(known))}。"
        )


def _table(row: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = row.get(key)
    if not isinstance(value, dict):
        raise InvalidInput(f"{where}缺少 {key}。")
    return value


def _tables(row: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InvalidInput(f"策略文件的 {key} 应写成 [[{key}]]。")
    return value


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{where}缺少 {key}，或它不是文字。")
    return value


def _texts(row: Mapping[str, Any], key: str, where: str) -> list[str]:
    value = row.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidInput(f"{where}缺少 {key}，或它不是一列文字。")
    return value


def _word(kind: type[_Word], word: str, where: str) -> _Word:
    try:
        return kind(word)
    except ValueError as error:
        allowed = "、".join(str(item.value) for item in kind)
        raise InvalidInput(f"{where}：“{word}”不在可用的 {allowed} 之中。") from error


def _level(label: object, where: str) -> AccessLevel:
    try:
        return AccessLevel.of(str(label))
    except ValueError as error:
        raise InvalidInput(f"{where}：{error}。") from error
