"""What leaves the archive for training: reviewed documents only, placeholders only, the same file twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.classification_reviews import ClassificationReviews
from indexer.classifiers import ClassifierVersions
from indexer.model_versions import ModelVersions
from indexer.reviewed_texts import ReviewedTexts
from indexer.store.classification_port import Truth
from indexer.store.classification_sqlalchemy import SqlClassificationStore
from models.access.principal import Principal, Role
from models.access.scope import EVERYTHING
from models.classification.linear import load_classifier
from models.classification.reviewed import written
from models.errors import Conflict, Forbidden
from tests.assembly import Archive, archive_in, clerk, now, record
from tests.fakes_classifier import KeywordClassifier, small_artefact
from tests.strategies import PRINTED_ID

REVIEWER = clerk(role=Role.REVIEWER)
OPERATOR = Principal("ops", frozenset({Role.SYSTEM_ADMIN}))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = archive_in(tmp_path / "state")
    made.ingest(
        *(record(f"s{n}", f"失业登记表第{n}份，身份证号{PRINTED_ID}。", title=f"第{n}件") for n in range(8)),
        record("far", "工伤认定。", title="远", metadata={"region": "510104"}),
    )
    return made


def records_of(archive: Archive) -> SqlClassificationStore:
    return SqlClassificationStore(archive.engine, archive.sealer)


def ids(archive: Archive) -> dict[str, str]:
    known = [d.facts.doc_id for d in records_of(archive).documents(EVERYTHING)]
    return {archive.store.content(doc_id).source_id: doc_id for doc_id in known}


def reviewed(archive: Archive, *names: str, who: Principal = REVIEWER) -> None:
    desk = ClassificationReviews(records_of(archive), archive.store.standing, archive.audit, now)
    for name in names:
        desk.claim(ids(archive)[name], who)
        desk.correct(ids(archive)[name], Truth(("失业",), "失业登记"), who)


def exporter(archive: Archive) -> ReviewedTexts:
    return ReviewedTexts(archive.store, records_of(archive), archive.audit, now)


def test_only_what_was_reviewed_and_nothing_clear(archive: Archive) -> None:
    assert exporter(archive).export(REVIEWER) == []
    reviewed(archive, "s1", "s3")
    desk = ClassificationReviews(records_of(archive), archive.store.standing, archive.audit, now)
    desk.claim(ids(archive)["s5"], REVIEWER)
    desk.skip(ids(archive)["s5"], REVIEWER)
    texts = exporter(archive).export(REVIEWER)
    assert [(t.insurance_types, t.material_type, t.verdict) for t in texts] == [
        (("失业",), "失业登记", "corrected")
    ] * 2
    file = written(texts)
    assert PRINTED_ID not in file
    assert not [doc_id for doc_id in ids(archive).values() if doc_id in file]
    assert "clerk-1" not in file
    assert all("〔" in text.text for text in texts)
    assert written(exporter(archive).export(REVIEWER)) == file


def test_only_within_the_scope_and_for_reviewers(archive: Archive) -> None:
    far = replace(clerk(role=Role.REVIEWER, regions=("51",)), subject="far")
    reviewed(archive, "far", who=far)
    assert exporter(archive).export(REVIEWER) == []
    assert len(exporter(archive).export(far)) == 1
    for role in set(Role) - {Role.REVIEWER}:
        with pytest.raises(Forbidden):
            exporter(archive).export(clerk(role=role))


def test_a_candidate_is_judged_on_what_neither_learnt_from(archive: Archive, tmp_path: Path) -> None:
    versions = ClassifierVersions(tmp_path / "versions", small_artefact(), load_classifier)
    keywords = lambda _: KeywordClassifier()  # noqa: E731 - a loader of one line
    desk = ModelVersions(versions, archive.store, records_of(archive), keywords, archive.audit, now)
    reviewed(archive, "s1", "s2", "s3", "s4")
    with pytest.raises(Conflict):
        desk.shadow("shipped", OPERATOR)
    reviewed(archive, "s5", "s6")
    made = desk.shadow("shipped", OPERATOR)
    assert (made.texts, made.left_out, made.agreement) == (6, 0, 1.0)
    assert made.candidate == made.served
    assert (made.candidate.accuracy, made.candidate.coverage) == (1.0, 1.0)
    assert (made.candidate.accepted_accuracy, made.candidate.material_accuracy) == (1.0, 1.0)
