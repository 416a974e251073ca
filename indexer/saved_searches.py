"""Use case: a question kept to be asked again, which tells what is new to the one who keeps it.

New is what the question finds now, among what the principal may see now, and has not shown before. No
date of deposit and no count of the archive has a part in it, so an alert says nothing of documents that
are hidden: one that a grant opens is new on that day, one that is revoked is not told of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from indexer.answers import MaskedHit, Query
from indexer.auditing import audited
from indexer.search import Searcher
from indexer.store.identifiers import new_id
from indexer.store.saved_searches_port import SavedSearch, SavedSearchStore
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import InvalidInput

AT_MOST = 100
"""Saved searches of one account."""


@dataclass(frozen=True, slots=True)
class News:
    """What a saved search finds that it had not shown before, best first, masked."""

    saved: SavedSearch
    hits: tuple[MaskedHit, ...]


@dataclass(slots=True)
class SavedSearches:
    """Everything needs the duty to search, and every question asked is audited like a search."""

    store: SavedSearchStore
    searcher: Searcher
    clock: Callable[[], datetime]

    def save(self, query: Query, principal: Principal) -> SavedSearch:
        """Keep a question; what it finds at this moment counts as shown.

        Raises:
            Forbidden: the principal has no duty to search.
            InvalidInput: nothing is asked. Conflict: `AT_MOST` are kept already.
        """
        now = self.clock()
        require(principal, Duty.SEARCH, now)
        if not query.text.strip():
            raise InvalidInput("请写明要检索的话。")
        kept = Query(query.text, filters=query.filters, ignored=query.ignored, only=query.only)
        found = self.searcher.everything(kept, principal, action="search_save")
        shown = frozenset(hit.doc_id for hit in found)
        saved = SavedSearch(new_id(), principal.subject, kept, shown, now, now)
        self.store.add(saved, AT_MOST)
        return saved

    def listed(self, principal: Principal) -> list[SavedSearch]:
        """Return the principal's own, in the order they were saved; nothing is asked by it."""
        now = self.clock()
        require(principal, Duty.SEARCH, now)
        searcher = self.searcher
        with audited(
            searcher.audit, principal, via=searcher.via, action="search_list", about="saved", at=now
        ):
            return self.store.listed(principal.subject)

    def look(self, search_id: str, principal: Principal) -> News:
        """Ask again and return what had not been shown; from then on it has been.

        Raises:
            Forbidden: no duty to search. NotVisible: absent, or another account's.
        """
        now = self.clock()
        require(principal, Duty.SEARCH, now)
        saved = self.store.one(search_id, principal.subject)
        found = self.searcher.everything(saved.query, principal, action="search_alert")
        fresh = self.store.show(search_id, principal.subject, [hit.doc_id for hit in found], now)
        return News(replace(saved, looked_at=now), tuple(hit for hit in found if hit.doc_id in fresh))

    def remove(self, search_id: str, principal: Principal) -> None:
        """Forget a saved search; NotVisible where it is absent or another account's."""
        now = self.clock()
        require(principal, Duty.SEARCH, now)
        searcher = self.searcher
        with audited(
            searcher.audit, principal, via=searcher.via, action="search_remove", about=search_id, at=now
        ):
            self.store.remove(search_id, principal.subject)
