"""A working `ClassificationStore` in memory, held to the same contract as the real one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from indexer.store.classification_port import (
    Claim,
    ClassificationReview,
    ClassifiedDocument,
    Reclassified,
)
from models.access.facts import DocumentFacts
from models.access.principal import Principal
from models.access.scope import Predicate, holds
from models.archive.documents import DocumentState, PageOrigin
from models.archive.levels import AccessLevel, Line
from models.archive.taxonomy import insurance_types
from models.classification.results import Classification, Decision, LabelProbability
from models.embedding.space import Vectors
from models.errors import Conflict, NotVisible
from tests.strategies import NOW


class InMemoryClassificationStore:
    """Documents as given; claims and decisions in dictionaries."""

    def __init__(
        self, documents: Iterable[ClassifiedDocument], vectors: Mapping[str, Vectors] | None = None
    ) -> None:
        self._documents = {d.facts.doc_id: d for d in documents}
        self._vectors = dict(vectors or {})
        self._claims: dict[str, Claim] = {}
        self._reviews: list[ClassificationReview] = []

    def documents(self, scope: Predicate) -> Iterator[ClassifiedDocument]:
        known = [self._documents[doc_id] for doc_id in sorted(self._documents)]
        return (d for d in known if holds(scope, d.facts))

    def waiting(self, scope: Predicate, limit: int) -> Iterator[ClassifiedDocument]:
        left = [d for d in self.documents(scope) if not d.reviewed]
        doubtful = [d for d in left if d.predicted.decision is Decision.NEEDS_REVIEW]
        least_sure = sorted(doubtful, key=lambda d: d.predicted.labels[0].probability)
        return iter([*least_sure[:limit], *[d for d in left if d.sampled][:limit]])

    def reviewed(self, scope: Predicate) -> Iterator[ClassifiedDocument]:
        return (d for d in self.documents(scope) if d.reviewed)

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


def as_given(principal: Principal) -> Principal:
    """Say that account, policy and grants are what the principal brings along."""
    return principal


def said(insurance: str, probability: float, *, accepted: bool, artifact: str = "fake@1") -> Classification:
    """Return an answer that gives the rest of the probability to the other labels alike."""
    rest = (1.0 - probability) / (len(insurance_types()) - 1)
    others = [LabelProbability(name, rest) for name in insurance_types() if name != insurance]
    return Classification(
        insurance_type=insurance,
        labels=(LabelProbability(insurance, probability), *others),
        prediction_set=(insurance,),
        decision=Decision.ACCEPTED if accepted else Decision.NEEDS_REVIEW,
        material_type=None,
        material_probability=0.0,
        evidence=(insurance,),
        artifact=artifact,
    )


def classified(
    facts: DocumentFacts, answer: Classification, *, sampled: bool = False, at: datetime = NOW
) -> ClassifiedDocument:
    """Return a document nobody has looked at."""
    return ClassifiedDocument(
        facts=facts,
        archive_no=None,
        title=f"题名{facts.doc_id}",
        predicted=answer,
        reviewed=False,
        sampled=sampled and answer.decision is Decision.ACCEPTED,
        deposited_at=at,
        carrier=PageOrigin.BORN_DIGITAL,
        page_count=1,
        formed_on=date(2019, 3, 5),
        retention=None,
        due_on=None,
        line_given=True,
        notes=(),
    )


def facts_of(doc_id: str, *, region: str = "500111", line: Line = Line.HRSS) -> DocumentFacts:
    """Return facts of a held document that names no insurance."""
    state, level = DocumentState.HELD, AccessLevel.INTERNAL
    return DocumentFacts(doc_id, frozenset({line}), region, level, state, (), None, 2019)
