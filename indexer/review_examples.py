"""Use case: what was decided of documents like this text, as far as one may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from indexer.auditing import audited
from indexer.store.classification_port import ClassificationStore, ClassifiedDocument
from indexer.store.port import AuditLog
from models.access.policy import reach_of, require
from models.access.principal import Duty, Principal
from models.embedding.space import Embedder
from models.privacy.detector import PersonalDataDetector
from models.privacy.masking import mask, profile

MAX_EXAMPLES = 5
_READ_CHARACTERS = 512
"""The beginning says what a paper is; embedding more would only take longer."""


@dataclass(frozen=True, slots=True)
class ReviewedExample:
    """A reviewed document and its cosine to the text, -1 to 1."""

    document: ClassifiedDocument
    similarity: float


@dataclass(slots=True)
class ReviewExamples:
    """Finds precedents for a text that is not kept; every look is audited."""

    store: ClassificationStore
    standing: Callable[[Principal], Principal]
    detector: PersonalDataDetector
    embedder: Embedder
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"

    def nearest(self, text: str, principal: Principal, count: int = 3) -> list[ReviewedExample]:
        """Return at most ``count`` reviewed documents in scope, nearest first, ties in order of ids.

        Raises:
            Forbidden: the principal has no duty to classify.
        """
        now = self.clock()
        require(principal, Duty.CLASSIFY, now)
        with audited(
            self.audit, principal, via=self.via, action="classify_examples", about=text, at=now
        ) as look:
            found = self._nearest(text, principal, now, min(count, MAX_EXAMPLES))
            look.doc_ids = tuple(example.document.facts.doc_id for example in found)
            return found

    def _nearest(self, text: str, principal: Principal, now: datetime, count: int) -> list[ReviewedExample]:
        known = list(self.store.reviewed(reach_of(self.standing(principal), now)))
        masked = mask(text, self.detector.detect([text])[0], profile("index")).text[:_READ_CHARACTERS]
        if not known or not masked.strip():
            return []
        own = self.embedder.embed_passages([masked])[0]
        cosines = self.store.mean_vectors([d.facts.doc_id for d in known]) @ own
        order = np.argsort(-cosines, kind="stable")[:count]
        return [ReviewedExample(known[i], float(cosines[i])) for i in order]
