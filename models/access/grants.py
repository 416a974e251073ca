"""Explicit grants: named documents, or the documents of one case, for one account until a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.access.scope import AnyOf, CaseIn, DocumentIn, Predicate


@dataclass(frozen=True, slots=True)
class Grant:
    """What a grant opens and until when; who gave it and why stays in the store.

    ``case_key``: keyed hash of the case number, '' where the grant names documents. Times are UTC.
    """

    grant_id: str
    doc_ids: frozenset[str]
    case_key: str
    expires_at: datetime
    revoked_at: datetime | None = None

    def holds_at(self, now: datetime) -> bool:
        """Whether the grant is in force: expiry is judged by the clock given, revoking by the fact."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def covers(self) -> Predicate:
        """Its own documents and no other."""
        cases = frozenset({self.case_key} - {""})
        return AnyOf((DocumentIn(self.doc_ids), CaseIn(cases)))
