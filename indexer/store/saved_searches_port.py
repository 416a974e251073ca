"""What is kept of a saved search, and the store that keeps it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from indexer.answers import Query


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A question somebody asks again and again; ``query`` without limit, day and cursor. Times are UTC.

    ``shown``: ids of the documents it has shown its owner, or that were there when it was saved.
    """

    search_id: str
    subject: str
    query: Query
    shown: frozenset[str]
    created_at: datetime
    looked_at: datetime


class SavedSearchStore(Protocol):
    """Keeps questions sealed; another account's saved search and an absent one are the same answer."""

    def add(self, saved: SavedSearch, at_most: int) -> None:
        """Keep it; Conflict where the account has ``at_most`` already."""
        ...

    def listed(self, subject: str) -> list[SavedSearch]:
        """Return the account's own, in the order they were saved."""
        ...

    def one(self, search_id: str, subject: str) -> SavedSearch:
        """Return it; NotVisible where the account has none of that id."""
        ...

    def show(self, search_id: str, subject: str, doc_ids: Collection[str], at: datetime) -> frozenset[str]:
        """Add to what was shown and return those that had not been: of two looks at once, one is told.

        Raises:
            NotVisible: the account has none of that id.
        """
        ...

    def remove(self, search_id: str, subject: str) -> None:
        """Forget it, question and all; NotVisible where the account has none of that id."""
        ...
