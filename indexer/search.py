"""Use case: a question becomes masked hits inside what the principal may see.

Everything an answer depends on (routing, cut-offs, ranks, ties, counts) is computed over the visible
set and frozen statistics alone, so documents outside it change no byte of it. Every hit is checked
again in the store before a word of it is shown, and every search is written to the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from indexer.answers import MAX_LIMIT, Answer, MaskedHit, Query
from indexer.auditing import Look, audited
from indexer.cursors import TokenSealer, cursor_of, rest_of
from indexer.facets import Facets, facets_of
from indexer.hits import HitDesk
from indexer.indexing import IndexKeeper, ServedIndex
from indexer.legs import EXACT_NUMBER, EXACT_TITLE, Candidate, Legs
from indexer.marking import marking_terms
from indexer.monitor import ReferenceMonitor, Since
from indexer.persons import NOBODY, People, PersonFinder
from indexer.reading import Reader
from indexer.reranking import DEPTH, Reranker, reranked
from indexer.spelling import other_wordings
from indexer.store.port import AuditLog, DocumentStore
from indexer.understanding.pieces import PieceKind
from indexer.understanding.question import Understanding, understand
from models.access.policy import profile_of, reach_of
from models.access.principal import Principal
from models.access.scope import AllOf
from models.access.visible import VisibleSet
from models.archive import archive_no
from models.embedding.space import Embedder
from models.text.script import simplified

CHINA = timezone(timedelta(hours=8))
"""Days and years of a question are those of China Standard Time."""

_SCRIPT = "script"
"""Switches off the reading of traditional characters as simplified ones."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question on its way: what it says, and what it may be answered from."""

    understood: Understanding
    served: ServedIndex
    among: VisibleSet
    people: People


