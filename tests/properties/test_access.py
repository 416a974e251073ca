"""What always holds of access: two evaluations agree, more rights never show less, reasons are true."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from models.access.explanation import reasons_against
from models.access.facts import DocumentFacts, FactsTable
from models.access.policy import scope_of
from models.access.principal import Principal
from models.access.scope import EVERYTHING, NOTHING, Predicate, holds, rows
from models.archive.levels import AccessLevel
from models.archive.regions import within
from tests.strategies import NOW, REGIONS, facts, predicates, principals

many_facts = st.lists(facts(), max_size=6)


@settings(max_examples=500)
@given(predicates, many_facts)
def test_one_by_one_and_in_columns_are_the_same(predicate: Predicate, documents: list[DocumentFacts]) -> None:
    expected = [holds(predicate, document) for document in documents]
    assert rows(predicate, FactsTable.of(documents)).tolist() == expected


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
    assert (reasons == ()) == holds(scope_of(principal, NOW), document)
    assert all(reason.strip() for reason in reasons)


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
