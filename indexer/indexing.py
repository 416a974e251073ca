"""Keeping the index in step with the store, and serving it.

The store is the truth. Whenever its outbox is ahead of the served generation, a new generation is
made beside the old one (new chunks appended and replaced ones left out, or everything rebuilt) and
switched to atomically.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexer.generations import OpenGeneration, extend_generation, open_current, write_generation
from indexer.store.identifiers import new_id
from indexer.store.port import DocumentStore, IndexRow
from models.access.facts import FactsTable
from models.access.scope import Predicate, rows
from models.access.visible import VisibleSet
from models.embedding.space import Embedder, EmbeddingSpace, Vectors
from models.errors import ArtifactTampered, Conflict, IndexMismatch

if TYPE_CHECKING:
    from indexer.vectors.router import Routing

_REEMBED_BATCH = 256


@dataclass(frozen=True, slots=True, eq=False)
class ServedIndex:
    """A generation with the facts of its documents.

    ``doc_of_row``: int32, shape (rows,), position in ``doc_ids`` of each row's document. ``alive``:
    bool, shape (rows,); a row whose chunk the store has replaced since is in no visible set.
    """

    generation: OpenGeneration
    doc_ids: tuple[str, ...]
    doc_of_row: NDArray[np.int32]
    alive: NDArray[np.bool_]
    facts: FactsTable
    epoch: int

    def visible(self, scope: Predicate) -> VisibleSet:
        """Return the rows of the documents in scope."""
        if not self.doc_ids:
            return VisibleSet(self.generation.generation, np.zeros(self.alive.shape, dtype=np.bool_))
        return VisibleSet(self.generation.generation, rows(scope, self.facts)[self.doc_of_row] & self.alive)

    def doc_id_of(self, row_no: int) -> str:
        return self.doc_ids[int(self.doc_of_row[row_no])]


class IndexKeeper:
    """Opens, brings up to date and rebuilds the index of one archive."""

    def __init__(
        self, root: Path, store: DocumentStore, space: EmbeddingSpace, routing: Routing | None = None
    ) -> None:
        """``routing``: how vectors are searched; what is shipped for the space if None."""
        self._root = root
        self._store = store
        self._space = space
        self._routing = routing
        self._served: ServedIndex | None = None
        self._lock = Lock()

    def served(self) -> ServedIndex | None:
        """Return the index to search in, None while the archive is empty.

        Follows other processes: a newer generation or changed facts are picked up here.

        Raises:
            IndexMismatch: the index or the stored vectors were made with another model.
        """
        with self._lock:
            served = self._served
            seq, epoch = self._store.head_seq(), self._store.facts_epoch()
            if served is not None and served.generation.seq == seq and served.epoch == epoch:
                return served
            generation = served.generation if served and served.generation.seq == seq else self._caught_up()
            self._served = self._with_facts(generation, epoch) if generation else None
            return self._served

    def current(self) -> OpenGeneration | None:
        """Open and verify the generation on disk as it is, without bringing it up to date."""
        return open_current(self._root, self._space, self._routing)

    def catch_up(self) -> OpenGeneration | None:
        """Apply what the outbox holds beyond the current generation; None for an empty archive."""
        with self._lock:
            return self._caught_up()

    def rebuild(self, embedder: Embedder, progress: Callable[[int], None]) -> OpenGeneration | None:
        """Make the index anew from the store, embedding again where the stored space differs.

        ``progress`` is told how many chunks were embedded since it was last called.
        """
        if self._store.space() not in (None, embedder.space):
            self._store.replace_vectors(embedder.space, _embedded(self._store, embedder, progress))
        with self._lock:
            self._space = embedder.space
            self._served = None
            self._write_all()
            return open_current(self._root, self._space, self._routing)

    def _caught_up(self) -> OpenGeneration | None:
        head = self._store.head_seq()
        if head == 0:
            return None
        stored = self._store.space()
        if stored is not None and stored != self._space:
            raise IndexMismatch(
                f"档案库的向量由模型 {stored.model} 生成，当前模型是 {self._space.model}："
                "请改回原模型，或运行 chadang index rebuild 重建。"
            )
        try:
            current = open_current(self._root, self._space, self._routing)
        except ArtifactTampered:
            current = None  # every generation is damaged; the store can make it again
        if current is not None and not current.warnings and current.seq == head:
            return current
        try:
            disposed = self._store.has_disposed(current.seq if current else 0)
            if current is None or current.warnings or current.seq > head:  # ahead: the store was restored
                self._write_all(keep_previous=not disposed)
            elif disposed:  # their chunk ids may be given to other documents: nothing is known by them
                self._write_all(keep_previous=False)
            else:
                self._append_to(current)
        except Conflict:
            return current  # another process is writing the next one; serve what there is meanwhile
        return open_current(self._root, self._space, self._routing)

    def _write_all(self, *, keep_previous: bool = True) -> None:
        seq = self._store.head_seq()
        chunk_ids, texts, vectors = _columns(self._store.index_rows(self._space), self._space.dimension)
        write_generation(
            self._root,
            generation=new_id(),
            seq=seq,
            row_ids=chunk_ids,
            space=self._space,
            vectors=vectors,
            texts=texts,
            keep_previous=keep_previous,
            routing=self._routing,
        )

    def _append_to(self, current: OpenGeneration) -> None:
        """Add the new chunks and leave out those the store has replaced.

        What was replaced may have held a value nobody had noticed, so the generations that still
        hold its words are removed from the disk at once.
        """
        seq = self._store.head_seq()
        known = [int(chunk_id) for chunk_id in current.row_ids]
        keep = np.array([owner != "" for owner in self._store.owners(known)], dtype=np.bool_)
        chunk_ids, texts, vectors = _columns(
            self._store.index_rows(self._space, after=max(known, default=0)), self._space.dimension
        )
        extend_generation(
            self._root,
            generation=new_id(),
            seq=seq,
            keep=keep,
            row_ids=chunk_ids,
            space=self._space,
            vectors=vectors,
            texts=texts,
            onto=current.generation,
            keep_previous=bool(keep.all()),
            routing=self._routing,
        )

    def _with_facts(self, generation: OpenGeneration, epoch: int) -> ServedIndex:
        owners = self._store.owners([int(chunk_id) for chunk_id in generation.row_ids])
        doc_ids = tuple(dict.fromkeys(filter(None, owners)))
        position = {doc_id: number for number, doc_id in enumerate(doc_ids)}
        facts = self._store.facts(doc_ids)
        return ServedIndex(
            generation=generation,
            doc_ids=doc_ids,
            doc_of_row=np.array([position.get(owner, 0) for owner in owners], dtype=np.int32),
            alive=np.array([owner != "" for owner in owners], dtype=np.bool_),
            facts=FactsTable.of([facts[doc_id] for doc_id in doc_ids]),
            epoch=epoch,
        )


def _columns(index_rows: Iterator[IndexRow], dimension: int) -> tuple[list[int], list[str], Vectors]:
    chunk_ids: list[int] = []
    texts: list[str] = []
    vectors: list[Vectors] = []
    for row in index_rows:
        chunk_ids.append(row.chunk_id)
        texts.append(row.text)
        vectors.append(row.vector)
    stacked = np.stack(vectors) if vectors else np.zeros((0, dimension), dtype=np.float32)
    return chunk_ids, texts, np.ascontiguousarray(stacked, dtype=np.float32)


def _embedded(
    store: DocumentStore, embedder: Embedder, progress: Callable[[int], None]
) -> Iterator[tuple[Sequence[int], Vectors]]:
    pairs = list(store.masked_texts())  # read whole: the vectors are replaced in the same database
    for begin in range(0, len(pairs), _REEMBED_BATCH):
        part = pairs[begin : begin + _REEMBED_BATCH]
        yield [chunk_id for chunk_id, _ in part], embedder.embed_passages([text for _, text in part])
        progress(len(part))
