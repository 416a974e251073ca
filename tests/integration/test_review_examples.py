"""Precedents: nearest first, reviewed only, inside the scope only."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.classification_reviews import ClassificationReviews
from indexer.review_examples import ReviewExamples
from indexer.store.classification_port import Truth
from indexer.store.classification_sqlalchemy import SqlClassificationStore
from models.access.principal import Role
from models.access.scope import EVERYTHING
from models.errors import Forbidden
from tests.assembly import Archive, archive_in, clerk, now, record

REVIEWER = clerk(role=Role.REVIEWER, regions=("50", "51"))
TEXTS = {
    "a": "失业登记表，登记失业，申领失业保险金。",
    "b": "工伤认定申请，工地摔伤。",
    "c": "住院费用报销单。",
    "far": "失业登记表，登记失业，申领失业保险金，外地。",
}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = archive_in(tmp_path / "state")
    for name, text in TEXTS.items():
        region = "510104" if name == "far" else "500111"
        made.ingest(record(name, text, title=name, metadata={"region": region}))
    records = SqlClassificationStore(made.engine, made.sealer)
    desk = ClassificationReviews(records, made.store.standing, made.audit, now)
    for document in list(records.documents(EVERYTHING)):
        if document.title != "c":
            desk.claim(document.facts.doc_id, REVIEWER)
            desk.correct(document.facts.doc_id, Truth(("失业",), None), REVIEWER)
    return made


def examples(archive: Archive) -> ReviewExamples:
    records = SqlClassificationStore(archive.engine, archive.sealer)
    standing = archive.store.standing
    return ReviewExamples(records, standing, archive.detector, archive.embedder, archive.audit, now)


def test_nearest_first_reviewed_only_in_scope_only(archive: Archive) -> None:
    found = examples(archive).nearest(TEXTS["a"], clerk(), 5)
    assert [e.document.title for e in found] == ["a", "b"]
    assert found[0].similarity > found[1].similarity
    assert [e.document.title for e in examples(archive).nearest(TEXTS["a"], REVIEWER, 2)] == ["a", "far"]
    assert examples(archive).nearest("\u3000\n", clerk()) == []


def test_a_caller_without_documents_gets_none_and_without_the_duty_is_refused(archive: Archive) -> None:
    assert examples(archive).nearest(TEXTS["a"], clerk(role=Role.INTAKE)) == []
    with pytest.raises(Forbidden):
        examples(archive).nearest(TEXTS["a"], clerk(role=Role.SUPERVISOR))
