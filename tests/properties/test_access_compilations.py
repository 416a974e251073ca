"""One predicate, three evaluations: in plain Python, as a numpy mask, as SQL. They agree on every world."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import create_engine, delete, not_, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from indexer.store.predicates import where
from indexer.store.tables import Base, DocumentRow
from models.access.facts import DocumentFacts, FactsTable
from models.access.policy import reach_of
from models.access.principal import Principal
from models.access.scope import AllOf, Predicate, holds, rows
from tests.strategies import NOW, predicates, principals, worlds_of_facts

WHENEVER = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def row_of(facts: DocumentFacts) -> DocumentRow:
    """Return a row whose facts are these; what the policy does not look at is made up."""
    return DocumentRow(
        doc_id=facts.doc_id, lines=",".join(sorted(facts.lines)), region=facts.region,
        access_level=int(facts.access_level), state=facts.state.value,
        insurance_types=list(facts.insurance_types), material_type=facts.material_type,
        formed_on=date(facts.year, 12, 31) if facts.year else None, case_key=facts.case_key,
        source_key="", source_sha256=facts.doc_id, title="", title_key="", carrier="", page_count=1,
        media_type="", gaps=[], classification={}, degraded=False, deposited_at=WHENEVER,
        wrapped_key=b"", sealed=b"",
    )  # fmt: skip


def in_sql(session: Session, predicate: Predicate, *, negated: bool = False) -> set[str]:
    condition = where(predicate, "sqlite")
    return set(session.scalars(select(DocumentRow.doc_id).where(not_(condition) if negated else condition)))


def fill(session: Session, documents: list[DocumentFacts]) -> None:
    session.execute(delete(DocumentRow))
    session.add_all(row_of(document) for document in documents)
    session.flush()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(predicate=predicates, documents=worlds_of_facts())
def test_python_numpy_and_sql_are_the_same(
    session: Session, predicate: Predicate, documents: list[DocumentFacts]
) -> None:
    fill(session, documents)
    expected = {d.doc_id for d in documents if holds(predicate, d)}
    mask = rows(predicate, FactsTable.of(documents))
    assert {d.doc_id for d, allowed in zip(documents, mask, strict=True) if allowed} == expected
    assert in_sql(session, predicate) == expected
    assert in_sql(session, predicate, negated=True) == {d.doc_id for d in documents} - expected


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(principal=principals(), documents=worlds_of_facts(), narrowing=predicates)
def test_the_reach_of_a_principal_is_the_same_in_all_three(
    session: Session, principal: Principal, documents: list[DocumentFacts], narrowing: Predicate
) -> None:
    fill(session, documents)
    for scope in (reach_of(principal, NOW), AllOf((reach_of(principal, NOW), narrowing))):
        expected = [holds(scope, document) for document in documents]
        assert rows(scope, FactsTable.of(documents)).tolist() == expected
        assert in_sql(session, scope) == {d.doc_id for d, e in zip(documents, expected, strict=True) if e}


@given(predicates)
def test_every_predicate_is_a_statement_of_postgresql_too(predicate: Predicate) -> None:
    statement = select(DocumentRow.doc_id).where(where(predicate, "postgresql"))
    assert "json_each" not in str(statement.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
