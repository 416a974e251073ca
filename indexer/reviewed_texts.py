"""Use case: what people decided, as labelled texts that may leave the archive: masked, no who, no when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from indexer.auditing import audited
from indexer.renditions import index_rendition
from indexer.store.classification_port import ClassificationReview, ClassificationStore
from indexer.store.port import AuditLog, DocumentStore
from models.access.policy import reach_of, require
from models.access.principal import Duty, Principal
from models.access.scope import Predicate
from models.archive.taxonomy import insurance_types, material_types
from models.classification.reviewed import ReviewedText


@dataclass(slots=True)
class ReviewedTexts:
    """Makes exports; each is audited."""

    store: DocumentStore
    reviews: ClassificationStore
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"

    def export(self, principal: Principal) -> list[ReviewedText]:
        """Return the reviewed documents the principal may see, in the order of their new ids.

        A document that nobody has confirmed or corrected is never among them.

        Raises:
            Forbidden: the principal has no duty to review.
        """
        now = self.clock()
        require(principal, Duty.REVIEW, now)
        with audited(
            self.audit, principal, via=self.via, action="classification_export", about="export", at=now
        ) as look:
            pairs = list(
                reviewed_texts(self.store, self.reviews, reach_of(self.store.standing(principal), now))
            )
            look.doc_ids = tuple(doc_id for doc_id, _ in pairs)
            return sorted((text for _, text in pairs), key=lambda text: text.text_id)


def reviewed_texts(
    store: DocumentStore, reviews: ClassificationStore, scope: Predicate
) -> Iterator[tuple[str, ReviewedText]]:
    """Yield (document id, text with its labels) of what is reviewed in scope.

    Every stored detection is hidden, also those that two officers let be shown: what was approved for
    readers of the archive was not approved for a model's training data.
    """
    last: dict[str, ClassificationReview] = {
        review.doc_id: review for review in reviews.reviews() if review.truth is not None
    }
    ids = [d.facts.doc_id for d in reviews.reviewed(scope)]
    names = reviews.training_ids(ids)
    for doc_id in ids:
        truth, content = last[doc_id].truth, store.content(doc_id)
        known = [name for name in truth.insurance_types if name in insurance_types()] if truth else []
        if truth is None or not known:
            continue
        material = truth.material_type if truth.material_type in material_types() else None
        text = index_rendition(content.title, content.pages, store.detections(doc_id)).full_text
        yield (
            doc_id,
            ReviewedText(names[doc_id], text, tuple(known), material, last[doc_id].verdict.value),
        )
