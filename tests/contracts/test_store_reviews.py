"""What reviews owe the store: nothing half hidden, nothing lost, old archives included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update

from indexer.deposits import OutcomeKind
from indexer.preparation import Preparer
from indexer.reports import Reports
from indexer.rerendering import Rerenderer
from indexer.reviews import DetectionReviews, MissedSpan
from indexer.store.database import transaction
from indexer.store.review_tables import DocumentPrivacyRow, PersonRow
from indexer.store.reviews_port import Missed
from indexer.store.reviews_sqlalchemy import SqlReviewStore
from indexer.store.tables import DetectionRow
from models.access.principal import Role
from models.errors import Conflict, InvalidInput, NotVisible
from models.privacy.denied import DeniedValue, DenyList
from models.privacy.detections import DetectionKind
from tests.assembly import Archive, archive_in, clerk, now, record
from tests.fakes_classifier import KeywordClassifier
from tests.strategies import NOW, PRINTED_ID

OFFICER = clerk(role=Role.PRIVACY_OFFICER)
WORD = "蓝鲸七号"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = archive_in(tmp_path / "state")
    stored = made.ingest(
        record("a", f"退休审批，绰号{WORD}，身份证号{PRINTED_ID}。" * 30, title="甲"),
        record("b", f"工伤认定，见{WORD}。", title=f"{WORD}的材料"),
        record("c", "失业金发放。", title="丙"),
    )
    assert [o.kind for o in stored] == [OutcomeKind.STORED] * 3
    return made


def reviews_of(archive: Archive) -> SqlReviewStore:
    return SqlReviewStore(archive.engine, archive.sealer)


def desk(archive: Archive) -> DetectionReviews:
    rerenderer = Rerenderer(archive.store, archive.embedder)
    return DetectionReviews(
        archive.store, reviews_of(archive), rerenderer, archive.detector, archive.audit, now,
        refresh=archive.keeper.catch_up,
    )  # fmt: skip


def doc_id_of(archive: Archive, source_id: str) -> str:
    ids = [d.facts.doc_id for d in reviews_of(archive).documents()]
    return next(doc_id for doc_id in ids if archive.store.content(doc_id).source_id == source_id)


def missed(archive: Archive) -> int:
    doc_id = doc_id_of(archive, "a")
    start = archive.store.content(doc_id).pages[0].text.index(WORD)
    span = MissedSpan(1, start, start + len(WORD), DetectionKind.PERSON, "漏检")
    return desk(archive).add_missed(doc_id, span, OFFICER)


def test_a_missed_value_leaves_chunks_titles_index_and_files(archive: Archive) -> None:
    assert archive.keeper.served() is not None
    before = {row.chunk_id for row in archive.store.index_rows(archive.embedder.space)}
    assert missed(archive) > 30
    rows = list(archive.store.index_rows(archive.embedder.space))
    assert not any(WORD in row.text for row in rows)
    changed = {row.chunk_id for row in rows} - before
    assert min(changed) > max(before)
    served = archive.keeper.served()
    assert served is not None
    assert set(served.generation.row_ids) == {row.chunk_id for row in rows}
    assert served.alive.all()
    archive.close()
    held = [path for path in archive.folder.rglob("*") if path.is_file()]
    assert not [path.name for path in held if WORD.encode() in path.read_bytes()]


def test_a_served_index_hides_replaced_rows_before_it_is_made_anew(archive: Archive) -> None:
    served = archive.keeper.served()
    assert served is not None
    archive.keeper.catch_up()
    behind = replace(desk(archive), refresh=lambda: None)
    doc_id = doc_id_of(archive, "b")
    behind.add_missed(doc_id, MissedSpan(1, 6, 10, DetectionKind.PERSON, "漏检"), OFFICER)
    generation = archive.keeper.current()
    assert generation is not None
    stale = archive.keeper._with_facts(generation, 0)
    assert 0 < stale.alive.sum() < stale.generation.rows
    assert {stale.doc_id_of(int(row)) for row in stale.alive.nonzero()[0]} == {doc_id_of(archive, "c")}


def test_an_archive_from_before_reports_is_completed(archive: Archive) -> None:
    reports = Reports(archive.store, reviews_of(archive), archive.audit, now)
    whole = reports.archive(OFFICER)
    with transaction(archive.engine) as session:
        session.execute(delete(DocumentPrivacyRow))
        session.execute(delete(PersonRow))
        session.execute(update(DetectionRow).values(value_key="", check_failed=True))
    again = reports.archive(OFFICER)
    assert replace(again, engine=whole.engine) == whole
    assert again.engine.versions == ("未记录（早期入库）",)
    assert whole.residual.persons == 1


def test_a_document_prepared_before_a_denial_is_prepared_again(archive: Archive) -> None:
    lists = [DenyList()]

    def denied() -> DenyList:
        if len(lists) == 1:
            lists.append(reviews_of(archive).deny_list())
            missed(archive)
            return lists[0]
        return reviews_of(archive).deny_list()

    archive.ingestor.preparer = Preparer(
        archive.detector, KeywordClassifier(), archive.embedder, denied=denied
    )
    (stored,) = archive.ingest(record("d", f"后来的材料，{WORD}。"))
    assert stored.kind is OutcomeKind.STORED
    assert not any(WORD in row.text for row in archive.store.index_rows(archive.embedder.space))


def test_a_rendition_of_other_detections_is_refused(archive: Archive) -> None:
    store, doc_id = reviews_of(archive), doc_id_of(archive, "b")
    item = DeniedValue(DetectionKind.PERSON, WORD)
    made = Rerenderer(archive.store, archive.embedder).hiding(doc_id, store.findings(doc_id), item)
    assert made is not None
    told = Missed(doc_id, item, "a", NOW, "漏检")
    head = archive.store.head_seq()
    for rendering, seq in ((replace(made, based_on="x"), head), (made, head - 1)):
        with pytest.raises(Conflict):
            store.add_missed(told, [rendering], archive.embedder.space, seq)
    assert store.deny_list() == DenyList()
    assert any(WORD in row.text for row in archive.store.index_rows(archive.embedder.space))


@pytest.mark.parametrize(("page", "start", "end"), [(1, 0, 999), (9, 0, 2), (1, 5, 5), (1, 7, 6)])
def test_a_span_outside_the_page_is_refused(archive: Archive, page: int, start: int, end: int) -> None:
    doc_id = doc_id_of(archive, "c")
    span = MissedSpan(page, start, end, DetectionKind.PERSON, "漏检")
    with pytest.raises(InvalidInput):
        desk(archive).add_missed(doc_id, span, OFFICER)


def test_an_absent_document_and_a_foreign_one_are_the_same(archive: Archive) -> None:
    span = MissedSpan(1, 0, 2, DetectionKind.PERSON, "漏检")
    far = clerk(role=Role.PRIVACY_OFFICER, regions=("51",))
    told = []
    for doc_id, who in (("absent", OFFICER), (doc_id_of(archive, "a"), far)):
        with pytest.raises(NotVisible) as error:
            desk(archive).add_missed(doc_id, span, who)
        told.append(error.value.detail)
    assert told[0] == told[1]


def test_value_and_reason_lie_sealed(archive: Archive) -> None:
    missed(archive)
    with transaction(archive.engine) as session:
        for table, column in (("denied_values", "sealed_value"), ("detection_reviews", "sealed_reason")):
            (sealed, *_) = session.scalars(text(f"SELECT {column} FROM {table}")).all()
            assert WORD.encode() not in sealed
            assert "漏检".encode() not in sealed