@dataclass(slots=True)
class Searcher:
    """Answers questions; without ``sealer`` in one page, without ``reranker`` in the order of the fusion.

    Without ``persons`` nobody is looked up by name or number.
    """

    store: DocumentStore
    index: IndexKeeper
    embedder: Embedder
    reader: Reader
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"
    sealer: TokenSealer | None = None
    reranker: Reranker | None = None
    persons: PersonFinder | None = None
    desk: HitDesk = field(init=False)

    def __post_init__(self) -> None:
        self.desk = HitDesk(self.store, self.reader, ReferenceMonitor(self.store, self.clock))

    @property
    def mismatches(self) -> int:
        """Hits that the store's own check had to drop."""
        return self.desk.monitor.tally.all_dropped

    def search(self, query: Query, principal: Principal) -> list[MaskedHit]:
        """Return at most ``query.limit`` documents, best first; nobody's scope is nothing, not an error."""
        return list(self.ask(query, principal).hits)

    def ask(self, query: Query, principal: Principal) -> Answer:
        """Return one page of the answer.

        Raises:
            IndexMismatch: the index was made with another model.
            InvalidInput: the cursor belongs to another account, purpose or question.
        """
        now = self.clock()
        with audited(self.audit, principal, via=self.via, action="search", about=query.text, at=now) as look:
            answer = self._answer(query, principal, now, look)
            look.doc_ids = tuple(hit.doc_id for hit in answer.hits)
            look.outcome = "ok" if answer.hits else "empty"
        return answer

    def everything(self, query: Query, principal: Principal, *, action: str = "export") -> list[MaskedHit]:
        """Return all pages of the answer as one list; audited as one, under ``action``."""
        now = self.clock()
        with audited(self.audit, principal, via=self.via, action=action, about=query.text, at=now) as look:
            hits: list[MaskedHit] = []
            page: Query | None = replace(query, limit=MAX_LIMIT, cursor=None)
            while page is not None:
                answer = self._answer(page, principal, now, look)
                hits += answer.hits
                page = replace(page, cursor=answer.next_cursor) if answer.next_cursor else None
            look.doc_ids = tuple(hit.doc_id for hit in hits)
            look.outcome = "ok" if hits else "empty"
        return hits

    def _answer(self, query: Query, principal: Principal, now: datetime, look: Look) -> Answer:
        about = query.identity(principal)
        rest = rest_of(self.sealer, query.cursor, about) if self.sealer and query.cursor else None
        understood = _understood(query, principal, now)
        within = AllOf((query.filters.predicate(), understood.filter()))
        served = self.index.served()
        principal = self.store.standing(principal)
        among = served.visible(AllOf((reach_of(principal, now), within))) if served else None
        people = NOBODY
        if self.persons is not None:
            seen = (served, among) if served is not None and among is not None else None
            people, understood = self.persons.people(query.text, understood, seen, principal)
            look.marks = people.marks
        answer = _told(query, understood, people)
        if served is None or among is None or not query.text.strip():
            return answer
        asked = _Asked(understood, served, among, people)
        found = self._ranked(asked) if rest is None else rest
        since = Since(now, served.epoch if rest is None else None)
        allowed = self.desk.allowed(found, principal, within, since)
        made = self.desk.shown(allowed[: query.limit], profile_of(principal), marking_terms(understood.text))
        hits = self.desk.released(made, principal, within, since)
        following = allowed[query.limit :]
        cursor = (
            cursor_of(self.sealer, following, served.generation.generation, about) if self.sealer else None
        )
        facets = facets_of(served, among) if among.count else Facets()
        return replace(answer, hits=tuple(hits), facets=facets, next_cursor=cursor)

    def _ranked(self, asked: _Asked) -> list[Candidate]:
        people, text = asked.people, asked.people.blanked(asked.understood.text)
        if asked.among.count == 0 or not (text.strip() or people.by_number or people.by_name):
            return []
        legs = Legs(asked.served, self.embedder, asked.among)
        ranked = legs.ranked(text, MAX_LIMIT, asked.understood, people)
        if self.reranker is not None and text.strip():
            passages = self.desk.passages(ranked[:DEPTH], "index")
            ranked = reranked(self.reranker, text, ranked, passages)
        exact = self._exact(asked, legs)
        by_number = [c for c in exact if c.reasons == (EXACT_NUMBER,)]
        holding = [c for c in ranked if asked.served.facts.row_of[c.doc_id] in people.by_number]
        return _first_of_each([*by_number, *holding, *exact, *ranked])

    def _exact(self, asked: _Asked, legs: Legs) -> list[Candidate]:
        """Return visible documents whose 档号 stands in the question or whose title is the question."""
        text, among, served = asked.understood.text, asked.among, asked.served
        spoken = {p.values[0] for p in asked.understood.active(PieceKind.ARCHIVE_NO)}
        seen = {p.values[0] for p in asked.understood.pieces if p.kind is PieceKind.ARCHIVE_NO}
        wanted_numbers = [n for n in archive_no.found_in(text) if n in spoken or n not in seen]
        numbers = [doc_id for number in wanted_numbers for doc_id in self.store.with_archive_no(number)]
        titles = self.store.with_title(text)
        why = dict.fromkeys(titles, EXACT_TITLE) | dict.fromkeys(numbers, EXACT_NUMBER)
        first_row: dict[str, int] = {}
        if why:
            for row_no in among.row_numbers.tolist():
                doc_id = served.doc_id_of(row_no)
                if doc_id in why:
                    first_row.setdefault(doc_id, row_no)
        # By position, not by id: ids of one millisecond are in no order.
        found = sorted(first_row, key=lambda doc_id: (doc_id not in numbers, first_row[doc_id]))
        return [Candidate(doc_id, legs.chunk_of(first_row[doc_id]), (why[doc_id],)) for doc_id in found]


def _understood(query: Query, principal: Principal, now: datetime) -> Understanding:
    text = query.text if _SCRIPT in query.ignored else simplified(query.text)
    today = query.today or now.astimezone(CHINA).date()
    return understand(text, today, principal.region_prefixes, ignored=query.ignored, only=query.only)


def _told(query: Query, understood: Understanding, people: People = NOBODY) -> Answer:
    """Return an answer without hits: what the question says, and how else it might be put."""
    switched_off = (p for p in understood.pieces if p.is_called(understood.ignored))
    counting = (p for p in understood.pieces if not p.is_called(understood.ignored))
    return Answer(
        understood=understood.pieces,
        ignored=frozenset(p.name for p in switched_off),
        filtering=frozenset(p.name for p in counting if understood.is_filter(p)),
        simplified=_SCRIPT not in query.ignored and simplified(query.text) != query.text,
        did_you_mean=other_wordings(" ".join(people.blanked(understood.text).split())),
    )


def _first_of_each(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates without those of a document that stands before."""
    kept: dict[str, Candidate] = {}
    for candidate in candidates:
        kept.setdefault(candidate.doc_id, candidate)
    return list(kept.values())
