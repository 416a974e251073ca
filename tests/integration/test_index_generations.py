"""Generations on a real disk: switched whole, verified, refused when they do not fit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.durable import only_writer
from indexer.generation_manifest import Manifest
from indexer.generations import OpenGeneration, extend_generation, open_current, write_generation
from indexer.vectors.router import RoutedVectorIndex, Routing
from models.access.visible import VisibleSet
from models.embedding.space import EmbeddingSpace
from models.errors import ArtifactTampered, Conflict, IndexMismatch, IndexUnavailable
from tests.partitions import scattered

SPACE = EmbeddingSpace("test", "1", 8)
TEXTS = ["申请工伤认定", "领取失业保险金", "办理退休审批", "生育津贴核定"]
AT = datetime(2024, 1, 10, tzinfo=UTC)


def vectors_of(rows: int, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(rows, SPACE.dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


def write(root: Path, generation: str, texts: Sequence[str] = TEXTS, seq: int = 1) -> Path:
    return write_generation(
        root,
        generation=generation,
        seq=seq,
        row_ids=[f"{generation}-{row}" for row in range(len(texts))],
        space=SPACE,
        vectors=vectors_of(len(texts)),
        texts=texts,
        now=lambda: AT,
    )


def opened(root: Path) -> OpenGeneration:
    generation = open_current(root, SPACE)
    assert generation is not None
    return generation


def best(generation: OpenGeneration, query: str) -> str | int:
    among = VisibleSet(generation.generation, np.ones(generation.rows, dtype=np.bool_))
    return generation.row_ids[generation.lexical.search(query, 1, among)[0].row_no]


def flip(path: Path, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1 << bit
    path.write_bytes(content)


def test_nothing_written_nothing_opened(tmp_path: Path) -> None:
    assert open_current(tmp_path / "index", SPACE) is None


def test_what_is_written_is_served(tmp_path: Path) -> None:
    write(tmp_path, "a", seq=17)
    generation = opened(tmp_path)
    assert (generation.generation, generation.seq, generation.rows) == ("a", 17, 4)
    assert generation.row_ids == ("a-0", "a-1", "a-2", "a-3")
    assert (generation.created_at, generation.warnings) == (AT, ())
    assert best(generation, "退休") == "a-2"
    among = VisibleSet("a", np.array([False, True, True, True]))
    assert generation.vectors.nearest(vectors_of(4)[3], 1, among)[0].row_no == 3


def test_an_empty_archive_has_a_generation_too(tmp_path: Path) -> None:
    write(tmp_path, "a", texts=[])
    assert opened(tmp_path).rows == 0


def test_row_ids_may_be_numbers(tmp_path: Path) -> None:
    write_generation(
        tmp_path, generation="a", seq=1, row_ids=[70, 9], space=SPACE, vectors=vectors_of(2), texts=TEXTS[:2]
    )
    assert opened(tmp_path).row_ids == (70, 9)


def test_the_previous_generation_stays_and_older_ones_go(tmp_path: Path) -> None:
    for generation in "abc":
        write(tmp_path, generation)
    assert opened(tmp_path).generation == "c"
    assert sorted(path.name for path in tmp_path.glob("gen-*")) == ["gen-b", "gen-c"]
    assert list(tmp_path.glob("old-*")) == list(tmp_path.glob("building-*")) == []


def test_an_open_generation_outlives_its_folder(tmp_path: Path) -> None:
    write(tmp_path, "a")
    generation = opened(tmp_path)
    for later in "bcd":
        write(tmp_path, later, texts=["完全不同的内容"] * 4)
    assert not (tmp_path / "gen-a").exists()
    assert best(generation, "工伤") == "a-0"


@pytest.mark.parametrize(
    "other", [EmbeddingSpace("other", "1", 8), EmbeddingSpace("test", "2", 8), EmbeddingSpace("test", "1", 9)]
)
def test_another_model_is_refused_with_the_way_out(tmp_path: Path, other: EmbeddingSpace) -> None:
    write(tmp_path, "a")
    with pytest.raises(IndexMismatch, match="请运行 chadang index rebuild"):
        open_current(tmp_path, other)


def test_another_segmentation_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = write(tmp_path, "a") / "MANIFEST.json"
    manifest = Manifest.from_json(path.read_text(encoding="utf-8"))
    path.write_text(replace(manifest, segmentation="rjieba-0").to_json(), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="请运行 chadang index rebuild"):
        open_current(tmp_path, SPACE)


FILES = [
    "MANIFEST.json",
    "rows.json",
    "vectors/flat.faiss",
    *(f"lexical/{name}.npy" for name in ("keys", "starts", "rows", "counts", "lengths")),
]


def test_the_list_of_files_is_complete(tmp_path: Path) -> None:
    folder = write(tmp_path, "a")
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == sorted(FILES)


@pytest.mark.parametrize("file", FILES)
def test_a_flipped_bit_falls_back_to_the_generation_before(tmp_path: Path, file: str) -> None:
    write(tmp_path, "a")
    flip(write(tmp_path, "b") / file)
    generation = opened(tmp_path)
    assert generation.generation == "a"
    assert any("gen-b" in warning for warning in generation.warnings)
    assert "chadang index rebuild" in generation.warnings[-1]


@pytest.mark.parametrize("file", FILES)
def test_a_flipped_bit_in_the_only_generation_is_refused(tmp_path: Path, file: str) -> None:
    flip(write(tmp_path, "a") / file, bit=3)
    with pytest.raises(ArtifactTampered, match="chadang index rebuild"):
        open_current(tmp_path, SPACE)


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_refused(tmp_path: Path, file: str) -> None:
    (write(tmp_path, "a") / file).unlink()
    with pytest.raises(ArtifactTampered):
        open_current(tmp_path, SPACE)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"gen-zzz\n", b"gen-../../x\n", b"hen-b\ngen-a\n"])
def test_a_damaged_pointer_finds_the_newest_intact_generation(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, "a", seq=1)
    write(tmp_path, "b", seq=2)
    (tmp_path / "CURRENT").write_bytes(content)
    generation = opened(tmp_path)
    assert generation.generation == "b"
    assert generation.warnings


def test_a_lost_index_is_not_an_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_text("gen-a\n", encoding="utf-8")
    with pytest.raises(ArtifactTampered):
        open_current(tmp_path, SPACE)


def test_a_rebuild_repairs(tmp_path: Path) -> None:
    flip(write(tmp_path, "a") / "rows.json")
    write(tmp_path, "b")
    assert (opened(tmp_path).generation, opened(tmp_path).warnings) == ("b", ())


def test_an_id_in_use_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a")
    with pytest.raises(Conflict):
        write(tmp_path, "a")


@pytest.mark.parametrize("generation", ["", "../a", "a/b", "甲", "a" * 65])
def test_an_id_is_a_plain_name(tmp_path: Path, generation: str) -> None:
    with pytest.raises(ValueError, match="generation id"):
        write(tmp_path, generation)


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with only_writer(tmp_path), pytest.raises(Conflict):
        write(tmp_path, "a")
    write(tmp_path, "a")


def test_leftovers_of_a_killed_writer_are_cleared(tmp_path: Path) -> None:
    write(tmp_path, "a")
    for name in ("building-gen-x", "old-gen-y", "gen-b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").write_text("half", encoding="utf-8")
    write(tmp_path, "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".writer", "CURRENT", "gen-a", "gen-b"]
    assert opened(tmp_path).generation == "b"


def extend(root: Path, keep: Sequence[bool], texts: Sequence[str], vectors: NDArray[np.float32]) -> Path:
    return extend_generation(
        root,
        generation="extended",
        seq=9,
        keep=np.array(keep, dtype=np.bool_),
        row_ids=[f"new-{row}" for row in range(len(texts))],
        space=SPACE,
        vectors=vectors,
        texts=texts,
        now=lambda: AT,
    )


def test_extending_equals_writing_the_same_rows(tmp_path: Path) -> None:
    write(tmp_path / "one", "a")
    one = extend(tmp_path / "one", [True, False, True, True], ["转移接续"], vectors_of(1, seed=5))
    rows = [TEXTS[0], TEXTS[2], TEXTS[3], "转移接续"]
    two = write_generation(
        tmp_path / "two",
        generation="extended",
        seq=9,
        row_ids=["a-0", "a-2", "a-3", "new-0"],
        space=SPACE,
        vectors=np.concatenate([vectors_of(4)[[0, 2, 3]], vectors_of(1, seed=5)]),
        texts=rows,
        now=lambda: AT,
    )
    assert json.loads((one / "MANIFEST.json").read_text()) == json.loads((two / "MANIFEST.json").read_text())


def test_only_what_exists_is_extended(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match="chadang index rebuild"):
        extend(tmp_path, [], [], vectors_of(0))
    write(tmp_path, "a")
    with pytest.raises(IndexUnavailable):
        extend(tmp_path, [True], [], vectors_of(0))


THROUGH_LISTS = Routing(scattered(SPACE.dimension), exact_at_most=2)


def write_with_lists(root: Path, generation: str) -> Path:
    return write_generation(
        root, generation=generation, seq=1, row_ids=list(range(4)), space=SPACE, vectors=vectors_of(4),
        texts=TEXTS, now=lambda: AT, routing=THROUGH_LISTS,
    )  # fmt: skip


@pytest.mark.parametrize("suffix", [".faiss", ".npy"])
def test_lists_are_verified_like_every_other_file(tmp_path: Path, suffix: str) -> None:
    write_with_lists(tmp_path, "a")
    (file,) = (write_with_lists(tmp_path, "b") / "vectors").glob(f"halves-*{suffix}")
    assert f"vectors/{file.name}" in Manifest.from_json((tmp_path / "gen-b/MANIFEST.json").read_text()).sha256
    flip(file)
    generation = open_current(tmp_path, SPACE, THROUGH_LISTS)
    assert generation is not None
    assert generation.generation == "a"
    assert isinstance(generation.vectors, RoutedVectorIndex)
    assert generation.vectors.uses_lists


def test_extending_through_lists_equals_writing_the_same_rows(tmp_path: Path) -> None:
    keep = np.array([True, False, True, True])
    shared = {"generation": "c", "seq": 2, "space": SPACE, "now": lambda: AT, "routing": THROUGH_LISTS}
    write_with_lists(tmp_path / "one", "a")
    new = vectors_of(1, seed=5)
    one = extend_generation(tmp_path / "one", keep=keep, row_ids=[9], vectors=new, texts=["转移"], **shared)  # type: ignore[arg-type]
    rows = np.concatenate([vectors_of(4)[keep], new])
    texts = [TEXTS[0], TEXTS[2], TEXTS[3], "转移"]
    two = write_generation(tmp_path / "two", row_ids=[0, 2, 3, 9], vectors=rows, texts=texts, **shared)  # type: ignore[arg-type]
    assert (one / "MANIFEST.json").read_text() == (two / "MANIFEST.json").read_text()
