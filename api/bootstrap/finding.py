"""Asking and reading."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from api.bootstrap.engines import Engines
from api.bootstrap.persons import Persons

if TYPE_CHECKING:
    from indexer.copies import MaskedCopies
    from indexer.exports import Exports
    from indexer.reading import Reader
    from indexer.redaction.files import Copier
    from indexer.saved_searches import SavedSearches
    from indexer.search import Searcher
    from indexer.similar import SimilarDocuments
    from indexer.suggestions import Suggester


class Finding(Persons, Engines):
    """Asking and reading."""

    @cached_property
    def reader(self) -> Reader:
        from indexer.reading import Reader

        return Reader(self.store, self.audit, self.clock, self.via)

    @cached_property
    def copier(self) -> Copier:
        from indexer.redaction.files import Copier

        return Copier(self.limits, self.ocr)

    @cached_property
    def copies(self) -> MaskedCopies:
        from indexer.copies import MaskedCopies

        return MaskedCopies(self.store, self.audit, self.detector, self.copier, self.clock, self.via)

    @cached_property
    def searcher(self) -> Searcher:
        from indexer.persons import PersonFinder
        from indexer.search import Searcher

        if self.via == "cli":  # a service makes them in the background (`api.person_keeper`)
            self.complete_person_index()
        return Searcher(
            self.store,
            self.index,
            self.embedder,
            self.reader,
            self.audit,
            self.clock,
            self.via,
            sealer=self.sealer,
            persons=PersonFinder(self.person_index),
        )

    @cached_property
    def saved_searches(self) -> SavedSearches:
        from indexer.saved_searches import SavedSearches
        from indexer.store.saved_searches_sqlalchemy import SqlSavedSearchStore

        return SavedSearches(SqlSavedSearchStore(self.engine, self.sealer), self.searcher, self.clock)

    @cached_property
    def similar(self) -> SimilarDocuments:
        from indexer.similar import SimilarDocuments

        return SimilarDocuments(self.searcher)

    @cached_property
    def exports(self) -> Exports:
        from indexer.exports import Exports

        return Exports(self.searcher, self.clock)

    @cached_property
    def suggester(self) -> Suggester:
        from indexer.suggestions import Suggester

        return Suggester(self.store, self.index, self.audit, self.clock, self.via)
