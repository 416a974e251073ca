"""Verified loading: what differs from its manifest is refused, and the refusal says the way out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.artifacts import MANIFEST_NAME, read_manifest, sha256_of, verify, write_manifest
from models.errors import ArtifactTampered


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "权重").mkdir()
    (tmp_path / "权重" / "a.bin").write_bytes(b"\x00\x01")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    write_manifest(
        tmp_path, kind="embedding", version="1", metadata={"licence": "MIT", "created": "2026-01-01"}
    )
    return tmp_path


def rewritten(folder: Path, files: dict[str, str]) -> None:
    stated = {"kind": "k", "version": "1", "files": files}
    (folder / MANIFEST_NAME).write_text(json.dumps(stated), encoding="utf-8")


def test_what_was_written_is_read_back(folder: Path) -> None:
    manifest = verify(folder)
    assert set(manifest.files) == {"权重/a.bin", "config.json"}
    assert manifest.files["config.json"] == sha256_of(folder / "config.json")
    assert (manifest.kind, manifest.version) == ("embedding", "1")
    assert manifest.metadata == {"licence": "MIT", "created": "2026-01-01"}


def test_writing_leaves_nothing_else_behind(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    write_manifest(folder, kind="embedding", version="2")
    assert sorted(folder.rglob("*")) == before
    assert verify(folder).version == "2"


@pytest.mark.parametrize("name", ["权重/a.bin", "config.json"])
def test_a_changed_file_is_named_with_the_way_out(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"{ }")
    with pytest.raises(ArtifactTampered) as refused:
        verify(folder)
    assert name in refused.value.detail
    assert "请删除该目录" in refused.value.detail


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "config.json").unlink()
    with pytest.raises(ArtifactTampered, match=r"缺少文件 config\.json"):
        verify(folder)


@pytest.mark.parametrize("name", ["x.pkl", "x.PICKLE", "deep/x.joblib", "x.py", "x.so"])
def test_unlisted_files_that_run_code_are_refused(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"")
    with pytest.raises(ArtifactTampered, match=name):
        verify(folder)
    write_manifest(folder, kind="k", version="1")
    assert name in verify(folder).files


def test_a_model_card_beside_the_listed_files_is_tolerated(folder: Path) -> None:
    (folder / "MODEL_CARD.md").write_text("说明", encoding="utf-8")
    assert "MODEL_CARD.md" not in verify(folder).files


@pytest.mark.parametrize(
    "name", ["../config.json", "/etc/hostname", "权重/../../config.json", "C:/x", "a\\b", "", "权重/.."]
)
def test_names_that_lead_out_are_refused(folder: Path, name: str) -> None:
    outside = folder.parent / "config.json"
    outside.write_text("{}", encoding="utf-8")
    rewritten(folder, {name: sha256_of(outside)})
    with pytest.raises(ArtifactTampered, match="目录之外"):
        verify(folder)
    with pytest.raises(ArtifactTampered, match="目录之外"):
        write_manifest(folder, kind="k", version="1", files=[name])


def test_a_link_that_leads_out_is_refused(folder: Path) -> None:
    outside = folder.parent / "outside.bin"
    outside.write_bytes(b"\x00\x01")
    (folder / "权重" / "a.bin").unlink()
    (folder / "权重" / "a.bin").symlink_to(outside)
    with pytest.raises(ArtifactTampered, match="链接"):
        verify(folder)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"files": {}}', '{"kind": "k", "version": "1", "files": 3}']
)
def test_a_broken_manifest_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ArtifactTampered, match=MANIFEST_NAME):
        verify(folder)


def test_no_manifest_means_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactTampered, match=MANIFEST_NAME):
        verify(tmp_path)


def test_the_digest_follows_the_files_and_not_the_metadata(folder: Path) -> None:
    before = read_manifest(folder).digest
    assert write_manifest(folder, kind="embedding", version="1", metadata={"licence": "?"}).digest == before
    (folder / "config.json").write_text("{ }", encoding="utf-8")
    assert write_manifest(folder, kind="embedding", version="1").digest != before
