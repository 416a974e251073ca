"""Generations of the index on disk: built beside, verified, switched atomically.

The store is the truth; a generation can always be made again. It is never changed once its folder
has its final name, because a reader may have its files mapped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexer.durable import fsync_tree, only_writer
from indexer.generation_folders import (
    candidates_in,
    generation_of,
    has_been_used,
    listed_in,
    new_folder,
    remove_others,
    switch_to,
)
from indexer.generation_manifest import NAME as MANIFEST_NAME
from indexer.generation_manifest import Manifest
from indexer.lexical.port import LexicalIndex
from indexer.vectors.port import VectorIndex
from models.embedding.space import EmbeddingSpace, Vectors
from models.errors import ArtifactTampered, IndexMismatch, IndexUnavailable

if TYPE_CHECKING:
    from indexer.lexical.postings_index import PostingsLexicalIndex
    from indexer.vectors.router import RoutedVectorIndex, Routing

_ROWS = "rows.json"


@dataclass(frozen=True, slots=True)
class OpenGeneration:
    """A verified generation, ready to serve.

    ``row_ids``: chunk id of each row number. ``seq``: outbox position applied. ``warnings``:
    Chinese sentences for the operator, for example that an older generation had to step in.
    """

    generation: str
    seq: int
    rows: int
    row_ids: tuple[str | int, ...]
    vectors: VectorIndex
    lexical: LexicalIndex
    created_at: datetime
    warnings: tuple[str, ...] = ()


def utc_now() -> datetime:
    return datetime.now(UTC)


def write_generation(
    root: Path,
    *,
    generation: str,
    seq: int,
    row_ids: Sequence[str | int],
    space: EmbeddingSpace,
    vectors: Vectors,
    texts: Sequence[str],
    now: Callable[[], datetime] = utc_now,
    keep_previous: bool = True,
    routing: Routing | None = None,
) -> Path:
    """Build a generation from nothing, publish it and return its folder.

    Args:
        root: folder of all generations; made if absent.
        generation: new id, 1-64 of ``0-9A-Za-z_-``.
        seq: outbox position this generation has applied.
        row_ids: chunk id per row.
        space: of the vectors.
        vectors: float32, shape (rows, dimension), unit L2 norm.
        texts: masked, one per row.
        now: the clock, UTC.
        keep_previous: whether the generation before stays on disk to fall back on.
        routing: how vectors are searched; what is shipped for the space if None.

    Raises:
        Conflict: the id is in use, or another writer is at work.
        IndexMismatch, IndexUnavailable: the vectors do not fit the space.
    """
    from indexer.lexical.postings_index import PostingsLexicalIndex
    from indexer.vectors.router import RoutedVectorIndex

    _same_length(row_ids, vectors, texts)
    with only_writer(root):
        folder = new_folder(root, generation)
        way = _routing(space, routing)
        built = RoutedVectorIndex.build(space, vectors, way), PostingsLexicalIndex.build(texts)
        published = _publish(root, folder, _Content(seq, row_ids, *built, now()))
        if not keep_previous:
            remove_others(root, published)
        return published


def extend_generation(
    root: Path,
    *,
    generation: str,
    seq: int,
    keep: NDArray[np.bool_],
    row_ids: Sequence[str | int],
    space: EmbeddingSpace,
    vectors: Vectors,
    texts: Sequence[str],
    now: Callable[[], datetime] = utc_now,
    onto: str = "",
    keep_previous: bool = True,
    routing: Routing | None = None,
) -> Path:
    """Make a generation of the kept rows of the current one, in their order, then new rows.

    Nothing kept is embedded or segmented again, and its text is not needed.

    Args:
        root: folder of all generations.
        generation: new id, 1-64 of ``0-9A-Za-z_-``.
        seq: outbox position this generation has applied.
        keep: bool, shape (rows of the current generation,).
        row_ids: chunk ids of the new rows only; may be empty.
        space: of the old vectors and the new.
        vectors: of the new rows, float32, shape (new rows, dimension), unit L2 norm.
        texts: masked, one per new row.
        now: the clock, UTC.
        onto: id of the generation ``keep`` speaks of, where it matters.
        keep_previous: whether the generation before stays on disk to fall back on.
        routing: as for `write_generation`.

    Raises:
        IndexUnavailable: there is no current generation, or ``keep`` is not of its size.
        IndexMismatch: it was made in another space or with other segmentation.
        Conflict: as for `write_generation`.
    """
    from indexer.vectors.router import RoutedVectorIndex

    _same_length(row_ids, vectors, texts)
    with only_writer(root):
        folder = new_folder(root, generation)
        candidates = candidates_in(root)
        if not candidates:
            raise IndexUnavailable("还没有索引可以追加，请运行 chadang index rebuild。")
        current = candidates[0]
        manifest = _verified(current)
        way = _routing(space, routing)
        old_vectors, old_lexical = _engines(current, manifest, space, way)
        if keep.shape != (manifest.rows,) or onto not in {"", manifest.generation}:
            raise IndexUnavailable("追加所依据的索引已经更换，请重试。")
        kept = np.flatnonzero(keep)
        together = np.concatenate([old_vectors.vectors_of(kept), vectors])
        known = old_vectors.lists_of(kept, way.partition)
        built = RoutedVectorIndex.build(space, together, way, known), old_lexical.extended(keep, texts)
        all_ids = [*compress(_row_ids(current), keep), *row_ids]
        published = _publish(root, folder, _Content(seq, all_ids, *built, now()))
        if not keep_previous:
            remove_others(root, published)
        return published


def open_current(root: Path, space: EmbeddingSpace, routing: Routing | None = None) -> OpenGeneration | None:
    """Open the current generation after verifying every file; None if there has never been one.

    A damaged generation is passed over for the one before it, with a warning.

    Raises:
        IndexMismatch: made in another embedding space or with other segmentation.
        ArtifactTampered: generations exist and none is intact.
    """
    listed = listed_in(root)
    candidates = candidates_in(root)
    warnings = [] if listed or not candidates else ["索引的 CURRENT 文件缺失或已损坏。"]
    for folder in candidates:
        try:
            manifest = _verified(folder)
            vectors, lexical = _engines(folder, manifest, space, _routing(space, routing))
            row_ids = _row_ids(folder)
        except IndexMismatch:
            raise
        except (ArtifactTampered, IndexUnavailable) as error:
            if listed_in(root) != listed:  # a writer switched and pruned in the meantime
                return open_current(root, space, routing)
            warnings.append(f"索引 {folder.name} 已损坏，未使用：{error.detail}")
            continue
        if warnings:
            warnings.append(f"已改用索引 {folder.name}，请运行 chadang index rebuild。")
        if not len(row_ids) == vectors.rows == lexical.rows == manifest.rows:
            raise ArtifactTampered("索引各部分的行数不一致，请运行 chadang index rebuild。")
        return OpenGeneration(
            manifest.generation, manifest.seq, manifest.rows, tuple(row_ids), vectors, lexical,
            manifest.created_at, tuple(warnings),
        )  # fmt: skip
    if warnings or has_been_used(root):
        raise ArtifactTampered("没有完好的索引可用，请运行 chadang index rebuild。")
    return None


@dataclass(frozen=True, slots=True)
class _Content:
    seq: int
    row_ids: Sequence[str | int]
    vectors: VectorIndex
    lexical: LexicalIndex
    created_at: datetime


def _publish(root: Path, folder: Path, content: _Content) -> Path:
    """Save, flush, name, switch, prune: killed anywhere, CURRENT names an intact generation."""
    _save(folder, content)
    return switch_to(root, folder)


def _save(folder: Path, content: _Content) -> None:
    (folder / "vectors").mkdir()
    (folder / "lexical").mkdir()
    row_ids = json.dumps(list(content.row_ids), ensure_ascii=False)
    (folder / _ROWS).write_text(row_ids, encoding="utf-8")
    files = [
        folder / _ROWS,
        *content.vectors.save(folder / "vectors"),
        *content.lexical.save(folder / "lexical"),
    ]
    manifest = Manifest(
        generation=generation_of(folder),
        seq=content.seq,
        rows=len(content.row_ids),
        space=content.vectors.space,
        segmentation=content.lexical.segmentation,
        created_at=content.created_at,
        sha256={path.relative_to(folder).as_posix(): _sha256_of(path) for path in files},
    )
    (folder / MANIFEST_NAME).write_text(manifest.to_json(), encoding="utf-8")
    fsync_tree(folder)


def _verified(folder: Path) -> Manifest:
    """Return the manifest after comparing every file with it."""
    try:
        manifest = Manifest.from_json((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        intact = all(_sha256_of(folder / name) == digest for name, digest in manifest.sha256.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactTampered("索引清单或文件缺失、无法读取。") from error
    if not intact or generation_of(folder) != manifest.generation:
        raise ArtifactTampered("索引文件与清单不符。")
    return manifest


def _routing(space: EmbeddingSpace, routing: Routing | None) -> Routing:
    from indexer.vectors.router import Routing

    return routing or Routing.shipped(space)


def _engines(
    folder: Path, manifest: Manifest, space: EmbeddingSpace, routing: Routing
) -> tuple[RoutedVectorIndex, PostingsLexicalIndex]:
    from indexer.lexical.postings_index import PostingsLexicalIndex
    from indexer.vectors.router import RoutedVectorIndex

    if manifest.space != space:
        raise IndexMismatch("索引是用另一个向量模型建立的，不能混用，请运行 chadang index rebuild。")
    lexical = PostingsLexicalIndex.open(folder / "lexical")
    if manifest.segmentation != lexical.segmentation:
        raise IndexMismatch("索引是用另一版分词或词频统计建立的，请运行 chadang index rebuild。")
    return RoutedVectorIndex.open(folder / "vectors", space, routing), lexical


def _sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _row_ids(folder: Path) -> list[str | int]:
    try:
        ids: list[str | int] = json.loads((folder / _ROWS).read_text(encoding="utf-8"))
    except OSError as error:
        raise ArtifactTampered("索引清单或文件缺失、无法读取。") from error
    return ids


def _same_length(row_ids: Sequence[str | int], vectors: Vectors, texts: Sequence[str]) -> None:
    if not len(row_ids) == len(vectors) == len(texts):
        raise ValueError("row_ids, vectors and texts must have one entry per row")
