"""The role table: complete, and the three administrators apart."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pytest

from models.access.policy import profile_of, require
from models.access.policy_text import shipped_policy
from models.access.principal import Duty, Principal, Role, check_compatible, role_rules
from models.errors import Forbidden, InvalidInput
from models.privacy.masking import profile
from tests.strategies import NOW

ADMINS = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}
READERS = {Role.CLERK, Role.REVIEWER, Role.ARCHIVIST, Role.PRIVACY_OFFICER}


def test_every_role_has_a_rule_with_title_purpose_and_a_masking_profile() -> None:
    rules = role_rules()
    assert set(rules) == set(Role)
    assert len({rule.title for rule in rules.values()}) == len(Role)
    for rule in rules.values():
        assert rule.purposes
        assert profile(rule.profile).name == rule.profile


@pytest.mark.parametrize("role", sorted(set(Role) - READERS))
def test_no_other_role_has_documents_to_search_or_read(role: Role) -> None:
    assert all(role not in rule.roles for rule in shipped_policy().rules)
    assert not role_rules()[role].duties & {Duty.SEARCH, Duty.READ}


@pytest.mark.parametrize("role", sorted(READERS))
def test_readers_search_and_read(role: Role) -> None:
    assert {Duty.SEARCH, Duty.READ} <= role_rules()[role].duties


def test_each_duty_of_administration_belongs_to_one_role_alone() -> None:
    for duty in (Duty.OPERATE, Duty.MANAGE_ACCOUNTS, Duty.READ_AUDIT):
        assert len([role for role, rule in role_rules().items() if duty in rule.duties]) == 1


@pytest.mark.parametrize("pair", list(combinations(sorted(Role), 2)), ids="+".join)
def test_only_two_administrators_exclude_each_other(pair: tuple[Role, Role]) -> None:
    if set(pair) <= ADMINS:
        with pytest.raises(InvalidInput, match="三员分立"):
            check_compatible(frozenset(pair))
    else:
        check_compatible(frozenset(pair))


def test_exclusions_are_mutual() -> None:
    rules = role_rules()
    assert all(role in rules[other].excludes for role in Role for other in rules[role].excludes)


def test_duties_add_up_and_nobody_has_none() -> None:
    both = Principal("a", frozenset({Role.CLERK, Role.ARCHIVIST}))
    assert Duty.DEPOSIT in both.duties
    assert Principal("b", frozenset()).duties == frozenset()


def test_a_duty_is_required_and_ends_with_the_account() -> None:
    clerk = Principal("a", frozenset({Role.CLERK}))
    require(clerk, Duty.READ, NOW)
    with pytest.raises(Forbidden, match="职责"):
        require(clerk, Duty.DEPOSIT, NOW)
    ending = Principal("a", frozenset({Role.CLERK}), expires_at=NOW)
    require(ending, Duty.READ, NOW - timedelta(microseconds=1))
    with pytest.raises(Forbidden, match="到期"):
        require(ending, Duty.READ, NOW)


@pytest.mark.parametrize(
    ("roles", "name"),
    [
        ({Role.CLERK}, "clerk"),
        ({Role.CLERK, Role.REVIEWER}, "clerk"),
        ({Role.PRIVACY_OFFICER}, "officer"),
        ({Role.CLERK, Role.PRIVACY_OFFICER}, "public"),
        ({Role.SUPERVISOR}, "public"),
        (set(), "public"),
    ],
)
def test_where_roles_disagree_the_strict_profile_holds(roles: set[Role], name: str) -> None:
    assert profile_of(Principal("a", frozenset(roles))) == name
