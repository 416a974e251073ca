"""What always holds of access: more rights never show less, reasons are true, grants open their own alone."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from models.access.explanation import explain, reasons_against
from models.access.facts import DocumentFacts, FactsTable
from models.access.grants import Grant
from models.access.policy import reach_of, scope_of
from models.access.principal import Principal
from models.access.scope import EVERYTHING, NOTHING, holds, rows
from models.archive.levels import AccessLevel
from models.archive.regions import within
from tests.strategies import NOW, REGIONS, facts, grants, principals, worlds_of_facts

many_facts = st.lists(facts(), max_size=6)


@given(many_facts)
def test_everything_and_nothing(documents: list[DocumentFacts]) -> None:
    table = FactsTable.of(documents)
    assert rows(EVERYTHING, table).all()
    assert not rows(NOTHING, table).any()
    assert len(rows(NOTHING, table)) == len(documents)


@settings(max_examples=500)
@given(principals(), facts())
def test_there_is_a_reason_exactly_when_a_document_is_not_visible(
    principal: Principal, document: DocumentFacts
) -> None:
    reasons = reasons_against(principal, document, NOW)
    assert (reasons == ()) == holds(reach_of(principal, NOW), document)
    assert all(reason.strip() for reason in reasons)


@settings(max_examples=300)
@given(principals(), worlds_of_facts())
def test_an_explanation_says_visible_exactly_when_one_way_is_open(
    principal: Principal, documents: list[DocumentFacts]
) -> None:
    for document in documents:
        told = explain(principal, document, NOW)
        assert told.visible == (told.hindrance is None and any(way.opens for way in told.ways))


@settings(max_examples=500)
@given(principals(), worlds_of_facts(), grants)
def test_a_grant_opens_none_but_its_own_documents_and_hides_none(
    principal: Principal, documents: list[DocumentFacts], grant: Grant
) -> None:
    wider = replace(principal, grants=(*principal.grants, grant))
    for document in documents:
        before, after = (holds(reach_of(p, NOW), document) for p in (principal, wider))
        own = document.doc_id in grant.doc_ids or (
            grant.case_key != "" and document.case_key == grant.case_key
        )
        assert after >= before
        if after and not before:
            assert own
            assert grant.revoked_at is None
            assert grant.expires_at > NOW
            assert document.access_level <= principal.clearance
            assert document.state.value != "withdrawn"
            assert principal.duties


@settings(max_examples=500)
@given(principals(), facts(), st.sampled_from(AccessLevel), st.sampled_from(REGIONS))
def test_more_rights_never_show_less(
    principal: Principal, document: DocumentFacts, clearance: AccessLevel, region: str
) -> None:
    wider = replace(
        principal,
        region_prefixes=(*principal.region_prefixes, region),
        clearance=max(principal.clearance, clearance),
    )
    if holds(scope_of(principal, NOW), document):
        assert holds(scope_of(wider, NOW), document)


@given(principals(), facts())
def test_whoever_sees_a_document_has_region_clearance_and_a_role_in_force(
    principal: Principal, document: DocumentFacts
) -> None:
    if holds(scope_of(principal, NOW), document):
        assert any(within(document.region, prefix) for prefix in principal.region_prefixes)
        assert document.access_level <= principal.clearance
        assert document.state.value != "withdrawn"
        assert principal.expires_at is None or principal.expires_at > NOW


@given(st.sampled_from(REGIONS), st.sampled_from(REGIONS), st.sampled_from(REGIONS))
def test_regions_are_an_order(a: str, b: str, c: str) -> None:
    assert within(a, a) == (a != "")
    if within(a, b) and within(b, c):
        assert within(a, c)
    if within(a, b) and within(b, a):
        assert a == b
