"""The two ways of finding, by meaning and by words, both inside one visible set, and their fusion.

Every number here is a function of the question, the visible documents and frozen statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from indexer.fusion import reciprocal_rank_fusion
from indexer.indexing import ServedIndex
from indexer.persons import NOBODY, Held, People
from indexer.understanding.pieces import PieceKind
from indexer.understanding.question import Understanding
from indexer.vectors.port import Neighbour
from models.access.scope import rows
from models.access.visible import VisibleSet
from models.embedding.space import Embedder, Vectors
from models.privacy.blind_index import PersonRole
from models.text.normalisation import normalise

_DEPTH = 100
"""Documents each leg contributes at least, where there are as many."""
_DAMPING = 10
_MEANING, _WORDS = 1.0, 0.5
"""Fusion constant and weights, chosen among some 50 variants with the figures of all 1,545 judged
questions in view (docs/benchmarks.md), so its lead over the legs is optimistic. With k = 60 and equal
weights the fusion fell behind the vector leg alone."""
_PREFERRED = {
    PieceKind.YEARS: (0.5, "年份相符"),
    PieceKind.REGION: (0.3, "地区相符"),
    PieceKind.MATERIAL: (0.4, "材料相符"),
    PieceKind.INSURANCE: (0.2, "险种相符"),
}
"""Weights of what was understood. An insurance is named wrongly more often than anything else, so it
weighs least: it reorders, and never loses the file that was meant."""
_AGREEING = (1.0, (PieceKind.YEARS, PieceKind.REGION, PieceKind.MATERIAL))
"""Weight of fitting all of these at once where several are named: who names year and paper means both."""
_SOUGHT = {PieceKind.DOCUMENT_NO: (1.0, "文号相近"), PieceKind.EMPLOYER: (0.5, "单位名称相近")}
_SOUGHT_DEPTH = 20
_NAMED = 4.0
"""Weight of holding a person asked for by name: above all that the best file of somebody else can have
together (meaning 1, words .5, years .5, region .3, material .4, insurance .2, agreement 1)."""
_WORDS_FLOOR = 0.10
"""Share of the best possible lexical score below which shared words say nothing."""
_LENIENCE, _FEW = 0.08, 10
"""Where fewer documents than `_FEW` are about the question, those that are this much less near in meaning
follow as perhaps related, for plain people's words are far from official prose. Not where the question
names a material, and only those of an insurance it names: what is meant is known then, and the rest noise."""
_MEANING_WHY, _WORDS_WHY, PERHAPS = "语义相近", "字词匹配", "可能相关"
EXACT_NUMBER, EXACT_TITLE = "档号相同", "题名相同"
BY_NUMBER = {PersonRole.HOLDER: "持有人号码相符", PersonRole.MENTIONED: "文中号码相符"}
BY_NAME = {PersonRole.HOLDER: "持有人姓名相符", PersonRole.MENTIONED: "文中姓名相符"}


def reasons_known() -> tuple[str, ...]:
    """Return every reason a candidate can have, in a fixed order."""
    understood = (why for table in (_PREFERRED, _SOUGHT) for _, why in table.values())
    people = (*BY_NUMBER.values(), *BY_NAME.values())
    return (EXACT_NUMBER, EXACT_TITLE, _MEANING_WHY, _WORDS_WHY, PERHAPS, *understood, *people)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document found, with its best chunk and why; never leaves the indexer."""

    doc_id: str
    chunk_id: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Ranking:
    documents: list[int]
    weight: float
    why: str
    members: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", frozenset(self.documents))


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """One question's ways into one index."""

    served: ServedIndex
    embedder: Embedder
    among: VisibleSet

    def vector(self, text: str, documents: int) -> list[Neighbour]:
        """Return the best row of each of at least ``documents`` documents, by meaning."""
        return self.nearest(self.embedder.embed_query(text), documents)

    def lexical(self, text: str, documents: int) -> list[Neighbour]:
        """Return the best row of each of at least ``documents`` documents, by words and bigrams."""
        return self._by_document(
            lambda k: self.served.generation.lexical.search(text, k, self.among), documents
        )

    def ranked(
        self, text: str, limit: int, understood: Understanding | None = None, people: People = NOBODY
    ) -> list[Candidate]:
        """Return documents by reciprocal rank fusion of both legs, ties by document position.

        Every kind of thing understood forms a further ranking: documents of the years named, say, in
        the order of the first two; and so do those of people asked for by name. What is found by a number
        comes first. What neither leg finds to be about the question at all, and what is
        not of the material named, is left out, for nothing is a better answer than noise; but where little
        is left, what is nearly so follows and says that it is only perhaps related.
        """
        depth, words = max(_DEPTH, limit), normalise(text)
        query = self.embedder.embed_query(text) if text.strip() else None
        by_meaning = self.nearest(query, depth) if query is not None else []
        by_words = self.lexical(words, depth) if query is not None else []
        rankings = self.rankings(by_meaning, by_words, understood)
        numbered = self._of_people(people.by_number, words, query, understood)
        named = self._of_people(people.by_name, words, query, understood)
        rankings.append(_Ranking(named, _NAMED, ""))
        worthy = {*self._documents(self._above_floors(words, by_meaning, by_words)), *named}
        worthy.update(*_fitting(rankings, PieceKind.MATERIAL))
        fused = [*numbered, *(doc for doc in _fused(rankings) if doc not in people.by_number)]
        worthy.update(numbered)
        perhaps = self._perhaps(by_meaning, rankings, people) - worthy
        sure = [doc for doc in fused if doc in worthy]
        further = [doc for doc in fused if doc in perhaps][: max(0, _FEW - len(sure))]
        rows_of = self._first_rows(sure) | self._documents(by_meaning) | self._documents(by_words)
        return [
            Candidate(
                self.served.doc_ids[doc],
                self.chunk_of(rows_of[doc]),
                (*_about_people(doc, people), *(r.why for r in rankings if r.why and doc in r.members))
                if doc in worthy
                else (PERHAPS,),
            )
            for doc in (*sure, *further)
        ]

    def rankings(
        self, by_meaning: Sequence[Neighbour], by_words: Sequence[Neighbour], understood: Understanding | None
    ) -> list[_Ranking]:
        """Return the rankings of both legs, and of what was understood."""
        meaning, lexical = self._documents(by_meaning), self._documents(by_words)
        rankings = [
            _Ranking(list(meaning), _MEANING, _MEANING_WHY),
            _Ranking(list(lexical), _WORDS, _WORDS_WHY),
        ]
        if understood is not None:
            rankings += [*self._sought(understood, lexical), *self._preferred(understood, _fused(rankings))]
        return rankings

    def _of_people(
        self,
        held: Mapping[int, Held],
        words: str,
        query: Vectors | None,
        understood: Understanding | None,
    ) -> list[int]:
        """Return the documents of people: most of them first, holders first, then by the other words.

        Searched by themselves: the one paper meant may be far behind in a search among everybody's.
        """
        if not held:
            return []
        theirs = np.zeros(len(self.served.doc_ids), dtype=np.bool_)
        theirs[list(held)] = True
        allowed = self.among.allowed & theirs[self.served.doc_of_row]
        legs = replace(self, among=VisibleSet(self.among.generation, allowed))
        by_meaning = legs.nearest(query, _DEPTH) if query is not None else []
        by_words = legs.lexical(words, _DEPTH) if query is not None else []
        ordered = _fused(legs.rankings(by_meaning, by_words, understood))
        fits = {doc: place for place, doc in enumerate(ordered)}
        return sorted(held, key=lambda doc: (held[doc].order, fits.get(doc, len(fits)), doc))

    def _perhaps(
        self, by_meaning: Sequence[Neighbour], rankings: Sequence[_Ranking], people: People
    ) -> set[int]:
        if people.by_number or people.by_name or _fitting(rankings, PieceKind.MATERIAL):
            return set()
        near = set(self._documents(self._near(by_meaning, _LENIENCE)))
        return near.intersection(*_fitting(rankings, PieceKind.INSURANCE))

    def chunk_of(self, row_no: int) -> int:
        return int(self.served.generation.row_ids[row_no])

    def _preferred(self, understood: Understanding, fused: Sequence[int]) -> Iterator[_Ranking]:
        fitting: dict[PieceKind, list[int]] = {}
        for kind, (weight, why) in _PREFERRED.items():
            predicate = understood.predicate(kind, filtering=False)
            if predicate is not None:
                fits = rows(predicate, self.served.facts)
                fitting[kind] = [doc for doc in fused if fits[doc]]
                yield _Ranking(fitting[kind], weight, why)
        weight, kinds = _AGREEING
        named = [set(fitting[kind]) for kind in kinds if kind in fitting]
        if len(named) > 1:
            agreeing = set.intersection(*named)
            yield _Ranking([doc for doc in fused if doc in agreeing], weight, "")

    def _sought(self, understood: Understanding, lexical: dict[int, int]) -> Iterator[_Ranking]:
        """Yield the documents that share most with a number or an employer, among those found by words."""
        for kind, (weight, why) in _SOUGHT.items():
            for piece in understood.active(kind):
                found = self._documents(self.lexical(piece.values[0], _SOUGHT_DEPTH))
                yield _Ranking([doc for doc in found if doc in lexical], weight, why)

    def _above_floors(
        self, words: str, by_meaning: Sequence[Neighbour], by_words: Sequence[Neighbour]
    ) -> list[Neighbour]:
        least = _WORDS_FLOOR * self.served.generation.lexical.best_possible(words)
        return self._near(by_meaning) + [n for n in by_words if n.score >= least]

    def _near(self, by_meaning: Sequence[Neighbour], lenience: float = 0.0) -> list[Neighbour]:
        return [n for n in by_meaning if n.score >= self.embedder.relevance_floor - lenience]

    def nearest(self, query: Vectors, documents: int) -> list[Neighbour]:
        """Return the best row of each of at least ``documents`` documents, by an embedded question."""
        vectors = self.served.generation.vectors
        return self._by_document(lambda k: vectors.nearest(query, k, self.among), documents)

    def _first_rows(self, documents: Sequence[int]) -> dict[int, int]:
        """Return the first visible row of each document."""
        wanted = np.zeros(len(self.served.doc_ids), dtype=np.bool_)
        wanted[list(documents)] = True
        numbers = self.among.row_numbers
        numbers = numbers[wanted[self.served.doc_of_row[numbers]]]
        return {int(self.served.doc_of_row[row]): int(row) for row in numbers[::-1]}

    def _documents(self, leg: Sequence[Neighbour]) -> dict[int, int]:
        """Return document position → its best row, best document first."""
        return {int(self.served.doc_of_row[n.row_no]): n.row_no for n in leg}

    def _by_document(self, ask: Callable[[int], list[Neighbour]], documents: int) -> list[Neighbour]:
        k = documents
        while True:
            found = ask(k)
            best: dict[int, Neighbour] = {}
            for neighbour in found:
                best.setdefault(int(self.served.doc_of_row[neighbour.row_no]), neighbour)
            if len(best) >= documents or len(found) < k:
                return list(best.values())
            k *= 2


def _fitting(rankings: Sequence[_Ranking], kind: PieceKind) -> list[frozenset[int]]:
    """Return the documents that fit what was understood of a kind, nothing where none was."""
    return [r.members for r in rankings if r.why == _PREFERRED[kind][1]]


def _about_people(doc: int, people: People) -> Iterator[str]:
    """Yield by which people a document was found, and what it has to do with them."""
    for held, why in ((people.by_number, BY_NUMBER), (people.by_name, BY_NAME)):
        if doc in held:
            yield why[held[doc].role]


def _fused(rankings: Sequence[_Ranking]) -> list[int]:
    weights = [ranking.weight for ranking in rankings]
    found = reciprocal_rank_fusion([r.documents for r in rankings], k=_DAMPING, weights=weights)
    return [doc for doc, _ in found]
