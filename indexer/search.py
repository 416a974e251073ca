"""Use case: a question becomes masked hits inside what the principal may see.

Everything an answer depends on (routing, cut-offs, ranks, ties) is computed over the visible set
and frozen statistics alone, so documents outside it change no byte of it. Every hit is checked
again in the store before a word of it is shown, and every search is written to the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from indexer.fusion import reciprocal_rank_fusion
from indexer.indexing import IndexKeeper, ServedIndex
from indexer.question import Years, years_in
from indexer.reading import Reader
from indexer.store.port import AuditEvent, AuditLog, DocumentStore
from indexer.vectors.port import Neighbour
from models.access.policy import profile_of, scope_of
from models.access.principal import Principal
from models.access.scope import AllOf, InsuranceIn, MaterialIn, Predicate, RegionIn, YearBetween, holds
from models.access.visible import VisibleSet
from models.archive import archive_no
from models.embedding.space import Embedder
from models.errors import ArchiveError, InvalidInput
from models.text.normalisation import normalise

CHINA = timezone(timedelta(hours=8))
"""Days and years of a question are those of China Standard Time."""

MAX_LIMIT = 100
MAX_QUERY_CHARACTERS = 2000
_DEPTH = 100
"""Documents each leg contributes at least, where there are as many."""
_DAMPING = 10
_MEANING, _WORDS, _YEARS = 1.0, 0.5, 0.5
"""Fusion constant and weights: best on one half of 1,545 judged questions, confirmed on the other
(docs/benchmarks.md). With k = 60 and equal weights the fusion fell behind the vector leg alone."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a question; an empty field narrows nothing. Years are inclusive."""

    insurance_types: tuple[str, ...] = ()
    material_types: tuple[str, ...] = ()
    region_prefix: str = ""
    first_year: int | None = None
    last_year: int | None = None

    def predicate(self) -> Predicate:
        parts: list[Predicate] = []
        if self.insurance_types:
            parts.append(InsuranceIn(self.insurance_types))
        if self.material_types:
            parts.append(MaterialIn(self.material_types))
        if self.region_prefix:
            parts.append(RegionIn((self.region_prefix,)))
        if self.first_year is not None or self.last_year is not None:
            parts.append(YearBetween(self.first_year or 0, self.last_year or 9999))
        return AllOf(tuple(parts))


@dataclass(frozen=True, slots=True)
class Query:
    """A question in plain Chinese; ``limit`` 1–100; ``today`` resolves 前年 and the like."""

    text: str
    limit: int = 10
    filters: Filters = field(default_factory=Filters)
    today: date | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidInput(f"条数应在 1 到 {MAX_LIMIT} 之间。")
        if len(self.text) > MAX_QUERY_CHARACTERS:
            raise InvalidInput(f"检索词过长，请控制在 {MAX_QUERY_CHARACTERS} 字以内。")


