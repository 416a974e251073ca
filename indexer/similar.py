"""Use case: documents like one the principal has before them."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.answers import MaskedHit
from indexer.auditing import audited
from indexer.legs import Legs
from indexer.monitor import Since
from indexer.reading import require_visible
from indexer.search import Searcher
from models.access.policy import profile_of, reach_of, require
from models.access.principal import Duty, Principal
from models.access.scope import EVERYTHING
from models.privacy.masking import mask, profile

_SEED_CHARACTERS = 400
"""What the seed is compared by: its title and the beginning of its text, in the index rendition."""


@dataclass(slots=True)
class SimilarDocuments:
    """Finds documents like a visible one, with the engine and the checks of a search."""

    searcher: Searcher

    def similar_to(self, doc_id: str, principal: Principal, limit: int) -> list[MaskedHit]:
        """Return at most ``limit`` documents like the seed, most alike first; the seed is none of them.

        Raises:
            Forbidden: the principal has no duty to search.
            NotVisible: the seed is absent, or not the principal's to see: one answer for both.
        """
        searcher = self.searcher
        now = searcher.clock()
        require(principal, Duty.SEARCH, now)
        with audited(
            searcher.audit, principal, via=searcher.via, action="similar", about=doc_id, at=now
        ) as look:
            require_visible(searcher.store, doc_id, principal, now)
            principal = searcher.store.standing(principal)
            served = searcher.index.served()
            found = []
            if served is not None:
                legs = Legs(served, searcher.embedder, served.visible(reach_of(principal, now)))
                found = legs.ranked(self._words_of(doc_id), limit + 1)
            others = [candidate for candidate in found if candidate.doc_id != doc_id]
            since = Since(now, served.epoch if served else None)
            allowed = searcher.desk.allowed(others, principal, EVERYTHING, since)[:limit]
            made = searcher.desk.shown(allowed, profile_of(principal))
            hits = searcher.desk.released(made, principal, EVERYTHING, since)
            look.doc_ids = (doc_id, *(hit.doc_id for hit in hits))
            return hits

    def _words_of(self, doc_id: str) -> str:
        """Return the beginning of the seed as the index knows it: no personal data becomes a question."""
        store, hidden = self.searcher.store, profile("index")
        content = store.content(doc_id)
        detections = store.detections_in_force(doc_id, self.searcher.clock())
        title = store.documents([doc_id])[doc_id].title
        first = content.pages[0] if content.pages else None
        text = mask(first.text, detections.get(first.page_no, ()), hidden).text if first else ""
        return f"{title}\n{text}"[:_SEED_CHARACTERS]
