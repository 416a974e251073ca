"""A working `ClassificationStore` in memory, held to the same contract as the real one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from indexer.store.classification_port import (
    Claim,
    ClassificationReview,
    ClassifiedDocument,
    Reclassified,
)
from models.classification.results import Decision
from models.embedding.space import Vectors
from models.errors import Conflict, NotVisible


class InMemoryClassificationStore:
    """Documents as given; claims and decisions in dictionaries."""

    def __init__(
        self, documents: Iterable[ClassifiedDocument], vectors: Mapping[str, Vectors] | None = None
    ) -> None:
        self._documents = {d.facts.doc_id: d for d in documents}
        self._vectors = dict(vectors or {})
        self._claims: dict[str, Claim] = {}
        self._reviews: list[ClassificationReview] = []

    def documents(self) -> Iterator[ClassifiedDocument]:
        return iter([self._documents[doc_id] for doc_id in sorted(self._documents)])

    def waiting(self) -> Iterator[ClassifiedDocument]:
        doubtful = Decision.NEEDS_REVIEW
        return (
            d for d in self.documents() if not d.reviewed and (d.sampled or d.predicted.decision is doubtful)
        )

    def reviewed(self) -> Iterator[ClassifiedDocument]:
        return (d for d in self.documents() if d.reviewed)

    def document(self, doc_id: str) -> ClassifiedDocument:
        if doc_id not in self._documents:
            raise NotVisible
        return self._documents[doc_id]

    def claims(self, now: datetime) -> dict[str, Claim]:
        return {doc_id: claim for doc_id, claim in self._claims.items() if claim.expires_at > now}

    def claim(self, claim: Claim) -> None:
        held = self._claims.get(claim.doc_id)
        if held and held.by != claim.by and held.expires_at > claim.at:
            raise Conflict
        self._claims[claim.doc_id] = claim

    def decide(self, review: ClassificationReview, becomes: Reclassified | None) -> None:
        held = self._claims.get(review.doc_id)
        if held is None or held.by != review.by or held.expires_at <= review.at:
            raise Conflict
        del self._claims[review.doc_id]
        bare = replace(review.predicted, evidence=())
        self._reviews.append(replace(review, predicted=bare))
        if becomes is None:
            return
        before, truth = self._documents[review.doc_id], becomes.truth
        self._documents[review.doc_id] = replace(
            before,
            facts=replace(
                before.facts,
                insurance_types=truth.insurance_types,
                material_type=truth.material_type,
                lines=becomes.lines,
            ),
            retention=becomes.retention,
            due_on=becomes.due_on,
            notes=becomes.notes,
            predicted=bare,
            reviewed=True,
        )

    def reviews(self, doc_id: str = "") -> Iterator[ClassificationReview]:
        return (r for r in list(self._reviews) if doc_id in {"", r.doc_id})

    def mean_vectors(self, doc_ids: Sequence[str]) -> Vectors:
        size = next((v.size for v in self._vectors.values()), 0)
        nothing = np.zeros(size, dtype=np.float32)
        rows = [self._vectors.get(doc_id, nothing) for doc_id in doc_ids]
        return np.stack(rows) if rows else np.zeros((0, size), dtype=np.float32)

    def training_ids(self, doc_ids: Iterable[str]) -> dict[str, str]:
        return {doc_id: f"t-{doc_id}" for doc_id in doc_ids}
