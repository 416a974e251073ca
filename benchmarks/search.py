"""`make bench-search`: recall, starvation and speed of the legs under filters, beside other engines.

    python -m benchmarks.search [--rows N] [--lexical-rows N] [--peer-rows N] [--peers NAME,…] [--seed N]

Rows are made up (benchmarks/search_data.py). The partition is learnt from a reference of the same make
and another seed, as the shipped one is from public text; ``--other-reference`` learns it from rows that
lie elsewhere. Milliseconds are processor time of the calling thread's process, one thread.
"""

from __future__ import annotations

import argparse
import gc
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.search_data import DIMENSION, FILTERS, Filter, Rows, questions_of, rows_of, texts_of
from benchmarks.search_peers import LEXICAL_PEERS, VECTOR_PEERS, Ask, AskWords, K, scratch, version_of
from indexer.generations import OpenGeneration
from indexer.indexing import ServedIndex
from indexer.legs import Legs
from indexer.lexical.postings_index import PostingsLexicalIndex
from indexer.vectors.faiss_index import FaissVectorIndex
from indexer.vectors.router import RoutedVectorIndex, Routing
from models.access.facts import FactsTable
from models.access.visible import VisibleSet
from models.embedding.space import EmbeddingSpace, Vectors
from training.partition import LISTS, fit_partition

SPACE = EmbeddingSpace("bench", "1", DIMENSION)
REFERENCE_ROWS = 20_000
QUESTIONS = 60


@dataclass(slots=True)
class Measured:
    """Milliseconds and, where there is a truth, share of it found, one entry a question."""

    ms: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)
    starved: int = 0

    def take(self, ask: Callable[[], list[int]], truth: list[int] | None = None) -> None:
        began = time.process_time()
        found = ask()
        self.ms.append(1000 * (time.process_time() - began))
        if truth is not None:
            self.recall.append(len({*truth} & {*found}) / len(truth) if truth else 1.0)
            self.starved += len(found) < len(truth)

    def row(self, engine: str, chosen: str) -> str:
        quality = f"{np.mean(self.recall):.4f} | {self.starved}" if self.recall else "– | –"
        p50, p95 = np.quantile(self.ms, (0.5, 0.95))
        return f"| {engine} | {chosen} | {quality} | {p50:.1f} | {p95:.1f} |"


