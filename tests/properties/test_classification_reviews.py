"""What always holds of reviews: one holder a document, nothing outside the scope, hidden documents unseen."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.classification_reviews import ClassificationReviews
from indexer.store.audit_sqlalchemy import SqlAuditLog
from indexer.store.classification_port import ClassifiedDocument, Truth
from models.access.facts import DocumentFacts
from models.access.policy import scope_of
from models.access.principal import Duty, Principal, Role
from models.access.scope import holds
from models.errors import ArchiveError, Conflict, Forbidden, NotVisible
from tests.assembly import archive_in, clerk
from tests.fakes_reviews import InMemoryClassificationStore, as_given, classified, facts_of, said
from tests.strategies import NAMES, NOW, facts, principals

ABSENT = "absent"


@st.composite
def documents(draw: st.DrawFn) -> list[ClassifiedDocument]:
    """Documents of every kind, doubtful, accepted and sampled; few regions, so that some are visible."""
    known: list[DocumentFacts] = draw(st.lists(facts(), max_size=8, unique_by=lambda f: f.doc_id))
    return [
        classified(
            own,
            said(draw(st.sampled_from(NAMES)), draw(st.floats(0.2, 1.0)), accepted=draw(st.booleans())),
            sampled=draw(st.booleans()),
        )
        for own in known
    ]


def store_of(known: list[ClassifiedDocument]) -> InMemoryClassificationStore:
    rows = {d.facts.doc_id: np.eye(4, dtype=np.float32)[len(d.title) % 4] for d in known}
    return InMemoryClassificationStore(known, rows)


@contextmanager
def audit_log() -> Iterator[SqlAuditLog]:
    with tempfile.TemporaryDirectory() as folder:
        archive = archive_in(Path(folder))
        yield archive.audit
        archive.close()


@pytest.fixture(scope="module")
def audit() -> Iterator[SqlAuditLog]:
    with audit_log() as log:
        yield log


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(known=documents(), who=principals())
def test_a_reviewer_meets_nothing_outside_the_scope(
    known: list[ClassifiedDocument], who: Principal, audit: SqlAuditLog
) -> None:
    desk = ClassificationReviews(store_of(known), as_given, audit, lambda: NOW)
    scope = scope_of(who, NOW)
    visible = {d.facts.doc_id for d in known if holds(scope, d.facts)}
    try:
        listed = desk.queue(who, 100)
    except Forbidden:
        assert Duty.REVIEW not in who.duties or who.expires_at == NOW
        return
    assert {item.document.facts.doc_id for item in listed} <= visible
    told = set()
    for doc_id in [ABSENT, *(d.facts.doc_id for d in known if d.facts.doc_id not in visible)]:
        for act in (desk.item, desk.claim, desk.confirm, desk.skip):
            with pytest.raises(NotVisible) as error:
                act(doc_id, who)
            told.add((error.value.code, error.value.detail))
        with pytest.raises(NotVisible):
            desk.correct(doc_id, Truth(("养老",), None), who)
    assert len(told) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    known=documents(), who=st.sampled_from([clerk(role=Role.REVIEWER), clerk(role=Role.REVIEWER, line=None)])
)
def test_hidden_documents_change_neither_order_nor_hints(
    known: list[ClassifiedDocument], who: Principal, audit: SqlAuditLog
) -> None:
    own = [d for d in known if holds(scope_of(who, NOW), d.facts)]
    everything = ClassificationReviews(store_of(known), as_given, audit, lambda: NOW)
    alone = ClassificationReviews(store_of(own), as_given, audit, lambda: NOW)
    assert everything.queue(who, 100) == alone.queue(who, 100)
    assert everything.hints(who, 100) == alone.hints(who, 100)


acts = st.lists(
    st.tuples(
        st.sampled_from(["claim", "next", "confirm", "correct", "skip"]),
        st.sampled_from(["anna", "bert", "cleo"]),
        st.sampled_from(["d1", "d2"]),
        st.integers(0, 40),
    ),
    max_size=25,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acts=acts)
def test_a_document_is_held_and_decided_by_one_person_at_a_time(
    acts: list[tuple[str, str, str, int]], audit: SqlAuditLog
) -> None:
    clock = [NOW]
    store = store_of([classified(facts_of(d), said("养老", 0.5, accepted=False)) for d in ("d1", "d2")])
    desk = ClassificationReviews(store, as_given, audit, lambda: clock[0])
    holder: dict[str, tuple[str, datetime]] = {}
    decided = 0
    for action, name, doc_id, minutes in acts:
        clock[0] += timedelta(minutes=minutes)
        who = replace(clerk(role=Role.REVIEWER), subject=name)
        held = {d: by for d, (by, until) in holder.items() if until > clock[0]}
        try:
            taken = _done(desk, action, doc_id, who)
        except (Conflict, NotVisible) as error:
            _refused_rightly(error, action, doc_id, name, held)
            continue
        assert held.get(taken, name) == name
        if action in {"claim", "next"}:
            holder[taken] = (name, clock[0] + timedelta(minutes=30))
        else:
            assert held[taken] == name
            del holder[taken]
            decided += 1
    assert len(list(store.reviews())) == decided
    in_force = {d: by for d, (by, until) in holder.items() if until > clock[0]}
    assert {d: claim.by for d, claim in store.claims(clock[0]).items()} == in_force


def _done(desk: ClassificationReviews, action: str, doc_id: str, who: Principal) -> str:
    if action == "next":
        return desk.claim_next(who).document.facts.doc_id
    if action == "claim":
        return desk.claim(doc_id, who).document.facts.doc_id
    if action == "correct":
        return desk.correct(doc_id, Truth(("失业",), None), who).doc_id
    return (desk.confirm if action == "confirm" else desk.skip)(doc_id, who).doc_id


def _refused_rightly(error: ArchiveError, action: str, doc_id: str, name: str, held: dict[str, str]) -> None:
    if action == "claim":
        assert held[doc_id] != name
    elif action == "next":
        assert isinstance(error, NotVisible)
    else:
        assert held.get(doc_id) != name
