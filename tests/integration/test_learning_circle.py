"""From a reviewer's desk to a classifier in use and back: export, fit, register, compare, roll back."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.classification_reviews import ClassificationReviews
from indexer.classifiers import SHIPPED, ClassifierVersions
from indexer.model_versions import ModelVersions
from indexer.reviewed_texts import ReviewedTexts
from indexer.served_classifier import ServedClassifier
from indexer.store.classification_port import Truth
from indexer.store.classification_sqlalchemy import SqlClassificationStore
from models.access.principal import Principal, Role
from models.access.scope import EVERYTHING
from models.classification.linear import LinearClassifier, load_classifier
from models.classification.reviewed import EXPORT_NAME, written
from models.errors import Conflict
from tests.assembly import archive_in, clerk, now, record
from tests.fakes_classifier import SMALL_RUN, small_artefact
from tests.fakes_embedding import BigramEmbedder
from tests.strategies import PRINTED_ID
from training.fit import fit
from training.reviewed import read_reviews

REVIEWER, OPERATOR = clerk(role=Role.REVIEWER), Principal("ops", frozenset({Role.SYSTEM_ADMIN}))


def load(folder: Path) -> LinearClassifier:
    return load_classifier(folder, BigramEmbedder())


@pytest.mark.slow
def test_the_whole_circle(tmp_path: Path) -> None:
    archive = archive_in(tmp_path / "state")
    text = "职工提出申请，单位同意，报社会保险经办机构审批。"
    archive.ingest(
        *(record(f"s{n}", f"第{n}份，身份证号{PRINTED_ID}，{text}", title="申请") for n in range(12))
    )
    records = SqlClassificationStore(archive.engine, archive.sealer)
    desk = ClassificationReviews(records, archive.store.standing, archive.audit, now)
    ids = [d.facts.doc_id for d in records.documents(EVERYTHING)]

    def review(doc_ids: list[str]) -> None:
        for doc_id in doc_ids:
            desk.claim(doc_id, REVIEWER)
            desk.correct(doc_id, Truth(("失业",), "失业登记"), REVIEWER)

    review(ids[:6])
    exported = ReviewedTexts(archive.store, records, archive.audit, now).export(REVIEWER)
    assert PRINTED_ID not in written(exported)
    (archive.folder / EXPORT_NAME).parent.mkdir()
    (archive.folder / EXPORT_NAME).write_text(written(exported), "utf-8")
    made = fit(SMALL_RUN, BigramEmbedder(), tmp_path / "candidate", reviews=read_reviews(archive.folder))

    versions = ClassifierVersions(archive.folder / "classifiers", small_artefact(), load_classifier)
    models = ModelVersions(versions, archive.store, records, load, archive.audit, now)
    served = ServedClassifier(versions, load)
    candidate = models.add(made.folder, OPERATOR)
    assert candidate.reviews == 6
    with pytest.raises(Conflict):  # it has learnt from all there is
        models.shadow(candidate.version_id, OPERATOR)
    review(ids[6:])
    compared = models.shadow(candidate.version_id, OPERATOR)
    assert (compared.texts, compared.left_out) == (6, 6)
    assert compared.candidate.accuracy >= compared.served.accuracy
    assert compared.candidate.accuracy == 1.0
    models.promote(candidate.version_id, OPERATOR)
    assert served.artifact == candidate.artifact
    assert set(versions.reference()) == {"decision", "probability", "insurance"}
    assert models.rollback(OPERATOR).version_id == SHIPPED
    assert served.artifact.startswith("small@")