HEAD = (
    "| engine | allowed | recall@10 | starved | p50 ms | p95 ms |\n| --- | --- | ---: | ---: | ---: | ---: |"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--lexical-rows", type=int, default=300_000)
    parser.add_argument("--peer-rows", type=int, default=50_000)
    parser.add_argument("--peers", default=",".join(VECTOR_PEERS | LEXICAL_PEERS), help="only these")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--other-reference", action="store_true")
    asked = parser.parse_args()
    with scratch() as folder:
        if asked.peer_rows:
            _beside_peers(asked.peer_rows, set(asked.peers.split(",")), asked.seed, Path(folder))
        if asked.rows:
            _own_legs(asked, Path(folder))
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


def _own_legs(asked: argparse.Namespace, folder: Path) -> None:
    lexical, texts = _lexical(min(asked.lexical_rows, asked.rows), asked.rows, asked.seed, folder)
    rows, vectors = _vectors(asked.rows, asked.seed, folder, elsewhere=asked.other_reference)
    _hybrid(rows, vectors, lexical, texts, asked.seed)


def _routing(seed: int, *, elsewhere: bool = False) -> Routing:
    reference = rows_of(REFERENCE_ROWS, seed + 1000).vectors
    # Reversed components: the same shape, another place.
    return Routing(
        fit_partition(np.ascontiguousarray(reference[:, ::-1]) if elsewhere else reference, LISTS, seed)
    )


def _asking(index: RoutedVectorIndex | FaissVectorIndex, query: Vectors, among: VisibleSet) -> list[int]:
    return [n.row_no for n in index.nearest(query, K, among)]


def _vectors(count: int, seed: int, folder: Path, *, elsewhere: bool) -> tuple[Rows, RoutedVectorIndex]:
    rows, questions = rows_of(count, seed), rows_of(QUESTIONS, seed + 1)
    routing = _routing(seed, elsewhere=elsewhere)
    began = time.process_time()
    RoutedVectorIndex.build(SPACE, rows.vectors, routing).save(folder)
    built = time.process_time() - began
    gc.collect()
    began = time.perf_counter()
    index = RoutedVectorIndex.open(folder, SPACE, routing)
    opened = time.perf_counter() - began
    print(f"\n## Vector leg, {count} rows\n")
    print(f"built in {built:.1f} s, opened and probed in {opened:.2f} s\n\n{HEAD}")
    exact = FaissVectorIndex.open(folder, SPACE)
    for chosen in FILTERS:
        routed, flat = Measured(), Measured()
        for query, topic in zip(questions.vectors, questions.topic.tolist(), strict=True):
            among = VisibleSet("g", chosen.allowed(rows, topic))
            truth = _asking(exact, query, among)
            routed.take(lambda q=query, a=among: _asking(index, q, a), truth)  # type: ignore[misc]
            flat.take(lambda q=query, a=among: _asking(exact, q, a))  # type: ignore[misc]
        print(routed.row("查档", chosen.name), flat.row("exact alone", chosen.name), sep="\n", flush=True)
    return rows, index


def _lexical(count: int, all_rows: int, seed: int, folder: Path) -> tuple[PostingsLexicalIndex, list[str]]:
    texts = texts_of(all_rows, seed)
    draw = np.random.default_rng(seed).integers(0, 1000, all_rows)
    began = time.process_time()
    index = PostingsLexicalIndex.build(texts[:count])
    print(f"\n## Lexical leg, {count} rows\n\nbuilt in {time.process_time() - began:.1f} s\n\n{HEAD}")
    for chosen in FILTERS[:5]:
        among, measured = VisibleSet("g", draw[:count] < chosen.below), Measured()
        for text in questions_of(texts[:count], QUESTIONS, seed):
            measured.take(lambda t=text, a=among: [n.row_no for n in index.search(t, K, a)])  # type: ignore[misc]
        print(measured.row("查档", chosen.name), flush=True)
    if all_rows > count:
        more = PostingsLexicalIndex.build(texts[count:])._postings  # noqa: SLF001
        index = PostingsLexicalIndex(index._postings.followed_by(more), index._statistics)  # noqa: SLF001
    (folder / "lexical").mkdir()
    index.save(folder / "lexical")
    return PostingsLexicalIndex.open(folder / "lexical"), texts


@dataclass(slots=True)
class Prepared:
    """An embedder that has its vectors ready, so that embedding costs nothing."""

    vector: Vectors
    space: EmbeddingSpace = SPACE
    relevance_floor: float = -1.0

    def embed_query(self, _text: str) -> Vectors:
        return self.vector

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.repeat(self.vector[None], len(texts), axis=0)


def _hybrid(
    rows: Rows, vectors: RoutedVectorIndex, lexical: PostingsLexicalIndex, texts: list[str], seed: int
) -> None:
    count = len(rows.draw)
    numbers = tuple(range(count))
    generation = OpenGeneration("g", 1, count, numbers, vectors, lexical, datetime.now(UTC))
    doc_ids = tuple(map(str, numbers))
    alive = np.ones(count, dtype=np.bool_)
    served = ServedIndex(generation, doc_ids, np.arange(count, dtype=np.int32), alive, FactsTable.of([]), 1)
    print(f"\n## Hybrid, {count} rows, 100 documents a leg, fused\n\n{HEAD}")
    questions, asked = rows_of(QUESTIONS, seed + 1), questions_of(texts, QUESTIONS, seed)
    for chosen in FILTERS:
        measured = Measured()
        for query, topic, text in zip(questions.vectors, questions.topic.tolist(), asked, strict=True):
            mask = chosen.allowed(rows, topic)

            def ask(query: Vectors = query, text: str = text, mask: NDArray[np.bool_] = mask) -> list[int]:
                legs = Legs(served, Prepared(query), VisibleSet("g", mask))
                return [candidate.chunk_id for candidate in legs.ranked(text, 100)]

            measured.take(ask)
        print(measured.row("查档", chosen.name), flush=True)


def _beside_peers(count: int, named: set[str], seed: int, folder: Path) -> None:
    rows = rows_of(count, seed)
    if vector_peers := {name: make for name, make in VECTOR_PEERS.items() if name in named}:
        _vector_peers(rows, vector_peers, seed, folder)
    if lexical_peers := {name: make for name, make in LEXICAL_PEERS.items() if name in named}:
        _lexical_peers(rows, texts_of(count, seed), lexical_peers, seed)


def _vector_peers(
    rows: Rows, peers: Mapping[str, Callable[[Rows, str], Ask]], seed: int, folder: Path
) -> None:
    questions = rows_of(QUESTIONS, seed + 1)
    exact = FaissVectorIndex.build(SPACE, rows.vectors)
    ours = RoutedVectorIndex.build(SPACE, rows.vectors, _routing(seed))
    print(f"\n## Beside other engines, {len(rows.draw)} rows\n\n{HEAD}")

    def routed(query: Vectors, chosen: Filter, topic: int) -> list[int]:
        return _asking(ours, query, VisibleSet("g", chosen.allowed(rows, topic)))

    engines = {"查档": lambda *_: routed, **peers}
    for name, make in engines.items():
        known = version_of(name) if make is not engines["查档"] else ""
        if known is None:
            print(f"| {name} | 未安装 | – | – | – | – |")
            continue
        began = time.process_time()
        ask = make(rows, str(folder / name))
        built = time.process_time() - began
        for chosen in FILTERS:
            measured = Measured()
            for query, topic in zip(questions.vectors, questions.topic.tolist(), strict=True):
                truth = _asking(exact, query, VisibleSet("g", chosen.allowed(rows, topic)))
                measured.take(lambda q=query, t=topic: ask(q, chosen, t), truth)  # type: ignore[misc]  # noqa: B023
            print(measured.row(f"{name} {known}".strip(), chosen.name), flush=True)
        print(f"<!-- {name} built in {built:.0f} s of processor time -->")


def _lexical_peers(
    rows: Rows, texts: list[str], peers: Mapping[str, Callable[[list[str], Rows], AskWords]], seed: int
) -> None:
    ours = PostingsLexicalIndex.build(texts)
    print(f"\n{len(texts)} texts, words and bigrams:\n\n{HEAD}")

    def own(query: str, chosen: Filter) -> list[int]:
        return [n.row_no for n in ours.search(query, K, VisibleSet("g", rows.draw < chosen.below))]

    engines = {"查档": lambda *_: own, **peers}
    for name, make in engines.items():
        known = version_of(name) if make is not engines["查档"] else ""
        if known is None:
            print(f"| {name} | 未安装 | – | – | – | – |")
            continue
        ask = make(texts, rows)
        for chosen in FILTERS[:5]:
            measured = Measured()
            for text in questions_of(texts, QUESTIONS, seed):
                measured.take(lambda t=text: ask(t, chosen))  # type: ignore[misc]  # noqa: B023
            print(measured.row(f"{name} {known}".strip(), chosen.name), flush=True)


if __name__ == "__main__":
    main()
