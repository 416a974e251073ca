"""Candidates into masked hits: asked of the store again, masked, cut, marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from indexer.answers import MaskedHit
from indexer.legs import Candidate
from indexer.marking import marks_in, words_marked
from indexer.monitor import ReferenceMonitor, Since
from indexer.reading import Reader
from indexer.store.port import DocumentStore
from models.access.principal import Principal
from models.access.scope import Predicate


@dataclass(slots=True)
class HitDesk:
    """Shows nothing the reference monitor does not permit, asked before and after the hits are made."""

    store: DocumentStore
    reader: Reader
    monitor: ReferenceMonitor

    def allowed(
        self, candidates: Sequence[Candidate], principal: Principal, within: Predicate, since: Since
    ) -> list[Candidate]:
        """Ask the store, not the index, whether each document may be shown."""
        permitted = self.monitor.permitted([c.doc_id for c in candidates], principal, within, since)
        return [c for c in candidates if c.doc_id in permitted]

    def released(
        self, hits: Sequence[MaskedHit], principal: Principal, within: Predicate, since: Since
    ) -> list[MaskedHit]:
        """Ask once more with the words ready: what was revoked while they were made does not go out."""
        permitted = self.monitor.permitted([hit.doc_id for hit in hits], principal, within, since)
        return [hit for hit in hits if hit.doc_id in permitted]

    def shown(
        self, candidates: Iterable[Candidate], profile: str, terms: Sequence[str] = ()
    ) -> list[MaskedHit]:
        """Return the hits of allowed candidates, words of the question marked in what is shown."""
        hits = (self._shown(candidate, profile) for candidate in candidates)
        return [_marked(hit, terms) for hit in hits if hit is not None]

    def passages(self, candidates: Iterable[Candidate], profile: str) -> list[str]:
        """Return title and passage of each, '' for one that cannot be shown."""
        hits = (self._shown(candidate, profile) for candidate in candidates)
        return ["" if hit is None else f"{hit.title}\n{hit.passage}" for hit in hits]

    def _shown(self, candidate: Candidate, profile: str) -> MaskedHit | None:
        """Return the hit; None where its chunk was replaced while the question was being answered."""
        place = self.store.placements([candidate.chunk_id]).get(candidate.chunk_id)
        if place is None or place.doc_id != candidate.doc_id:
            self.monitor.replaced()
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


def _marked(hit: MaskedHit, terms: Sequence[str]) -> MaskedHit:
    title, passage = marks_in(hit.title, terms), marks_in(hit.passage, terms)
    words = words_marked((hit.title, title), (hit.passage, passage))
    return replace(hit, title_marks=title, passage_marks=passage, words=words)
