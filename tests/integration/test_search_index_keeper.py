"""The index follows the store, whatever happens to either."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from indexer.durable import only_writer
from models.errors import IndexMismatch
from tests.assembly import Archive, archive_in, clerk, record
from tests.fakes_embedding import BigramEmbedder


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = archive_in(tmp_path / "state")
    archive.ingest(record("a", "退休审批"), record("b", "工伤认定"))
    return archive


def found(archive: Archive, text: str = "退休审批工伤认定失业金") -> set[str]:
    return {hit.source_id for hit in archive.search(text, clerk())}


def generation(archive: Archive) -> str:
    served = archive.keeper.served()
    assert served is not None
    return served.generation.generation


def test_new_documents_are_appended_and_seen_by_other_processes(archive: Archive) -> None:
    other = archive_in(archive.folder)
    assert found(archive) == found(other) == {"a", "b"}
    first = generation(archive)
    archive.ingest(record("c", "失业金"))
    assert found(other) == found(archive) == {"a", "b", "c"}
    assert generation(archive) == generation(other) != first
    assert generation(archive) == generation(archive)  # nothing new, nothing made


def test_appending_gives_the_index_that_building_anew_gives(archive: Archive) -> None:
    found(archive)
    archive.ingest(record("c", "失业金"), record("d", "退休审批表"))
    appended = [(h.source_id, h.reasons) for h in archive.search("退休审批表", clerk())]
    shutil.rmtree(archive.folder / "index")
    again = archive_in(archive.folder)
    assert [(h.source_id, h.reasons) for h in again.search("退休审批表", clerk())] == appended


def test_another_model_is_refused_until_the_index_is_rebuilt(archive: Archive) -> None:
    found(archive)
    embedder = BigramEmbedder(model="fake:other")
    other = archive_in(archive.folder, embedder=embedder)
    with pytest.raises(IndexMismatch, match="chadang index rebuild"):
        other.search("退休", clerk())
    steps: list[int] = []
    assert other.keeper.rebuild(embedder, steps.append)
    assert sum(steps) == other.store.chunk_count()
    assert found(other) == {"a", "b"}
    with pytest.raises(IndexMismatch, match="chadang index rebuild"):
        archive_in(archive.folder).search("退休", clerk())
    assert {o.kind.value for o in other.ingest(record("c", "失业金"))} == {"stored"}
    assert found(other) == {"a", "b", "c"}


def test_rebuilding_with_the_same_model_embeds_nothing_again(archive: Archive) -> None:
    found(archive)
    before = generation(archive)
    steps: list[int] = []
    archive.keeper.rebuild(archive.embedder, steps.append)
    assert steps == []
    assert generation(archive) != before
    assert found(archive) == {"a", "b"}


@pytest.mark.parametrize("damage", ["vectors", "lexical", "rows.json", "MANIFEST.json", "CURRENT", "all"])
def test_a_damaged_index_is_made_again(archive: Archive, damage: str) -> None:
    expected = found(archive)
    index = archive.folder / "index"
    if damage == "all":
        shutil.rmtree(index)
    for path in index.rglob("*"):
        if path.is_file() and damage in path.parts:
            path.write_bytes(path.read_bytes()[:-3] + b"xyz")
    again = archive_in(archive.folder)
    assert found(again) == expected
    served = again.keeper.served()
    assert served is not None
    assert served.generation.warnings == ()


def test_while_another_writes_the_old_index_is_served(archive: Archive) -> None:
    found(archive)
    with only_writer(archive.folder / "index"):
        archive.ingest(record("c", "失业金"))
        assert found(archive) == {"a", "b"}
    assert found(archive) == {"a", "b", "c"}


def test_while_another_writes_the_first_index_there_is_nothing_yet(archive: Archive) -> None:
    with only_writer(archive.folder / "index"):
        assert found(archive) == set()
    assert found(archive) == {"a", "b"}


def test_a_store_restored_from_a_backup_is_behind_its_index(archive: Archive, tmp_path: Path) -> None:
    """Rows of the index that the store no longer knows must neither stop nor mislead a search."""
    archive.close()
    shutil.copytree(archive.folder, tmp_path / "backup")
    later = archive_in(archive.folder)
    later.ingest(record("c", "失业金"), record("d", "失业金发放"))
    assert found(later) == {"a", "b", "c", "d"}
    later.close()
    for name in ("archive.db", "archive.db-wal", "archive.db-shm"):
        (archive.folder / name).unlink(missing_ok=True)
        if (tmp_path / "backup" / name).exists():
            shutil.copy(tmp_path / "backup" / name, archive.folder / name)
    restored = archive_in(archive.folder)
    assert found(restored) == {"a", "b"}
    restored.ingest(record("e", "生育津贴", metadata={"insurance_type": "综合"}))
    assert found(restored) == {"a", "b", "e"}
