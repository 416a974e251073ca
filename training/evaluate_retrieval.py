"""How well questions find their passages: the vector leg, the lexical leg and both fused, side by side.

All run on one index, over the same visible set, with the code that serves searches.
Measures: nDCG (Järvelin, Kekäläinen, TOIS 2002), reciprocal rank and hit rate, each at 10 documents.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from indexer.indexing import ServedIndex
from indexer.legs import Legs
from indexer.understanding.question import understand
from models.access.scope import EVERYTHING
from models.embedding.space import Embedder

DEPTH = 10
LEGS = ("dense", "lexical", "hybrid", "understood")
"""The last is what serves: the fusion with everything the question is understood to say."""
TODAY = date(2026, 1, 1)
"""What 去年 is counted from, so that figures do not change with the day."""


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A question with the grade (above 0) of every passage that answers it, by source id."""

    query: str
    kind: str
    relevant: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over ``queries`` questions, each 0–1."""

    leg: str
    kind: str
    queries: int
    hit: float
    ndcg: float
    reciprocal_rank: float


def read_queries(path: Path) -> list[JudgedQuery]:
    """Read JSONL of ``{"query","relevant":{id: grade},"type"}``; other fields are not looked at."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [JudgedQuery(row["query"], row.get("type", ""), row["relevant"]) for row in rows]


def evaluate_retrieval(
    served: ServedIndex,
    source_ids: Mapping[str, str],
    embedder: Embedder,
    queries: Sequence[JudgedQuery],
    advance: Callable[[], None],
) -> list[Figures]:
    """Ask every question of every leg and return the figures, all kinds together first.

    Args:
        served: the index asked.
        source_ids: source id of each document id, as the judgements name them.
        embedder: of the index's space.
        queries: at least one.
        advance: called once per question.
    """
    legs = Legs(served, embedder, served.visible(EVERYTHING))
    scored: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for query in queries:
        for leg, ranking in _rankings(legs, query.query):
            found = [source_ids[served.doc_ids[doc]] for doc in ranking[:DEPTH]]
            scores = scores_of(found, query.relevant)
            for kind in {"", query.kind}:
                scored.setdefault((leg, kind), []).append(scores)
        advance()
    return [_figures(leg, kind, scores) for (leg, kind), scores in sorted(scored.items(), key=_order)]


def scores_of(found: Sequence[str], relevant: Mapping[str, int]) -> tuple[float, float, float]:
    """Return hit, nDCG and reciprocal rank of one answer, best first."""
    gains = [relevant.get(identifier, 0) for identifier in found]
    first = next((rank for rank, gain in enumerate(gains, start=1) if gain > 0), None)
    ideal = _discounted(sorted(relevant.values(), reverse=True)[: len(found) or 1])
    return (
        1.0 if first else 0.0,
        _discounted(gains) / ideal if ideal else 0.0,
        1.0 / first if first else 0.0,
    )


def _rankings(legs: Legs, text: str) -> Iterator[tuple[str, list[int]]]:
    yield "dense", [int(legs.served.doc_of_row[n.row_no]) for n in legs.vector(text, DEPTH)]
    yield "lexical", [int(legs.served.doc_of_row[n.row_no]) for n in legs.lexical(text, DEPTH)]
    position = {doc_id: number for number, doc_id in enumerate(legs.served.doc_ids)}
    yield "hybrid", [position[candidate.doc_id] for candidate in legs.ranked(text, DEPTH)]
    understood = understand(text, TODAY)
    ranked = legs.ranked(understood.text, DEPTH, understood)
    yield "understood", [position[candidate.doc_id] for candidate in ranked]


def _discounted(gains: Sequence[int]) -> float:
    return math.fsum((2.0**gain - 1.0) / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _figures(leg: str, kind: str, scores: Sequence[tuple[float, float, float]]) -> Figures:
    count = len(scores)
    hit, ndcg, reciprocal = (sum(column) / count for column in zip(*scores, strict=True))
    return Figures(leg, kind or "all", count, hit, ndcg, reciprocal)


def _order(item: tuple[tuple[str, str], object]) -> tuple[str, int]:
    (leg, kind), _ = item
    return kind, LEGS.index(leg)
