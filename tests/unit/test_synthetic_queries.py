"""Questions to made-up archives."""

from __future__ import annotations

import re
from functools import cache

from models.archive.regions import within
from models.archive.taxonomy import lines_of, material_types
from training.synthetic.documents import SyntheticDocument, generate
from training.synthetic.queries import QueryKind, SyntheticQuery, queries_for


@cache
def _documents() -> tuple[SyntheticDocument, ...]:
    return tuple(generate(220, 9))


@cache
def _queries() -> tuple[SyntheticQuery, ...]:
    return tuple(queries_for(_documents(), 9))


def test_every_kind_and_unique_ids() -> None:
    assert {query.kind for query in _queries()} == set(QueryKind)
    assert len({query.query_id for query in _queries()}) == len(_queries())
    assert list(_queries()) == queries_for(_documents(), 9)


def test_only_questions_that_must_find_nothing_have_no_answer() -> None:
    for query in _queries():
        assert (query.relevant == ()) == (query.kind is QueryKind.NOTHING)


def test_no_numbers_of_persons() -> None:
    assert not any(re.search(r"\d{6}", query.text) for query in _queries())


def test_colloquial_questions_avoid_the_official_word() -> None:
    plain = [q for q in _queries() if q.kind is QueryKind.COLLOQUIAL]
    assert {q.query_id.split("-")[1] for q in plain} == set(material_types())
    assert not any(q.query_id.split("-")[1] in q.text for q in plain)


def test_a_stranger_may_not_see_the_document() -> None:
    by_id = {document.source_id: document for document in _documents()}
    for query in _queries():
        if query.kind is not QueryKind.NOTHING:
            continue
        entry = by_id[query.query_id.removeprefix("none-")].catalogue
        lines = {entry.line} if entry.line else lines_of(entry.insurance_types)
        assert query.line not in lines or not within(entry.region or "", query.region or "")
