"""What any store of classification reviews owes: one holder, nothing lost, filters that follow at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from sqlalchemy import update

from indexer.classification_reviews import ClassificationReviews
from indexer.granting import Granting, GrantRequest
from indexer.reclassification import becomes
from indexer.store.access_sqlalchemy import SqlAccessStore
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.classification_port import (
    Claim,
    ClassificationReview,
    ClassificationStore,
    ClassifiedDocument,
    ReviewVerdict,
    Truth,
)
from indexer.store.classification_sqlalchemy import SqlClassificationStore
from indexer.store.database import transaction
from indexer.store.port import Account
from indexer.store.review_tables import DocumentPrivacyRow
from models.access.principal import Principal, Role
from models.access.scope import EVERYTHING, NOTHING, InsuranceIn, LineIs
from models.archive.levels import Line, Retention
from models.classification.results import Decision
from models.errors import Conflict, NotVisible
from tests.assembly import Archive, archive_in, clerk, now, record
from tests.fakes_reviews import InMemoryClassificationStore
from tests.strategies import NOW

HALF_AN_HOUR = timedelta(minutes=30)
SILENT = {"insurance_type": None}


@dataclass(frozen=True, slots=True)
class World:
    """A store over three documents: doubtful, sampled and accepted, accepted."""

    store: ClassificationStore
    archive: Archive
    doubtful: str
    sampled: str
    accepted: str


def sql_store(archive: Archive) -> ClassificationStore:
    return SqlClassificationStore(archive.engine, archive.sealer)


def memory_store(archive: Archive) -> ClassificationStore:
    real = sql_store(archive)
    known = list(real.documents(EVERYTHING))
    ids = [d.facts.doc_id for d in known]
    return InMemoryClassificationStore(known, dict(zip(ids, real.mean_vectors(ids), strict=True)))


@pytest.fixture(params=[sql_store, memory_store])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    archive = archive_in(tmp_path / "state")
    archive.ingest(
        record("a", "医疗和工伤都提到的说明。", title="甲", metadata=SILENT | {"line": "HRSS"}),
        record("b", "失业登记与失业保险金。", title="乙"),
        record("c", "养老金，退休审批表。", title="丙", metadata=SILENT),
    )
    ids = {
        archive.store.content(d.facts.doc_id).source_id: d for d in sql_store(archive).documents(EVERYTHING)
    }
    a, b, c = (ids[name].facts.doc_id for name in "abc")
    with transaction(archive.engine) as session:
        for doc_id, key in ((a, "f" * 64), (b, "0" * 64), (c, "f" * 64)):
            told = update(DocumentPrivacyRow).where(DocumentPrivacyRow.doc_id == doc_id)
            session.execute(told.values(sample_key=key))
    build: Callable[[Archive], ClassificationStore] = request.param
    return World(build(archive), archive, a, b, c)


def ids_of(documents: object) -> list[str]:
    assert hasattr(documents, "__iter__")
    return [d.facts.doc_id for d in documents]


def review_of(
    document: ClassifiedDocument, by: str, verdict: ReviewVerdict, truth: Truth | None
) -> ClassificationReview:
    return ClassificationReview(document.facts.doc_id, verdict, by, NOW, truth, document.predicted)


def decided(world: World, doc_id: str, truth: Truth, by: str = "a") -> ClassifiedDocument:
    document = world.store.document(doc_id)
    world.store.claim(Claim(doc_id, by, NOW, NOW + HALF_AN_HOUR))
    review = review_of(document, by, ReviewVerdict.CORRECTED, truth)
    world.store.decide(review, becomes(document, truth))
    return world.store.document(doc_id)


def test_waiting_is_what_is_doubtful_and_the_sample(world: World) -> None:
    assert ids_of(world.store.documents(EVERYTHING)) == sorted(
        [world.doubtful, world.sampled, world.accepted]
    )
    assert ids_of(world.store.waiting(EVERYTHING, 9)) == [world.doubtful, world.sampled]
    assert ids_of(world.store.waiting(NOTHING, 9)) == ids_of(world.store.documents(NOTHING)) == []
    sampled = world.store.document(world.sampled)
    assert (sampled.sampled, sampled.predicted.decision) == (True, Decision.ACCEPTED)
    with pytest.raises(NotVisible):
        world.store.document("absent")


def test_the_least_sure_wait_first_and_the_limit_is_each_ones_own(world: World) -> None:
    more = [f"医疗和工伤，{word}。" for word in ("养老", "养老、失业", "养老、失业、生育")]
    world.archive.ingest(*(record(f"m{n}", text, metadata=SILENT) for n, text in enumerate(more)))
    store = sql_store(world.archive)
    doubtful = [d for d in store.waiting(EVERYTHING, 9) if not d.sampled]
    probabilities = [d.predicted.labels[0].probability for d in doubtful]
    assert len(doubtful) == 4
    assert probabilities == sorted(probabilities)
    assert ids_of(store.waiting(EVERYTHING, 1)) == [doubtful[0].facts.doc_id, world.sampled]
    medical = [d.facts.lines for d in store.waiting(LineIs(Line.MEDICAL), 9)]
    assert all(Line.MEDICAL in lines for lines in medical)


def test_a_document_has_one_holder(world: World) -> None:
    mine = Claim(world.doubtful, "a", NOW, NOW + HALF_AN_HOUR)
    world.store.claim(mine)
    with pytest.raises(Conflict):
        world.store.claim(Claim(world.doubtful, "b", NOW, NOW + HALF_AN_HOUR))
    longer = Claim(world.doubtful, "a", NOW + HALF_AN_HOUR / 2, NOW + 2 * HALF_AN_HOUR)
    world.store.claim(longer)
    assert world.store.claims(NOW) == {world.doubtful: longer}
    assert world.store.claims(longer.expires_at) == {}
    world.store.claim(Claim(world.doubtful, "b", longer.expires_at, longer.expires_at + HALF_AN_HOUR))


def test_of_many_at_once_one_holds_it(world: World) -> None:
    held: list[str] = []

    def take(by: str) -> None:
        with suppress(Conflict):
            world.store.claim(Claim(world.doubtful, by, NOW, NOW + HALF_AN_HOUR))
            held.append(by)

    threads = [Thread(target=take, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [claim.by for claim in world.store.claims(NOW).values()] == held


def test_only_the_holder_decides_and_only_in_time(world: World) -> None:
    document = world.store.document(world.doubtful)
    skip = review_of(document, "a", ReviewVerdict.SKIPPED, None)
    with pytest.raises(Conflict):
        world.store.decide(skip, None)
    world.store.claim(Claim(world.doubtful, "b", NOW, NOW + HALF_AN_HOUR))
    with pytest.raises(Conflict):
        world.store.decide(skip, None)
    world.store.claim(Claim(world.sampled, "a", NOW - HALF_AN_HOUR, NOW))
    late = review_of(world.store.document(world.sampled), "a", ReviewVerdict.SKIPPED, None)
    with pytest.raises(Conflict):
        world.store.decide(late, None)
    assert list(world.store.reviews()) == []


def test_a_skip_changes_nothing_and_gives_the_document_back(world: World) -> None:
    document = world.store.document(world.doubtful)
    world.store.claim(Claim(world.doubtful, "a", NOW, NOW + HALF_AN_HOUR))
    world.store.decide(review_of(document, "a", ReviewVerdict.SKIPPED, None), None)
    assert world.store.document(world.doubtful) == document
    assert world.store.claims(NOW) == {}
    (told,) = world.store.reviews(world.doubtful)
    assert (told.verdict, told.by, told.at, told.truth) == (ReviewVerdict.SKIPPED, "a", NOW, None)


def test_a_decision_changes_the_record_and_keeps_what_was_predicted(world: World) -> None:
    before = world.store.document(world.doubtful)
    after = decided(world, world.doubtful, Truth(("工伤", "医疗"), "工伤认定申请"))
    assert after.facts.insurance_types == ("工伤", "医疗")
    assert after.facts.material_type == "工伤认定申请"
    assert after.facts.lines == {Line.HRSS}  # the catalogue named it
    assert (after.retention, after.due_on) != (before.retention, before.due_on)
    assert after.retention in set(Retention)
    assert after.reviewed
    assert after.predicted.labels == before.predicted.labels
    assert after.predicted.evidence == ()  # it quoted the text
    assert ids_of(world.store.waiting(EVERYTHING, 9)) == [world.sampled]
    assert ids_of(world.store.reviewed(EVERYTHING)) == [world.doubtful]
    again = decided(world, world.doubtful, Truth(("医疗",), None), by="b")
    assert again.predicted == after.predicted
    said = [r.truth.insurance_types for r in world.store.reviews() if r.truth]
    assert said == [("工伤", "医疗"), ("医疗",)]
    assert {r.predicted for r in world.store.reviews()} == {after.predicted}


def test_a_derived_line_follows_the_insurance(world: World) -> None:
    assert world.store.document(world.accepted).facts.lines == {Line.HRSS}
    after = decided(world, world.accepted, Truth(("医疗",), None))
    assert after.facts.lines == {Line.MEDICAL}


def test_mean_vectors_are_unit_rows_in_order(world: World) -> None:
    ids = [world.sampled, world.doubtful]
    rows = world.store.mean_vectors(ids)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(rows[::-1], world.store.mean_vectors(ids[::-1]))
    assert len(world.store.mean_vectors([])) == 0


def test_ids_for_training_are_stable_and_not_those_of_documents(world: World) -> None:
    ids = [world.sampled, world.doubtful]
    given = world.store.training_ids(ids)
    assert given == world.store.training_ids(ids)
    assert len(set(given.values()) - set(ids)) == 2


def test_search_filters_follow_a_correction_at_once(tmp_path: Path) -> None:
    archive = archive_in(tmp_path / "state")
    archive.ingest(record("a", "退休审批表，批准退休。", title="甲"))
    reader, reviewer = clerk(), clerk(role=Role.REVIEWER)
    desk = ClassificationReviews(sql_store(archive), archive.store.standing, archive.audit, now)

    def found_under(insurance: str) -> int:
        served = archive.keeper.served()
        assert served is not None
        return served.visible(InsuranceIn((insurance,))).count

    (hit,) = archive.search("退休审批", reader)
    assert (found_under("养老"), found_under("失业")) == (1, 0)
    desk.claim(hit.doc_id, reviewer)
    desk.correct(hit.doc_id, Truth(("失业",), "失业登记"), reviewer)
    assert (found_under("养老"), found_under("失业")) == (0, 1)
    (moved,) = archive.search("退休审批", reader)
    assert (moved.insurance_types, moved.material_type) == (("失业",), "失业登记")
    assert archive.store.sure_insurances([hit.doc_id]) == {hit.doc_id: "失业"}
    actions = [event.action for _, event, _ in archive.audit.events()]
    assert [a for a in actions if a != "search"] == ["classification_claim", "classification_corrected"]


def test_a_grant_to_read_is_none_to_decide(tmp_path: Path) -> None:
    """A document of another region, granted: it is found and read, and reviewed by nobody but its own."""
    archive = archive_in(tmp_path / "state")
    archive.ingest(record("far", "退休审批表，批准退休。", metadata={"region": "420106", **SILENT}))
    reviewer, own = clerk(role=Role.REVIEWER), clerk(role=Role.REVIEWER, regions=("42",))
    SqlAccountStore(archive.engine).add_account(Account(reviewer, None))
    desk = ClassificationReviews(sql_store(archive), archive.store.standing, archive.audit, now)
    (doc_id,) = archive.store.ids_inside(EVERYTHING, NOTHING)
    granting = Granting(archive.store, SqlAccessStore(archive.engine, archive.sealer), archive.audit, now)
    wanted = GrantRequest(reviewer.subject, (doc_id,), "", "协查", NOW + timedelta(days=1))
    granting.give(wanted, Principal("", frozenset()))

    assert [hit.doc_id for hit in archive.search("退休审批", reviewer)] == [doc_id]
    assert archive.reader.read(doc_id, reviewer).pages
    assert desk.queue(reviewer) == []
    for act in (desk.item, desk.claim, desk.confirm, desk.skip):
        with pytest.raises(NotVisible):
            act(doc_id, reviewer)
    with pytest.raises(NotVisible):
        desk.claim_next(reviewer)
    assert desk.claim(doc_id, replace(own, subject="reviewer-2")).claim is not None