@dataclass(frozen=True, slots=True)
class MaskedHit:
    """One document as the principal may see it; ``reasons`` say in Chinese why it was found."""

    doc_id: str
    source_id: str
    archive_no: str | None
    title: str
    passage: str
    page_no: int
    insurance_types: tuple[str, ...]
    material_type: str | None
    year: int | None
    region: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A document found, with its best row and why; never leaves this module."""

    doc_id: str
    row_no: int
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Searcher:
    """Answers questions; ``mismatches`` counts hits that the store's own check had to drop."""

    store: DocumentStore
    index: IndexKeeper
    embedder: Embedder
    reader: Reader
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"
    mismatches: int = 0

    def search(self, query: Query, principal: Principal) -> list[MaskedHit]:
        """Return at most ``query.limit`` documents, best first; nobody's scope is nothing, not an error.

        Raises:
            IndexMismatch: the index was made with another model.
        """
        now = self.clock()
        scope = AllOf((scope_of(principal, now), query.filters.predicate()))
        years = years_in(query.text, query.today or now.astimezone(CHINA).date())
        hits: list[MaskedHit] = []
        outcome = "empty"
        try:
            if query.text.strip():
                hits = self._hits(query, scope, years, profile_of(principal))
            outcome = "ok" if hits else "empty"
        except ArchiveError as error:
            outcome = error.code
            raise
        finally:
            self.audit.record(
                AuditEvent(
                    at=now,
                    principal=principal.subject,
                    via=self.via,
                    purpose=principal.purpose,
                    action="search",
                    doc_ids=tuple(hit.doc_id for hit in hits),
                    query=self.audit.query_key(query.text),
                    outcome=outcome,
                )
            )
        return hits

    def _hits(self, query: Query, scope: Predicate, years: Years | None, profile: str) -> list[MaskedHit]:
        served = self.index.served()
        if served is None:
            return []
        among = served.visible(scope)
        if among.count == 0:
            return []
        ranked = Legs(served, self.embedder, among).ranked(query.text, query.limit, years)
        candidates = _exact_first(self._exact(query.text, served, among), ranked)
        allowed = self._still_allowed(candidates, scope)
        return [self._shown(candidate, served, profile) for candidate in allowed[: query.limit]]

    def _exact(self, text: str, served: ServedIndex, among: VisibleSet) -> list[_Candidate]:
        """Return visible documents whose 档号 stands in the question or whose title is the question."""
        numbers = [
            doc_id for number in archive_no.found_in(text) for doc_id in self.store.with_archive_no(number)
        ]
        titles = self.store.with_title(text)
        why = dict.fromkeys(titles, "题名相同") | dict.fromkeys(numbers, "档号相同")
        first_row: dict[str, int] = {}
        wanted = set(why)
        if wanted:
            for row_no in among.row_numbers.tolist():
                doc_id = served.doc_id_of(row_no)
                if doc_id in wanted:
                    first_row.setdefault(doc_id, row_no)
        # By position, not by id: ids of one millisecond are in no order.
        found = sorted(first_row, key=lambda doc_id: (doc_id not in numbers, first_row[doc_id]))
        return [_Candidate(doc_id, first_row[doc_id], (why[doc_id],)) for doc_id in found]

    def _still_allowed(self, candidates: Sequence[_Candidate], scope: Predicate) -> list[_Candidate]:
        """The reference monitor: ask the store, not the index, whether each hit may be shown."""
        facts = self.store.facts(candidate.doc_id for candidate in candidates)
        allowed = [c for c in candidates if c.doc_id in facts and holds(scope, facts[c.doc_id])]
        self.mismatches += len(candidates) - len(allowed)
        return allowed

    def _shown(self, candidate: _Candidate, served: ServedIndex, profile: str) -> MaskedHit:
        chunk_id = int(served.generation.row_ids[candidate.row_no])
        place = self.store.placements([chunk_id])[chunk_id]
        document = self.store.documents([candidate.doc_id])[candidate.doc_id]
        title, passage = self.reader.passage(place, profile)
        return MaskedHit(
            doc_id=document.doc_id,
            source_id=document.source_id,
            archive_no=document.archive_no,
            title=title,
            passage=passage,
            page_no=place.page_no,
            insurance_types=document.insurance_types,
            material_type=document.material_type,
            year=document.formed_on.year if document.formed_on else None,
            region=document.region,
            reasons=candidate.reasons,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """The two ways of finding, both inside the same visible set, and their fusion."""

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

    def ranked(self, text: str, limit: int, years: Years | None = None) -> list[_Candidate]:
        """Return documents by reciprocal rank fusion of both legs, ties by document position.

        Documents of the years the question names form a third ranking, in the order of the first two.
        """
        depth = max(_DEPTH, limit)
        meaning = self._documents(self.vector(text, depth))
        words = self._documents(self.lexical(normalise(text), depth))
        rankings = [list(meaning), list(words)]
        of_years: set[int] = set()
        if years is not None:
            fused = [doc for doc, _ in _fused(rankings)]
            year = self.served.facts.year
            in_time = [doc for doc in fused if years.first <= int(year[doc]) <= years.last]
            of_years = set(in_time)
            rankings.append(in_time)
        found_by = (("语义相近", meaning), ("字词匹配", words), ("年份相符", of_years))
        return [
            _Candidate(
                self.served.doc_ids[doc],
                words.get(doc, meaning.get(doc, 0)),
                tuple(why for why, where in found_by if doc in where),
            )
            for doc, _ in _fused(rankings)
        ]

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


def _fused(rankings: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    weights = (_MEANING, _WORDS, _YEARS)[: len(rankings)]
    return reciprocal_rank_fusion(rankings, k=_DAMPING, weights=weights)


def _exact_first(exact: Sequence[_Candidate], ranked: Iterable[_Candidate]) -> list[_Candidate]:
    taken = {candidate.doc_id for candidate in exact}
    return [*exact, *(candidate for candidate in ranked if candidate.doc_id not in taken)]
