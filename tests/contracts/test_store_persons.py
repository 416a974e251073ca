"""The person index keeps step with documents, is completed, rotated and resumed; nothing in it is clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from indexer.allowances import SecondPerson
from indexer.reclassification import becomes
from indexer.rerendering import Rerenderer
from indexer.reviews import DetectionReviews, Judgement, MissedSpan
from indexer.store.classification_port import Claim, ClassificationReview, ReviewVerdict, Truth
from indexer.store.classification_sqlalchemy import SqlClassificationStore
from indexer.store.database import exclusive, transaction
from indexer.store.persons_port import PersonKey
from indexer.store.persons_sqlalchemy import SqlPersonIndex
from indexer.store.persons_tables import PersonDocumentRow, PersonTokenRow
from indexer.store.persons_writing import epochs, forget, renew
from indexer.store.port import DocumentStore
from indexer.store.reviews_port import AllowanceScope, Verdict
from indexer.store.reviews_sqlalchemy import SqlReviewStore
from indexer.store.tables import DocumentRow
from models.access.principal import Principal, Role
from models.archive.levels import AccessLevel
from models.privacy.blind_index import PersonRole, Use, bucket_of
from models.privacy.detections import DetectionKind
from tests.assembly import Archive, archive_in, now, record
from tests.strategies import NOW, PRINTED_ID

NAME, OTHER = "欧阳锦程", "司马青云"
PLACES = [bucket_of([line], city) for line in ("HRSS", "MEDICAL") for city in ("5001", "5101")]
OFFICER = Principal(
    "officer", frozenset({Role.PRIVACY_OFFICER}), None, ("50",), AccessLevel.SENSITIVE, "隐私检查"
)
SECOND = replace(OFFICER, subject="second")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = archive_in(tmp_path / "state")
    held = {"holder_name": NAME, "holder_id": PRINTED_ID}
    made.ingest(
        record("held", f"退休审批，姓名：{NAME}", title="甲", metadata=held),
        record("told", f"工伤认定，姓名：{NAME}，电话13912345678", title="乙"),
        record("else", f"失业金，姓名：{NAME}", title="丙", metadata={"region": "510104"}),
        record("none", "养老待遇", title="丁"),
    )
    return made


def found(
    archive: Archive, key: str = NAME, use: Use = Use.NAME, index: SqlPersonIndex | None = None
) -> dict[str, PersonRole]:
    hits = (index or archive.person_index).find([PersonKey(use, key)], PLACES)
    assert all(hit.position == 0 for hit in hits)
    return {archive.store.content(hit.doc_id).source_id: hit.role for hit in hits}


def doc_id_of(archive: Archive, source_id: str) -> str:
    with transaction(archive.engine) as session:
        ids = list(session.scalars(select(DocumentRow.doc_id)))
    return next(doc_id for doc_id in ids if archive.store.content(doc_id).source_id == source_id)


def desk(archive: Archive) -> DetectionReviews:
    rerenderer = Rerenderer(archive.store, archive.embedder)
    reviews = SqlReviewStore(archive.engine, archive.sealer)
    return DetectionReviews(archive.store, reviews, rerenderer, archive.detector, archive.audit, now)


def test_people_are_found_as_holders_and_as_mentioned(archive: Archive) -> None:
    holder, mentioned = PersonRole.HOLDER, PersonRole.MENTIONED
    assert found(archive) == {"held": holder, "told": mentioned, "else": mentioned}
    assert found(archive, PRINTED_ID, Use.NUMBER) == {"held": holder}
    assert found(archive, "13912345678", Use.NUMBER) == {"told": mentioned}
    assert found(archive, PRINTED_ID, Use.NAME) == found(archive, "锦程") == {}


def test_only_the_places_asked_for_are_looked_at(archive: Archive) -> None:
    keys = [PersonKey(Use.NAME, OTHER), PersonKey(Use.NAME, NAME)]
    hits = archive.person_index.find(keys, [bucket_of(["HRSS"], "5101")])
    assert [(hit.position, hit.doc_id) for hit in hits] == [(1, doc_id_of(archive, "else"))]
    assert archive.person_index.find(keys, []) == archive.person_index.find([], PLACES) == []


def test_equal_names_are_equal_tokens_only_in_one_place(archive: Archive) -> None:
    with transaction(archive.engine) as session:
        tokens = {
            source: set(
                session.scalars(
                    select(PersonTokenRow.token)
                    .join(PersonDocumentRow, PersonDocumentRow.number == PersonTokenRow.number)
                    .where(PersonDocumentRow.doc_id == doc_id_of(archive, source))
                )
            )
            for source in ("held", "told", "else", "none")
        }
    assert [len(own) for own in tokens.values()] == [2, 2, 1, 0]
    assert len(tokens["held"] & tokens["told"]) == 1
    assert not tokens["else"] & (tokens["held"] | tokens["told"])


def test_a_missed_name_is_found_and_an_approved_error_is_not(archive: Archive) -> None:
    doc_id = doc_id_of(archive, "none")
    desk(archive).add_missed(doc_id, MissedSpan(1, 0, 4, DetectionKind.PERSON, "漏检"), OFFICER)
    assert found(archive, "养老待遇") == {"none": PersonRole.MENTIONED}
    judgement = Judgement(Verdict.FALSE_POSITIVE, "不是姓名", scope=AllowanceScope.ALL, days=1)
    allowance = desk(archive).judge(doc_id, 1, judgement, OFFICER)
    assert found(archive, "养老待遇")
    reviews = SqlReviewStore(archive.engine, archive.sealer)
    SecondPerson(archive.store, reviews, archive.audit, now).approve(allowance or "", SECOND)
    assert found(archive, "养老待遇") == {}
    desk(archive).judge(doc_id, 1, Judgement(Verdict.CONFIRMED, "确是姓名"), OFFICER)
    assert found(archive, "养老待遇")


def test_a_value_is_found_again_once_its_allowance_has_ended(archive: Archive) -> None:
    doc_id = doc_id_of(archive, "told")
    number = next(
        f.number for f in desk(archive).reviews.findings(doc_id) if f.detection.kind is DetectionKind.PHONE
    )
    judgement = Judgement(Verdict.FALSE_POSITIVE, "流水号", days=3)
    allowance = desk(archive).judge(doc_id, number, judgement, OFFICER)
    SecondPerson(archive.store, desk(archive).reviews, archive.audit, now).approve(allowance or "", SECOND)
    assert found(archive, "13912345678", Use.NUMBER) == {}
    assert archive.person_index.behind() == 0
    later = SqlPersonIndex(archive.engine, archive.sealer, lambda: NOW + timedelta(days=4))
    assert later.behind() == 1


def test_a_number_that_is_another_kind_is_found_no_more(archive: Archive) -> None:
    doc_id = doc_id_of(archive, "told")
    findings = desk(archive).reviews.findings(doc_id)
    number = next(f.number for f in findings if f.detection.kind is DetectionKind.PERSON)
    retyped = Judgement(Verdict.WRONG_KIND, "是地址", DetectionKind.ADDRESS)
    desk(archive).judge(doc_id, number, retyped, OFFICER)
    assert set(found(archive)) == {"held", "else"}


def test_a_withdrawn_document_has_no_tokens_until_it_is_held_again(archive: Archive) -> None:
    doc_id = doc_id_of(archive, "held")
    archive.store.set_state(doc_id, "withdrawn")
    assert set(found(archive)) == {"told", "else"}
    assert archive.person_index.behind() == 0
    archive.store.set_state(doc_id, "held")
    assert set(found(archive)) == {"held", "told", "else"}


def test_a_document_of_another_line_or_place_is_found_there(archive: Archive) -> None:
    doc_id = doc_id_of(archive, "held")
    reviews = SqlClassificationStore(archive.engine, archive.sealer)
    document, truth = reviews.document(doc_id), Truth(("医疗",), None)
    reviews.claim(Claim(doc_id, "r", NOW, NOW + timedelta(minutes=30)))
    review = ClassificationReview(doc_id, ReviewVerdict.CORRECTED, "r", NOW, truth, document.predicted)
    reviews.decide(review, becomes(document, truth))
    assert archive.store.facts([doc_id])[doc_id].lines == {"MEDICAL"}
    hits = archive.person_index.find([PersonKey(Use.NAME, NAME)], [bucket_of(["MEDICAL"], "5001")])
    assert [hit.doc_id for hit in hits] == [doc_id]
    with exclusive(archive.engine) as session:
        session.execute(update(DocumentRow).values(region="510104").where(DocumentRow.doc_id == doc_id))
        renew(session, archive.sealer, doc_id)
    assert archive.person_index.find([PersonKey(Use.NAME, NAME)], [bucket_of(["MEDICAL"], "5101")])


def test_a_forgotten_document_leaves_nothing(archive: Archive) -> None:
    with exclusive(archive.engine) as session:
        forget(session, doc_id_of(archive, "held"))
        assert session.get(PersonDocumentRow, 1) is None
    assert set(found(archive)) == {"told", "else"}


def test_an_archive_from_before_is_completed_and_an_interruption_loses_nothing(archive: Archive) -> None:
    whole = found(archive)
    with exclusive(archive.engine) as session:
        session.execute(delete(PersonTokenRow))
        session.execute(delete(PersonDocumentRow))
    assert archive.person_index.behind() == 4
    assert archive.person_index.catch_up(stop=lambda: True) == 0
    told: list[int] = []
    assert archive.person_index.catch_up(told.append) == sum(told) == 4
    assert (found(archive), archive.person_index.behind()) == (whole, 0)
    archive.person_index.remake()
    assert (found(archive), archive.person_index.behind()) == (whole, 4)
    assert archive.person_index.catch_up() == 4


def test_what_changed_behind_the_back_of_the_program_is_put_right(archive: Archive) -> None:
    with exclusive(archive.engine) as session:
        session.execute(update(DocumentRow).values(region="510104"))
    assert archive.person_index.behind() == 3
    archive.person_index.catch_up()
    assert set(found(archive)) == {"held", "told", "else"}


def test_keys_are_rotated_while_everybody_is_found(archive: Archive, tmp_path: Path) -> None:
    whole, other = found(archive), SqlPersonIndex(archive.engine, archive.sealer)
    before = _tokens(archive)
    assert archive.person_index.rotate() == 2
    assert found(archive) == whole
    archive.ingest(record("new", f"姓名：{OTHER}"))
    with exclusive(archive.engine) as session:  # one of the old ones is done, then the process dies
        renew(session, archive.sealer, doc_id_of(archive, "told"))
    assert found(archive) == found(archive, index=other) == whole
    assert set(found(archive, OTHER)) == {"new"}
    assert archive.person_index.rotate() == 2
    assert archive.person_index.catch_up() == 3
    assert found(archive) == found(archive, index=other) == whole
    with transaction(archive.engine) as session:
        assert [epoch.number for epoch in epochs(session)] == [2]
    assert not before & _tokens(archive)
    assert archive.person_index.rotate() == 3
    archive.person_index.catch_up()
    assert found(archive) == whole


def test_two_archives_of_one_master_key_share_no_token(archive: Archive, tmp_path: Path) -> None:
    other = archive_in(tmp_path / "other")
    other.ingest(record("told", f"工伤认定，姓名：{NAME}，电话13912345678"))
    assert not _tokens(archive) & _tokens(other)


def test_a_store_without_tokens_is_asked_in_vain(tmp_path: Path) -> None:
    empty = archive_in(tmp_path / "empty")
    store: DocumentStore = empty.store
    assert store.head_seq() == 0
    assert empty.person_index.find([PersonKey(Use.NAME, NAME)], PLACES) == []
    assert (empty.person_index.behind(), empty.person_index.catch_up()) == (0, 0)


def _tokens(archive: Archive) -> set[bytes]:
    with transaction(archive.engine) as session:
        return set(session.scalars(select(PersonTokenRow.token)))
