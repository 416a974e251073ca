"""A policy file is read strictly: a slip of the pen opens nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.access.policy import scope_of
from models.access.policy_text import policy_of, shipped_policy, shipped_text
from models.access.rules import Condition
from models.access.scope import NOTHING, holds
from models.archive.levels import AccessLevel
from models.errors import InvalidInput
from tests.assembly import clerk
from tests.strategies import NOW
from tests.unit.test_access_policy import document

CLERKS = 'roles = ["clerk", "reviewer"]'


def changed(old: str, new: str) -> str:
    assert old in shipped_text()
    return shipped_text().replace(old, new, 1)


def test_the_shipped_policy_has_a_clause_with_source_for_every_condition() -> None:
    clauses = shipped_policy().clauses
    assert set(clauses) == set(Condition)
    assert all(c.title and c.says and c.source for c in clauses.values())
    assert shipped_policy().digest == policy_of(shipped_text()).digest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("不是 TOML", "TOML"),
        ('name = "x"\ndate = "y"', "clauses"),
        (changed('lines = "own"', 'lines = "every"'), "every"),
        (changed('lines = "own"', 'lines = "own"\nregion = "all"'), "region"),
        (changed('states = ["held"]', 'states = ["held", "withdrawn"]'), "withdrawn"),
        (changed(CLERKS, 'roles = ["clerk", "system_admin"]'), "系统管理员"),
        (changed(CLERKS, 'roles = "clerk"'), "roles"),
        (changed(CLERKS, CLERKS + '\nceiling = "机密"'), "访问级别"),
        (changed(CLERKS, CLERKS + '\npurposes = ["好奇"]'), "好奇"),
        (changed(CLERKS, CLERKS + '\ninsurance_types = ["车险"]'), "车险"),
        (changed('id = "档案管理"', 'id = "经办与复核"'), "相同"),
        (changed('lifts = ["region", "line", "insurance"]', 'lifts = ["state"]'), "授权只能放开"),
        (changed("longest_days = 180", "longest_days = 0"), "longest_days"),
        (changed("longest_days = 180", "longest_days = true"), "longest_days"),
        (changed("verified = true", 'verified = "yes"'), "verified"),
        (changed('source = "个人信息保护法第六条"', 'source = " "'), "source"),
        (shipped_text() + "\n[extra]\n", "extra"),
    ],
)
def test_a_slip_is_refused_and_named(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        policy_of(text)


def test_a_policy_without_rules_shows_nothing() -> None:
    bare = policy_of(shipped_text().split("[[rules]]")[0] + "[grants]\nlifts = []\nlongest_days = 1\n")
    assert scope_of(replace(clerk(), policy=bare), NOW) == NOTHING


@pytest.mark.parametrize(
    ("extra", "facts", "visible"),
    [
        ('ceiling = "公开"', document("养老"), False),
        ('ceiling = "公开"', document("养老", access_level=AccessLevel.PUBLIC), True),
        ('insurance_types = ["工伤"]', document("养老"), False),
        ('insurance_types = ["工伤"]', document("养老", "工伤"), True),
        ("insurance_types = []", document("养老"), False),
        ('purposes = ["业务经办"]', document("养老"), False),  # the account states none
    ],
)
def test_a_rule_may_narrow(extra: str, facts: object, visible: bool) -> None:
    narrowed = replace(clerk(), policy=policy_of(changed(CLERKS, f"{CLERKS}\n{extra}")))
    assert holds(scope_of(narrowed, NOW), facts) == visible  # type: ignore[arg-type]


def test_a_rule_for_a_purpose_asks_for_it() -> None:
    policy = policy_of(changed(CLERKS, f'{CLERKS}\npurposes = ["业务经办"]'))
    assert holds(scope_of(replace(clerk(purpose="业务经办"), policy=policy), NOW), document("养老"))
    assert not holds(scope_of(replace(clerk(purpose="查阅答复"), policy=policy), NOW), document("养老"))
