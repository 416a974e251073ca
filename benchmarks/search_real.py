"""Search through lists on vectors of the built-in model: recall, and how many rows are looked into.

    python -m benchmarks.search_real --corpus FILE.jsonl --queries FILE.jsonl [--vectors NPZ] [--copies N]

The passages the shipped partition was learnt from are embedded; every other one teaches a partition, the
rest are the archive. Lists are used throughout. With ``--copies`` the archive is that many times as large,
each copy a little elsewhere (noise of .02 to .5 of a vector's length), to see real structure by the
hundred thousand. ``--vectors`` keeps what was embedded (some minutes) for the next run.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.search import QUESTIONS, Measured, _asking
from indexer.vectors.faiss_index import FaissVectorIndex
from indexer.vectors.faiss_lists import FaissLists
from indexer.vectors.router import RoutedVectorIndex, Routing
from models.access.visible import VisibleSet
from models.embedding.sentence_transformer import DEFAULT_MODEL, SentenceTransformerEmbedder
from models.embedding.space import EmbeddingSpace, Vectors
from training.partition import LISTS, fit_partition, reference_texts

SEED = 20261130
LAY_QUESTIONS = 200
AGAINST = 0.7
"""Share of the archive that is allowed against the question: the least similar rows."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("data/var/cache/models"))
    parser.add_argument("--copies", type=int, default=1)
    asked = parser.parse_args()
    passages, lay = _embedded(asked)
    reference, base = passages[0::2], passages[1::2]
    space = EmbeddingSpace("real", "1", base.shape[1])
    draw = np.random.default_rng(SEED)
    archive = _copied(base, asked.copies, draw)
    index = RoutedVectorIndex.build(space, archive, Routing(fit_partition(reference, LISTS, SEED), 0))
    exact = FaissVectorIndex.build(space, archive)
    count = LAY_QUESTIONS if asked.copies == 1 else QUESTIONS
    passages_asked = base[draw.choice(len(base), count, replace=False)]
    print(f"{len(archive)} rows, {len(reference)} passages of reference, {count} questions a row\n")
    print("| questions | allowed | recall@10 | starved | p50 ms | p95 ms | looked into |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name, questions in (("lay questions", lay[:count]), ("passages", passages_asked)):
        for allowed in ("100 %", "50 %", f"the {AGAINST:.0%} least similar"):
            _row((name, allowed), index, exact, [(q, _mask(allowed, q, archive)) for q in questions])


def _embedded(asked: argparse.Namespace) -> tuple[Vectors, Vectors]:
    if asked.vectors and asked.vectors.exists():
        kept = np.load(asked.vectors)
        return kept["passages"], kept["lay"]
    embedder = SentenceTransformerEmbedder.load(DEFAULT_MODEL, asked.cache)
    with asked.queries.open(encoding="utf-8") as stream:
        questions = [str(json.loads(line)["query"]) for line in stream]
    chosen = random.Random(SEED).sample(questions, LAY_QUESTIONS)
    lay = np.stack([embedder.embed_query(text) for text in chosen])
    passages = embedder.embed_passages(reference_texts(asked.corpus))
    if asked.vectors:
        np.savez(asked.vectors, passages=passages, lay=lay)
    return passages, lay


def _copied(base: Vectors, copies: int, draw: np.random.Generator) -> Vectors:
    """Return the rows themselves and, beyond that, copies with noise; unit rows, float32."""
    made = [base]
    for _ in range(copies - 1):
        loud = draw.uniform(0.02, 0.5, (len(base), 1)) / np.sqrt(base.shape[1])
        moved = base + draw.standard_normal(base.shape) * loud
        made.append((moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32))
    return np.concatenate(made)


def _mask(allowed: str, query: Vectors, archive: Vectors) -> NDArray[np.bool_]:
    if allowed == "100 %":
        return np.ones(len(archive), dtype=np.bool_)
    if allowed == "50 %":
        return np.random.default_rng(SEED).random(len(archive)) < 0.5
    similar = archive @ query
    least: NDArray[np.bool_] = similar < np.quantile(similar, AGAINST)
    return least


def _row(
    name: tuple[str, str],
    index: RoutedVectorIndex,
    exact: FaissVectorIndex,
    asked: list[tuple[Vectors, NDArray[np.bool_]]],
) -> None:
    measured, shares, lists = Measured(), [], index._lists  # noqa: SLF001
    assert lists is not None
    for query, mask in asked:
        among = VisibleSet("g", mask)
        truth = _asking(exact, query, among)
        with _watched(lists) as looked:
            measured.take(lambda q=query, a=among: _asking(index, q, a), truth)  # type: ignore[misc]
        shares.append(looked[-1] / among.count)
    looked_into = f"{np.mean(shares):.2f} / {np.quantile(shares, 0.95):.2f}"
    print(f"{measured.row(*name)} {looked_into} |", flush=True)


@contextmanager
def _watched(lists: FaissLists) -> Iterator[list[int]]:
    """Yield a list that gets the number of allowed rows in the lists of each second look."""
    looked: list[int] = []
    real = lists._until_k_are_better  # noqa: SLF001

    def watching(query: Vectors, chosen: Any, k: int, available: int, selector: Any) -> Any:
        looked.append(available)
        return real(query, chosen, k, available, selector)

    lists._until_k_are_better = watching  # type: ignore  # noqa: SLF001
    try:
        yield looked
    finally:
        del lists._until_k_are_better  # noqa: SLF001


if __name__ == "__main__":
    main()
