"""Use case: people confirm or correct what the classifier said, the most telling documents first.

Everything a reviewer gets (order, hints, conflicts) is computed over the documents in the reviewer's own
scope, grants aside; absent and foreign documents are the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from indexer.auditing import Look, audited
from indexer.reclassification import becomes, checked, proposal
from indexer.review_queue import LabelDoubt, ReviewItem, doubts_of, item_of, queue_of
from indexer.store.classification_port import (
    Claim,
    ClassificationReview,
    ClassificationStore,
    ClassifiedDocument,
    ReviewVerdict,
    Truth,
)
from indexer.store.port import AuditLog
from models.access.policy import require, scope_of
from models.access.principal import Duty, Principal
from models.access.scope import Predicate, holds
from models.errors import Conflict, NotVisible

CLAIM_MINUTES = 30
MAX_LISTED = 100
_ABSENT = "没有找到这份档案，或它不在您的查阅范围内。"


@dataclass(slots=True)
class ClassificationReviews:
    """The reviewer's desk; every act is audited, and needs the duty to review (else Forbidden)."""

    store: ClassificationStore
    standing: Callable[[Principal], Principal]
    """Says what account, policy and grants make of a principal just now (`Standing`)."""
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"

    def queue(self, principal: Principal, limit: int = 20) -> list[ReviewItem]:
        """Return at most ``limit`` documents nobody has decided, the most telling first; never a total.

        What the principal has skipped is left out.
        """
        with self._looking(principal, "queue", "queue") as (look, now):
            listed = queue_of(self.store, self._duty_scope(principal, now), principal.subject, now)
            listed = listed[: min(limit, MAX_LISTED)]
            look.doc_ids = tuple(item.document.facts.doc_id for item in listed)
            return listed

    def hints(self, principal: Principal, limit: int = 20) -> list[LabelDoubt]:
        """Return reviewed documents whose label is probably wrong, by confident learning."""
        with self._looking(principal, "hints", "hints") as (look, now):
            found = doubts_of(self.store, self._duty_scope(principal, now))[: min(limit, MAX_LISTED)]
            look.doc_ids = tuple(doubt.document.facts.doc_id for doubt in found)
            return found

    def item(self, doc_id: str, principal: Principal) -> ReviewItem:
        """Return one document; NotVisible where it is absent or not the principal's to see."""
        with self._looking(principal, "item", doc_id) as (look, now):
            look.doc_ids = (doc_id,)
            return item_of(self.store, self._visible(doc_id, principal, now), now)

    def claim(self, doc_id: str, principal: Principal) -> ReviewItem:
        """Take a document for `CLAIM_MINUTES`; taken again, it is held that much longer.

        Raises:
            NotVisible: absent, or not the principal's to see.
            Conflict: somebody else holds it.
        """
        with self._looking(principal, "claim", doc_id) as (look, now):
            look.doc_ids = (doc_id,)
            document = self._visible(doc_id, principal, now)
            self.store.claim(_claim(doc_id, principal, now))
            return item_of(self.store, document, now)

    def claim_next(self, principal: Principal) -> ReviewItem:
        """Take the first document of the queue that nobody else holds; NotVisible where there is none."""
        with self._looking(principal, "claim", "next") as (look, now):
            for item in queue_of(self.store, self._duty_scope(principal, now), principal.subject, now):
                doc_id = item.document.facts.doc_id
                try:
                    self.store.claim(_claim(doc_id, principal, now))
                except Conflict:
                    continue
                look.doc_ids = (doc_id,)
                return item_of(self.store, item.document, now)
            raise NotVisible("没有待复核的档案了。")

    def confirm(self, doc_id: str, principal: Principal) -> ClassificationReview:
        """Say that the proposal is right; the claim ends.

        Raises:
            NotVisible: absent, or not the principal's to see.
            Conflict: the principal does not hold the document.
        """
        return self._decide(doc_id, ReviewVerdict.CONFIRMED, None, principal)

    def correct(self, doc_id: str, truth: Truth, principal: Principal) -> ClassificationReview:
        """Say what the document is; record, filters and labelled data follow at once; the claim ends.

        Raises:
            NotVisible, Conflict: as for `confirm`. InvalidInput: an unknown label.
        """
        return self._decide(doc_id, ReviewVerdict.CORRECTED, truth, principal)

    def skip(self, doc_id: str, principal: Principal) -> ClassificationReview:
        """Leave the document to others; the claim ends. Raises as `confirm` does."""
        return self._decide(doc_id, ReviewVerdict.SKIPPED, None, principal)

    def _decide(
        self, doc_id: str, verdict: ReviewVerdict, truth: Truth | None, principal: Principal
    ) -> ClassificationReview:
        with self._looking(principal, verdict, doc_id) as (look, now):
            look.doc_ids = (doc_id,)
            document = self._visible(doc_id, principal, now)
            said = proposal(document) if verdict is ReviewVerdict.CONFIRMED else truth and checked(truth)
            review = ClassificationReview(doc_id, verdict, principal.subject, now, said, document.predicted)
            self.store.decide(review, becomes(document, said) if said is not None else None)
            return review

    @contextmanager
    def _looking(self, principal: Principal, action: str, about: str) -> Iterator[tuple[Look, datetime]]:
        now = self.clock()
        require(principal, Duty.REVIEW, now)
        with audited(
            self.audit, principal, via=self.via, action=f"classification_{action}", about=about, at=now
        ) as look:
            yield look, now

    def _duty_scope(self, principal: Principal, now: datetime) -> Predicate:
        """Return what the post itself covers: a grant lets its holder read a document, not decide on it."""
        return scope_of(self.standing(principal), now)

    def _visible(self, doc_id: str, principal: Principal, now: datetime) -> ClassifiedDocument:
        """Return the document; an absent one and one outside the principal's scope are the same answer."""
        try:
            document = self.store.document(doc_id)
        except NotVisible:
            raise NotVisible(_ABSENT) from None
        if not holds(self._duty_scope(principal, now), document.facts):
            raise NotVisible(_ABSENT)
        return document


def _claim(doc_id: str, principal: Principal, now: datetime) -> Claim:
    return Claim(doc_id, principal.subject, now, now + timedelta(minutes=CLAIM_MINUTES))
