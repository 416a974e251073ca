"""Use case: a question becomes masked hits inside what the principal may see.

Everything an answer depends on (routing, cut-offs, ranks, ties) is computed over the visible set
and frozen statistics alone, so documents outside it change no byte of it. Every hit is checked
again in the store before a word of it is shown, and every search is written to the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from indexer.auditing import audited
from indexer.indexing import IndexKeeper, ServedIndex
from indexer.legs import Candidate, Legs
from indexer.question import Years, years_in
from indexer.reading import Reader
from indexer.store.port import AuditLog, DocumentStore
from models.access.policy import profile_of, scope_of
from models.access.principal import Principal
from models.access.scope import AllOf, InsuranceIn, MaterialIn, Predicate, RegionIn, YearBetween, holds
from models.access.visible import VisibleSet
from models.archive import archive_no
from models.embedding.space import Embedder
from models.errors import InvalidInput

CHINA = timezone(timedelta(hours=8))
"""Days and years of a question are those of China Standard Time."""

MAX_LIMIT = 100
MAX_QUERY_CHARACTERS = 2000


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
        with audited(self.audit, principal, via=self.via, action="search", about=query.text, at=now) as look:
            asked = bool(query.text.strip())
            hits = self._hits(query, scope, years, profile_of(principal)) if asked else []
            look.doc_ids = tuple(hit.doc_id for hit in hits)
            look.outcome = "ok" if hits else "empty"
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
        shown = (self._shown(candidate, served, profile) for candidate in allowed[: query.limit])
        return [hit for hit in shown if hit is not None]

    def _exact(self, text: str, served: ServedIndex, among: VisibleSet) -> list[Candidate]:
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
        return [Candidate(doc_id, first_row[doc_id], (why[doc_id],)) for doc_id in found]

    def _still_allowed(self, candidates: Sequence[Candidate], scope: Predicate) -> list[Candidate]:
        """The reference monitor: ask the store, not the index, whether each hit may be shown."""
        facts = self.store.facts(candidate.doc_id for candidate in candidates)
        allowed = [c for c in candidates if c.doc_id in facts and holds(scope, facts[c.doc_id])]
        self.mismatches += len(candidates) - len(allowed)
        return allowed

    def _shown(self, candidate: Candidate, served: ServedIndex, profile: str) -> MaskedHit | None:
        """Return the hit; None where its chunk was replaced while the question was being answered."""
        chunk_id = int(served.generation.row_ids[candidate.row_no])
        place = self.store.placements([chunk_id]).get(chunk_id)
        if place is None:
            self.mismatches += 1
            return None
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


def _exact_first(exact: Sequence[Candidate], ranked: Iterable[Candidate]) -> list[Candidate]:
    taken = {candidate.doc_id for candidate in exact}
    return [*exact, *(candidate for candidate in ranked if candidate.doc_id not in taken)]
