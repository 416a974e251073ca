"""What the tests draw: identity numbers of no one, names, records, facts, principals, predicates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from models.access.facts import DocumentFacts
from models.access.grants import Grant
from models.access.principal import Principal, Role, role_rules
from models.access.scope import (
    AllOf,
    AnyOf,
    CaseIn,
    DocumentIn,
    InsuranceIn,
    LevelAtMost,
    LineIs,
    LineUnknown,
    MaterialIn,
    Predicate,
    RegionIn,
    StateIn,
    YearBetween,
)
from models.archive.documents import DocumentState
from models.archive.levels import AccessLevel, Line
from models.archive.taxonomy import insurance_types, material_types
from models.privacy.checksums import resident_id_check_char

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
PRINTED_ID = "11010519491231002X"
"""Printed in GB 11643-1999."""
NO_COUNTY = "500199"
"""A county code nobody was ever given."""

REGIONS = ("", "50", "5001", "500111", "500111001", "500112", "5002", "51", "510104", "110105")
NAMES = tuple(insurance_types())
MATERIALS = tuple(material_types())[:4]
CASES = ("", "case-a", "case-b")
DOCUMENTS = tuple(f"d{number}" for number in range(6))


def resident_id(number: int) -> str:
    """Return a well-formed number of a county that does not exist; another for every ``number``."""
    born = date.fromordinal(date(1950, 1, 1).toordinal() + number // 1000 % 20000)
    body = f"{NO_COUNTY}{born:%Y%m%d}{number % 1000:03d}"
    return body + resident_id_check_char(body)


resident_ids = st.integers(min_value=0, max_value=19_999_999).map(resident_id)


@st.composite
def facts(draw: st.DrawFn) -> DocumentFacts:
    """Facts of a document, every combination the store can hold."""
    return DocumentFacts(
        doc_id=draw(st.uuids()).hex,
        lines=draw(st.frozensets(st.sampled_from(Line))),
        region=draw(st.sampled_from(REGIONS)),
        access_level=draw(st.sampled_from(AccessLevel)),
        state=draw(st.sampled_from(DocumentState)),
        insurance_types=tuple(draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True))),
        material_type=draw(st.sampled_from((None, *MATERIALS))),
        year=draw(st.one_of(st.none(), st.integers(min_value=1, max_value=9999))),
        case_key=draw(st.sampled_from(CASES)),
    )


@st.composite
def worlds_of_facts(draw: st.DrawFn) -> list[DocumentFacts]:
    """Some documents called d0, d1 …, so that grants and predicates can name them."""
    drawn = draw(st.lists(facts(), max_size=len(DOCUMENTS)))
    return [replace(f, doc_id=doc_id) for f, doc_id in zip(drawn, DOCUMENTS, strict=False)]


_words = st.lists(st.sampled_from((*NAMES, *MATERIALS, "")), max_size=3).map(tuple)
_years = st.integers(min_value=-1, max_value=70_000)
_leaves: st.SearchStrategy[Predicate] = st.one_of(
    st.lists(st.sampled_from((*REGIONS, "5", "500")), max_size=3).map(lambda p: RegionIn(tuple(p))),
    st.sampled_from(Line).map(LineIs),
    st.just(LineUnknown()),
    st.sampled_from(AccessLevel).map(LevelAtMost),
    st.frozensets(st.sampled_from(DocumentState)).map(StateIn),
    _words.map(InsuranceIn),
    _words.map(MaterialIn),
    st.builds(YearBetween, _years, _years),
    st.frozensets(st.sampled_from((*DOCUMENTS, "absent")), max_size=3).map(DocumentIn),
    st.frozensets(st.sampled_from(CASES)).map(CaseIn),
)


def _combined(inner: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
    parts = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(parts.map(AllOf), parts.map(AnyOf))


predicates: st.SearchStrategy[Predicate] = st.recursive(_leaves, _combined, max_leaves=8)

PURPOSES = ("", *dict.fromkeys(p for rule in role_rules().values() for p in rule.purposes), "好奇")


_hours = st.sampled_from((-1, 0, 1, 24)).map(lambda hours: NOW + timedelta(hours=hours))
grants: st.SearchStrategy[Grant] = st.builds(
    Grant,
    st.uuids().map(str),
    st.frozensets(st.sampled_from(DOCUMENTS), max_size=3),
    st.sampled_from(CASES),
    _hours,
    st.sampled_from((None, None, NOW)),
)


@st.composite
def principals(draw: st.DrawFn) -> Principal:
    """Anyone: any roles together, any purpose, in force or expired."""
    return Principal(
        subject="someone",
        roles=draw(st.frozensets(st.sampled_from(Role), max_size=3)),
        line=draw(st.sampled_from((None, *Line))),
        region_prefixes=tuple(draw(st.lists(st.sampled_from((*REGIONS, "5")), max_size=2))),
        clearance=draw(st.sampled_from(AccessLevel)),
        purpose=draw(st.sampled_from(PURPOSES)),
        expires_at=draw(st.sampled_from((None, None, NOW, datetime(2027, 1, 1, tzinfo=UTC)))),
        grants=tuple(draw(st.lists(grants, max_size=2))),
    )
