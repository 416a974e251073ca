"""What waits for a reviewer, the most telling first, and what reviewers may have got wrong.

The caller gives the scope; nothing is computed over documents outside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from indexer.reclassification import proposal
from indexer.store.classification_port import (
    Claim,
    ClassificationReview,
    ClassificationStore,
    ClassifiedDocument,
    ReviewVerdict,
    Truth,
)
from models.access.scope import Predicate, holds
from models.archive.taxonomy import insurance_types
from models.classification.label_errors import likely_errors
from models.classification.ordering import interleaved, most_telling, uncertainty

_RANKED = 500
"""Among so many waiting documents, the least sure, the order is worked out; the rest wait."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A document on the reviewer's desk: what it would be confirmed as, who holds it, what was decided."""

    document: ClassifiedDocument
    proposed: Truth
    claim: Claim | None
    history: tuple[ClassificationReview, ...]


@dataclass(frozen=True, slots=True)
class LabelDoubt:
    """A reviewed document whose label is probably wrong; ``likely`` is what its text speaks for."""

    document: ClassifiedDocument
    given: Truth
    likely: str
    margin: float


def item_of(store: ClassificationStore, document: ClassifiedDocument, now: datetime) -> ReviewItem:
    doc_id = document.facts.doc_id
    history = tuple(store.reviews(doc_id))
    return ReviewItem(document, proposal(document), store.claims(now).get(doc_id), history)


def queue_of(store: ClassificationStore, scope: Predicate, subject: str, now: datetime) -> list[ReviewItem]:
    """Return the waiting documents in scope in working order, without what ``subject`` has skipped."""
    history: dict[str, list[ClassificationReview]] = defaultdict(list)
    for review in store.reviews():
        history[review.doc_id].append(review)
    skipped = {
        doc_id
        for doc_id, decided in history.items()
        if any(r.by == subject and r.verdict is ReviewVerdict.SKIPPED for r in decided)
    }
    pool = store.waiting(scope, _RANKED + len(skipped))
    waiting = {d.facts.doc_id: d for d in pool if holds(scope, d.facts)}  # asked again: the reference monitor
    left = [d for doc_id, d in waiting.items() if doc_id not in skipped]
    doubtful = _told_apart(store, [d for d in left if not d.sampled], scope)
    order = interleaved(doubtful, [d.facts.doc_id for d in left if d.sampled])
    claims = store.claims(now)
    return [
        ReviewItem(waiting[d], proposal(waiting[d]), claims.get(d), tuple(history.get(d, ()))) for d in order
    ]


def doubts_of(store: ClassificationStore, scope: Predicate) -> list[LabelDoubt]:
    """Return reviewed documents in scope whose label is probably wrong, the clearest first.

    The probabilities are those from before anybody had looked, so no text speaks for itself.
    """
    truths = {review.doc_id: review.truth for review in store.reviews() if review.truth is not None}
    known = [(d, truths[d.facts.doc_id]) for d in store.reviewed(scope)]
    labels = list(insurance_types())
    said = [{p.label: p.probability for p in d.predicted.labels} for d, _ in known]
    probabilities = np.array([[row.get(label, 0.0) for label in labels] for row in said], dtype=np.float64)
    hints = likely_errors(labels, [truth.insurance_types for _, truth in known], probabilities)
    return [LabelDoubt(*known[hint.position], hint.likely, hint.margin) for hint in hints]


def _told_apart(
    store: ClassificationStore, doubtful: Sequence[ClassifiedDocument], scope: Predicate
) -> list[str]:
    """Return the ids, uncertain and unlike first; what is reviewed already counts as seen."""
    ids = [d.facts.doc_id for d in doubtful]
    seen = [d.facts.doc_id for d in store.reviewed(scope)][-_RANKED:]
    vectors = store.mean_vectors([*ids, *seen])
    doubt = [uncertainty(d.predicted) for d in doubtful]
    return [ids[place] for place in most_telling(doubt, vectors[: len(ids)], vectors[len(ids) :])]
