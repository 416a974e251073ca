"""Who sees what by default (architecture §3), one row per rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from models.access.explanation import reasons_against
from models.access.facts import DocumentFacts
from models.access.policy import scope_of
from models.access.principal import Principal, Role
from models.access.scope import holds
from models.archive.documents import DocumentState
from models.archive.levels import AccessLevel, Line
from models.archive.taxonomy import lines_of
from tests.assembly import clerk
from tests.strategies import NOW

HELD, WAITING = DocumentState.HELD, DocumentState.TO_BE_CATALOGUED


def document(*insurances: str, **changes: object) -> DocumentFacts:
    base = DocumentFacts(
        doc_id="d",
        lines=lines_of(insurances),
        region="500111",
        access_level=AccessLevel.INTERNAL,
        state=HELD,
        insurance_types=insurances,
        material_type=None,
        year=2019,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def sees(principal: Principal, facts: DocumentFacts) -> bool:
    visible = holds(scope_of(principal, NOW), facts)
    assert (reasons_against(principal, facts, NOW) == ()) == visible
    return visible


LINE_ROLES = [Role.CLERK, Role.REVIEWER, Role.ARCHIVIST]


@pytest.mark.parametrize("role", LINE_ROLES)
@pytest.mark.parametrize(
    ("insurances", "hrss", "medical"),
    [
        (("养老",), True, False),
        (("失业",), True, False),
        (("工伤",), True, False),
        (("医疗",), False, True),
        (("生育",), False, True),
        (("生育", "医疗"), False, True),
        (("综合",), True, True),
        (("工伤", "医疗"), True, True),
        (("养老", "其他"), True, False),
    ],
)
def test_own_line(role: Role, insurances: tuple[str, ...], hrss: bool, medical: bool) -> None:
    facts = document(*insurances)
    assert sees(clerk(role=role, line=Line.HRSS), facts) == hrss
    assert sees(clerk(role=role, line=Line.MEDICAL), facts) == medical
    assert not sees(clerk(role=role, line=None), facts)
    assert sees(clerk(role=Role.PRIVACY_OFFICER, line=None), facts)


@pytest.mark.parametrize("insurances", [(), ("其他",)], ids=["none", "其他"])
def test_an_unknown_line_is_for_the_archivist_and_the_privacy_officer(insurances: tuple[str, ...]) -> None:
    facts = document(*insurances)
    for line in Line:
        seen_by = {role for role in Role if sees(clerk(role=role, line=line), facts)}
        assert seen_by == {Role.ARCHIVIST, Role.PRIVACY_OFFICER}


def test_what_is_to_be_catalogued_is_for_the_archivist_of_the_depositing_region() -> None:
    for insurances in ((), ("医疗",)):
        facts = document(*insurances, state=WAITING)
        seen_by = {role for role in Role if sees(clerk(role=role, regions=("500111",)), facts)}
        assert seen_by == {Role.ARCHIVIST}
        assert not sees(clerk(role=Role.ARCHIVIST, regions=("500112",)), facts)
        assert not sees(clerk(role=Role.ARCHIVIST), replace(facts, region=""))


@pytest.mark.parametrize("role", Role)
def test_what_is_withdrawn_nobody_sees(role: Role) -> None:
    assert not sees(clerk(role=role), document("综合", state=DocumentState.WITHDRAWN))


@pytest.mark.parametrize(
    "role", sorted(set(Role) - {Role.CLERK, Role.REVIEWER, Role.ARCHIVIST, Role.PRIVACY_OFFICER})
)
def test_other_roles_see_no_document_however_open(role: Role) -> None:
    for line in (None, *Line):
        facts = document("综合", access_level=AccessLevel.PUBLIC)
        assert not sees(clerk(role=role, line=line), facts)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("regions", [(), ("",), ("", ""), ("5",), ("500",), ("50 ",), ("全国",)])
def test_no_region_is_nothing_and_a_stray_digit_is_no_region(role: Role, regions: tuple[str, ...]) -> None:
    assert not sees(clerk(role=role, regions=regions), document("综合"))
    assert not sees(clerk(role=role, regions=regions), document("综合", region=""))


@pytest.mark.parametrize(
    ("prefix", "visible"),
    [("50", 5), ("5001", 4), ("500111", 2), ("500111001", 1), ("51", 1), ("500112", 1), ("500113", 0)],
)
def test_region_prefixes_nest(prefix: str, visible: int) -> None:
    regions = ["500111001", "500111", "500112", "5001", "50", "510104", ""]
    seen = [r for r in regions if sees(clerk(regions=(prefix,)), document("养老", region=r))]
    assert len(seen) == visible
    assert all(region.startswith(prefix) for region in seen)


@pytest.mark.parametrize("clearance", AccessLevel)
@pytest.mark.parametrize("level", AccessLevel)
def test_clearance(clearance: AccessLevel, level: AccessLevel) -> None:
    facts = document("养老", access_level=level)
    assert sees(clerk(clearance=clearance), facts) == (level <= clearance)


def test_expiry_is_exact_and_purposes_belong_to_the_role() -> None:
    facts = document("养老")
    assert sees(replace(clerk(), expires_at=NOW + timedelta(seconds=1)), facts)
    assert not sees(replace(clerk(), expires_at=NOW), facts)
    assert sees(clerk(purpose="业务经办"), facts)
    assert not sees(clerk(purpose="隐私检查"), facts)
    assert not sees(clerk(purpose="好奇"), facts)
    assert not sees(Principal("nobody", frozenset(), Line.HRSS, ("50",), AccessLevel.SENSITIVE), facts)


def test_a_purpose_opens_only_what_the_role_it_belongs_to_sees() -> None:
    """An account that is clerk and privacy officer handles business with a clerk's eyes."""
    both = replace(clerk(purpose="业务经办"), roles=frozenset({Role.CLERK, Role.PRIVACY_OFFICER}))
    assert sees(both, document("养老"))
    assert not sees(both, document("医疗"))
    assert sees(replace(both, purpose="隐私检查"), document("医疗"))


@pytest.mark.parametrize(
    ("principal", "facts", "words"),
    [
        (clerk(line=Line.MEDICAL), document("工伤"), "人社"),
        (clerk(regions=("500112",)), document("养老"), "辖区"),
        (clerk(clearance=AccessLevel.PUBLIC), document("养老"), "公开"),
        (clerk(role=Role.AUDIT_ADMIN), document("养老"), "审计管理员"),
        (clerk(line=None), document("养老"), "没有条线"),
        (clerk(regions=()), document("养老"), "行政区划"),
        (clerk(), document("养老", state=WAITING), "著录"),
    ],
)
def test_the_reason_names_what_is_missing(principal: Principal, facts: DocumentFacts, words: str) -> None:
    assert any(words in reason for reason in reasons_against(principal, facts, NOW))
