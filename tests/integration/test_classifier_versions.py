"""Versions of the classifier: only ours are taken in, one step switches, and what serves follows."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest

from api.bootstrap import CLASSIFIER_FOLDER, Archive
from api.settings import Settings
from indexer.classifiers import SHIPPED, ClassifierVersions
from indexer.model_versions import ModelVersions
from indexer.served_classifier import ServedClassifier
from indexer.store.classification_sqlalchemy import SqlClassificationStore
from models.access.principal import Principal, Role
from models.artifacts import MANIFEST_NAME, read_manifest, write_manifest
from models.classification.linear import load_classifier
from models.embedding.sentence_transformer import SentenceTransformerEmbedder
from models.errors import ArchiveError, ArtifactTampered, Conflict, Forbidden, InvalidInput
from tests.assembly import archive_in, clerk, now
from tests.fakes_classifier import small_artefact
from tests.fakes_embedding import builtin_embedder

OPERATOR = Principal("ops", frozenset({Role.SYSTEM_ADMIN}))


@pytest.fixture
def versions(tmp_path: Path) -> ClassifierVersions:
    return ClassifierVersions(tmp_path / "state" / "classifiers", small_artefact(), load_classifier)


def candidate(folder: Path, version: str = "candidate") -> Path:
    """Return a copy of the small artefact under another name, hence with another digest."""
    shutil.copytree(small_artefact(), folder)
    manifest = read_manifest(folder)
    metadata = dict(manifest.metadata)
    write_manifest(folder, kind=manifest.kind, version=version, files=list(manifest.files), metadata=metadata)
    return folder


def test_the_shipped_one_serves_until_another_is_promoted(
    versions: ClassifierVersions, tmp_path: Path
) -> None:
    assert [(v.version_id, v.served) for v in versions.versions()] == [(SHIPPED, True)]
    served = ServedClassifier(versions, load_classifier)
    assert served.artifact.startswith("small@")
    added = versions.add(candidate(tmp_path / "new"))
    assert (added.served, added.artifact.partition("@")[0]) == (False, "candidate")
    assert versions.add(tmp_path / "new") == added
    shutil.rmtree(tmp_path / "new")
    assert served.artifact.startswith("small@")
    versions.promote(added.version_id)
    assert served.artifact.startswith("candidate@")
    assert served.classify(["失业登记"])[0].artifact == served.artifact
    assert [(v.served, v.former) for v in versions.versions()] == [(False, True), (True, False)]
    assert versions.rollback() == SHIPPED
    assert served.artifact.startswith("small@")
    with pytest.raises(Conflict):
        versions.rollback()


def test_a_version_is_named_by_its_beginning(versions: ClassifierVersions, tmp_path: Path) -> None:
    added = versions.add(candidate(tmp_path / "new"))
    assert versions.version(added.version_id[:4]) == added
    for named in (added.version_id[:3], "", "ffff0000", "../x", "ship\n"):
        with pytest.raises(InvalidInput):
            versions.version(named)
    assert versions.version("ship").version_id == SHIPPED
    with pytest.raises(Conflict):
        versions.promote(SHIPPED)


def listed_pickle(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(pickle.dumps({"a": 1}))
    rewrite(folder, "model.pkl")


def pickle_in_an_array(folder: Path) -> None:
    arrays = dict(np.load(folder / "arrays.npz"))
    np.savez(folder / "arrays.npz", **arrays | {"idf": np.array([{"a": 1}], dtype=object)})
    rewrite(folder)


def unlisted(folder: Path) -> None:
    (folder / "notes.txt").write_text("x")


def changed(folder: Path) -> None:
    (folder / "words.json").write_text("{}")


def missing(folder: Path) -> None:
    (folder / "words.json").unlink()


def another_kind(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST_NAME).read_text())
    (folder / MANIFEST_NAME).write_text(json.dumps(manifest | {"kind": "embedding"}))


def leads_out(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST_NAME).read_text())
    manifest["files"]["../words.json"] = manifest["files"]["words.json"]
    (folder / MANIFEST_NAME).write_text(json.dumps(manifest))


def no_manifest(folder: Path) -> None:
    (folder / MANIFEST_NAME).unlink()


def rewrite(folder: Path, *more: str) -> None:
    manifest = read_manifest(folder)
    names = [*manifest.files, *more]
    write_manifest(folder, kind=manifest.kind, version="x", files=names, metadata=manifest.metadata)


@pytest.mark.parametrize(
    "spoil",
    [listed_pickle, pickle_in_an_array, unlisted, changed, missing, another_kind, leads_out, no_manifest],
    ids=lambda spoil: spoil.__name__,
)
def test_anything_but_our_artefact_is_refused(
    versions: ClassifierVersions, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    folder = candidate(tmp_path / "new")
    spoil(folder)
    with pytest.raises(ArtifactTampered):
        versions.add(folder)
    assert [v.version_id for v in versions.versions()] == [SHIPPED]


def test_a_version_changed_after_it_was_added_does_not_serve(
    versions: ClassifierVersions, tmp_path: Path
) -> None:
    added = versions.add(candidate(tmp_path / "new"))
    folder = tmp_path / "state" / "classifiers" / added.version_id
    rewrite(folder)  # a manifest that fits, of another digest
    with pytest.raises(ArtifactTampered):
        versions.promote(added.version_id)
    assert versions.promoted() == SHIPPED
    assert [v.artifact == "" for v in versions.versions()] == [False, True]


def test_a_damaged_register_is_said_and_nothing_else_serves(
    versions: ClassifierVersions, tmp_path: Path
) -> None:
    versions.add(candidate(tmp_path / "new"))
    (tmp_path / "state" / "classifiers" / "PROMOTED").write_text("../elsewhere\n")
    with pytest.raises(ArtifactTampered):
        ServedClassifier(versions, load_classifier).classify(["失业登记"])


class Loaded(Archive):
    """An archive with the real classifier over the embedder loaded once."""

    @cached_property
    def embedder(self) -> SentenceTransformerEmbedder:
        return builtin_embedder()


def test_the_program_itself_serves_what_is_promoted(tmp_path: Path) -> None:
    archive = Loaded(Settings(_env_file=None, state=tmp_path / "state"), "cli")
    shipped = read_manifest(CLASSIFIER_FOLDER)
    assert archive.classifier.artifact == f"{shipped.version}@{shipped.digest[:12]}"
    folder = tmp_path / "new"
    shutil.copytree(CLASSIFIER_FOLDER, folder)
    write_manifest(
        folder, kind=shipped.kind, version="candidate", files=shipped.files, metadata=shipped.metadata
    )
    added = archive.classifier_versions.add(folder)
    archive.classifier_versions.promote(added.version_id)
    assert archive.classifier.classify(["失业登记表"])[0].artifact.startswith("candidate@")
    archive.classifier_versions.rollback()
    assert archive.classifier.artifact.startswith(shipped.version)


def test_every_act_is_audited_and_needs_the_duty(versions: ClassifierVersions, tmp_path: Path) -> None:
    archive = archive_in(tmp_path / "archive")
    records = SqlClassificationStore(archive.engine, archive.sealer)
    desk = ModelVersions(versions, archive.store, records, load_classifier, archive.audit, now)
    added = desk.add(candidate(tmp_path / "new"), OPERATOR)
    desk.promote(added.version_id[:6], OPERATOR)
    assert desk.rollback(OPERATOR).version_id == SHIPPED
    acts: list[Callable[[Principal], object]] = [
        desk.listed,
        desk.rollback,
        lambda who: desk.add(tmp_path / "new", who),
        lambda who: desk.promote(SHIPPED, who),
        lambda who: desk.shadow(SHIPPED, who),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act(clerk(role=Role.REVIEWER))
    with pytest.raises(ArchiveError):
        desk.shadow(SHIPPED, OPERATOR)
    events = [(e.action, e.outcome) for _, e, _ in archive.audit.events()]
    assert events == [
        ("model_add", "ok"), ("model_promote", "ok"), ("model_rollback", "ok"), ("model_shadow", "conflict"),
    ]  # fmt: skip
