"""The reveal rules: every role × purpose × kind, and what the data must hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.access.principal import Duty, Principal, Role, role_rules
from models.access.reveal import Way, may_break_glass, needs_second, never_shown, reveal_rules, way_of
from models.archive.levels import AccessLevel
from models.privacy.classes import class_of
from models.privacy.detections import DetectionKind as K

RULES = reveal_rules()
BASIC = {K.PERSON, K.PHONE, K.EMAIL, K.PLATE, K.BIRTH_DATE, K.ADDRESS, K.ETHNICITY, K.POLITICS, K.USCC}
IDENTITY = {K.RESIDENT_ID, K.SSC_CARD, K.PERSON_NO, K.OTHER_CERT, K.PASSPORT, K.MARRIAGE}
SENSITIVE = {K.BANK_CARD, K.DIAGNOSIS, K.DISABILITY, K.RELIGION, K.CRIMINAL_RECORD}
CLERK_READS = {K.USCC, K.DIAGNOSIS, K.ETHNICITY, K.POLITICS, K.MARRIAGE, K.DISABILITY}
"""What the profile of clerks shows anyway (masking.toml)."""

# role, purpose: shown alone, shown with a second person, whether there are emergencies
TABLE: dict[tuple[Role, str], tuple[set[K], set[K], bool]] = {
    (Role.CLERK, "业务经办"): (BASIC | IDENTITY | CLERK_READS, SENSITIVE - CLERK_READS, True),
    (Role.CLERK, "查阅答复"): (BASIC | CLERK_READS, (IDENTITY | SENSITIVE) - CLERK_READS, True),
    (Role.REVIEWER, "业务经办"): (BASIC | IDENTITY | CLERK_READS, SENSITIVE - CLERK_READS, True),
    (Role.REVIEWER, "复核"): (BASIC | IDENTITY | CLERK_READS, SENSITIVE - CLERK_READS, True),
    (Role.REVIEWER, "查阅答复"): (BASIC | CLERK_READS, (IDENTITY | SENSITIVE) - CLERK_READS, True),
    (Role.ARCHIVIST, "档案管理"): (BASIC | {K.MARRIAGE}, IDENTITY - {K.MARRIAGE}, False),
    (Role.ARCHIVIST, "鉴定"): (BASIC | {K.MARRIAGE}, IDENTITY - {K.MARRIAGE}, False),
    (Role.PRIVACY_OFFICER, "隐私检查"): (BASIC, IDENTITY | SENSITIVE, False),
}
PURPOSES = sorted({purpose for rule in role_rules().values() for purpose in rule.purposes} | {"", "好奇"})


def principal(role: Role, purpose: str) -> Principal:
    return Principal("someone", frozenset({role}), purpose=purpose)


@pytest.mark.parametrize("purpose", PURPOSES, ids=lambda p: p or "none")
@pytest.mark.parametrize("role", list(Role))
def test_every_kind_by_role_and_purpose(role: Role, purpose: str) -> None:
    alone, second, _ = TABLE.get((role, purpose), (set(), set(), False))
    got = {kind: way_of(RULES, principal(role, purpose), kind, AccessLevel.WORK_SECRET) for kind in K}
    assert got == {
        kind: Way.ALONE if kind in alone else Way.SECOND if kind in second else Way.NEVER for kind in K
    }
    assert set(never_shown(RULES, principal(role, purpose), set(K))) == set(K) - alone - second


@pytest.mark.parametrize(("role", "purpose"), list(TABLE))
def test_a_sensitive_document_takes_a_second_person_for_whatever_is_hidden(role: Role, purpose: str) -> None:
    alone, second, _ = TABLE[role, purpose]
    read = CLERK_READS if role is not Role.PRIVACY_OFFICER else set()
    for kind in alone | second:
        way = way_of(RULES, principal(role, purpose), kind, AccessLevel.SENSITIVE)
        assert way is (Way.ALONE if kind in read else Way.SECOND), kind


@pytest.mark.parametrize(("role", "purpose"), list(TABLE))
def test_emergencies_are_for_who_handles_cases_and_never_widen(role: Role, purpose: str) -> None:
    alone, second, emergency = TABLE[role, purpose]
    who = principal(role, purpose)
    assert all(may_break_glass(RULES, who, {kind}) is emergency for kind in alone | second)
    assert not any(may_break_glass(RULES, who, {K.PERSON, kind}) for kind in set(K) - alone - second)
    assert not may_break_glass(RULES, who, set())


def test_one_sensitive_kind_makes_the_whole_request_wait() -> None:
    clerk = principal(Role.CLERK, "业务经办")
    assert not needs_second(RULES, clerk, {K.PERSON, K.RESIDENT_ID}, AccessLevel.INTERNAL)
    assert needs_second(RULES, clerk, {K.PERSON, K.BANK_CARD}, AccessLevel.INTERNAL)
    assert needs_second(RULES, clerk, {K.PERSON}, AccessLevel.SENSITIVE)


def test_a_machine_s_token_never_reveals_whatever_its_duties() -> None:
    clerk = principal(Role.CLERK, "业务经办")
    token = replace(clerk, limited_to=frozenset(Duty))
    assert never_shown(RULES, clerk, {K.PERSON}) == []
    assert never_shown(RULES, token, {K.PERSON}) == [K.PERSON]
    assert not may_break_glass(RULES, token, {K.PERSON})


def test_a_purpose_counts_for_the_role_it_belongs_to() -> None:
    both = Principal("a", frozenset({Role.CLERK, Role.PRIVACY_OFFICER}), purpose="隐私检查")
    assert way_of(RULES, both, K.RESIDENT_ID, AccessLevel.PUBLIC) is Way.SECOND
    working = replace(both, purpose="业务经办")
    assert way_of(RULES, working, K.RESIDENT_ID, AccessLevel.PUBLIC) is Way.ALONE


def test_what_45574_calls_sensitive_is_never_for_one_person_alone() -> None:
    sensitive = {kind for kind in K if class_of(kind).sensitive_45574}
    assert sensitive == SENSITIVE
    assert all(not rule.alone & sensitive for rule in RULES.rules)


def test_the_duties_are_apart() -> None:
    having = {duty: {r for r, rule in role_rules().items() if duty in rule.duties} for duty in Duty}
    assert having[Duty.REVEAL] == {role for role, _ in TABLE}
    assert having[Duty.APPROVE_REVEALS] == {Role.REVIEWER, Role.PRIVACY_OFFICER}
    assert having[Duty.REVIEW_REVEALS] == {Role.AUDIT_ADMIN}
    assert not having[Duty.REVIEW_REVEALS] & having[Duty.READ]


def test_every_part_has_a_clause_with_its_source() -> None:
    assert set(RULES.clauses) == {"least", "duty", "second", "term", "emergency", "record"}
    assert all(clause.source and clause.says for clause in RULES.clauses.values())
