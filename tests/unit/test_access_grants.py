"""Grants: their own documents or case, for their own term, and no condition more than the policy says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from models.access.explanation import explain, reasons_against
from models.access.facts import DocumentFacts
from models.access.grants import Grant
from models.access.policy import reach_of, scope_of
from models.access.policy_text import policy_of, shipped_text
from models.access.principal import Principal, Role
from models.access.rules import Condition
from models.access.scope import holds
from models.archive.documents import DocumentState
from models.archive.levels import AccessLevel, Line
from tests.assembly import clerk
from tests.strategies import NOW
from tests.unit.test_access_policy import document

ALIEN = document("医疗", region="429004", case_key="k")
"""A document of the other line and of another region."""


def granted(*doc_ids: str, case: str = "", hours: int = 1, revoked: bool = False) -> Grant:
    end = NOW + timedelta(hours=hours)
    return Grant("g", frozenset(doc_ids), case, end, NOW if revoked else None)


def sees(principal: Principal, facts: DocumentFacts, *grants: Grant) -> bool:
    holder = replace(principal, grants=grants)
    visible = holds(reach_of(holder, NOW), facts)
    assert explain(holder, facts, NOW).visible == visible == (reasons_against(holder, facts, NOW) == ())
    assert holds(scope_of(holder, NOW), facts) == holds(scope_of(principal, NOW), facts)
    return visible


def test_a_grant_opens_its_own_documents_and_no_other() -> None:
    assert not sees(clerk(), ALIEN)
    assert sees(clerk(), ALIEN, granted("d"))
    assert not sees(clerk(), replace(ALIEN, doc_id="e"), granted("d"))
    assert not sees(clerk(), ALIEN, granted())


def test_a_grant_of_a_case_opens_the_documents_of_the_case() -> None:
    assert sees(clerk(), ALIEN, granted(case="k"))
    assert not sees(clerk(), replace(ALIEN, case_key="l"), granted(case="k"))
    assert not sees(clerk(), replace(ALIEN, case_key=""), granted(case=""))


@pytest.mark.parametrize("hours", [0, -1])
def test_the_term_is_judged_by_the_clock_given(hours: int) -> None:
    assert not sees(clerk(), ALIEN, granted("d", hours=hours))
    later = replace(clerk(), grants=(granted("d"),))
    assert holds(reach_of(later, NOW + timedelta(minutes=59)), ALIEN)
    assert not holds(reach_of(later, NOW + timedelta(hours=1)), ALIEN)


def test_revoked_is_revoked_and_another_grant_still_holds() -> None:
    assert not sees(clerk(), ALIEN, granted("d", revoked=True))
    assert sees(clerk(), ALIEN, granted("d", revoked=True), granted("d"))


def test_a_grant_lifts_no_level_no_state_no_duty_no_purpose_and_no_term_of_the_account() -> None:
    low = clerk(clearance=AccessLevel.PUBLIC)
    assert not sees(low, ALIEN, granted("d"))
    for state in (DocumentState.WITHDRAWN, DocumentState.TO_BE_CATALOGUED):
        assert not sees(clerk(), replace(ALIEN, state=state), granted("d"))
    for role in set(Role) - {Role.CLERK, Role.REVIEWER, Role.ARCHIVIST, Role.PRIVACY_OFFICER}:
        assert not sees(clerk(role=role), ALIEN, granted("d"))
    assert not sees(clerk(purpose="好奇"), ALIEN, granted("d"))
    assert not sees(replace(clerk(), expires_at=NOW), ALIEN, granted("d"))
    assert not sees(replace(clerk(), limited_to=frozenset()), ALIEN, granted("d"))


def test_an_account_without_region_or_line_sees_what_it_was_granted_alone() -> None:
    bare = clerk(regions=(), line=None)
    assert sees(bare, ALIEN, granted("d"))
    assert not sees(bare, document("养老", doc_id="e"), granted("d"))


def test_what_grants_lift_is_the_policys_to_say() -> None:
    own_line = policy_of(
        shipped_text().replace('lifts = ["region", "line", "insurance"]', 'lifts = ["region"]')
    )
    strict = replace(clerk(), policy=own_line)
    assert not sees(strict, ALIEN, granted("d"))
    assert sees(strict, document("养老", region="429004"), granted("d"))
    assert sees(replace(strict, line=Line.MEDICAL), ALIEN, granted("d"))


def test_every_finding_of_an_explanation_names_its_clause() -> None:
    told = explain(replace(clerk(), grants=(granted("d", revoked=True),)), ALIEN, NOW)
    assert {f.condition for way in told.ways for f in way.findings if not f.fits} == {
        Condition.REGION,
        Condition.LINE,
        Condition.GRANT,
    }
    assert all(f.says.strip() and f.basis.source for way in told.ways for f in way.findings)
    assert "已撤销" in str(told)
