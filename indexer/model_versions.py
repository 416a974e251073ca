"""Use case: which version of the classifier serves; candidates are judged on what people reviewed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from indexer.auditing import audited
from indexer.classifiers import ClassifierVersion, ClassifierVersions
from indexer.reviewed_texts import reviewed_texts
from indexer.store.classification_port import ClassificationStore
from indexer.store.port import AuditLog, DocumentStore
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.access.scope import EVERYTHING
from models.classification.results import Classification, Classifier, Decision
from models.classification.reviewed import ReviewedText
from models.classification.shift import SMALL_CELL
from models.errors import Conflict

SHORT_ID = 16
"""Digits of a reviewed text's id that a manifest names."""
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Figures:
    """One version on the reviewed texts, shares 0–1; None where there is nothing to divide by.

    ``accuracy``: the label is one of those a person gave. ``coverage``: accepted without a person.
    """

    version_id: str
    accuracy: float
    coverage: float
    accepted_accuracy: float | None
    material_accuracy: float | None


@dataclass(frozen=True, slots=True)
class Shadow:
    """Candidate and served version side by side on ``texts`` that neither learnt from."""

    texts: int
    left_out: int
    agreement: float
    candidate: Figures
    served: Figures


@dataclass(slots=True)
class ModelVersions:
    """What an operator does with versions; needs the duty to operate (else Forbidden); every act is audited.

    Only totals come out: an operator sees no document.
    """

    versions: ClassifierVersions
    store: DocumentStore
    reviews: ClassificationStore
    load: Callable[[Path], Classifier]
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"

    def listed(self, principal: Principal) -> list[ClassifierVersion]:
        with self._acting(principal, "list", ""):
            return self.versions.versions()

    def add(self, folder: Path, principal: Principal) -> ClassifierVersion:
        """Take a trained classifier in; it does not serve yet. Raises as `ClassifierVersions.add` does."""
        with self._acting(principal, "add", folder.name):
            return self.versions.add(folder)

    def promote(self, named: str, principal: Principal) -> ClassifierVersion:
        """Let a version serve. Raises as `ClassifierVersions.promote` does."""
        with self._acting(principal, "promote", named):
            self.versions.promote(self.versions.version(named).version_id)
            return self.versions.version(self.versions.promoted())

    def rollback(self, principal: Principal) -> ClassifierVersion:
        """Let the version before serve again. Raises as `ClassifierVersions.rollback` does."""
        with self._acting(principal, "rollback", ""):
            return self.versions.version(self.versions.rollback())

    def shadow(self, named: str, principal: Principal) -> Shadow:
        """Compare a version with the one that serves, on reviewed texts that neither learnt from.

        Raises:
            InvalidInput: no such version.
            Conflict: fewer such texts than may be told.
        """
        with self._acting(principal, "shadow", named):
            candidate, served = self.versions.version(named).version_id, self.versions.promoted()
            known = self.versions.trained_on(candidate) | self.versions.trained_on(served)
            every = [text for _, text in reviewed_texts(self.store, self.reviews, EVERYTHING)]
            unseen = [text for text in every if text.text_id[:SHORT_ID] not in known]
            if len(unseen) < SMALL_CELL:
                raise Conflict(f"没有参加过训练的复核样本不足 {SMALL_CELL} 件，请先复核一些再比较。")
            ours, theirs = self._answers(candidate, unseen), self._answers(served, unseen)
            same = sum(a.insurance_type == b.insurance_type for a, b in zip(ours, theirs, strict=True))
            return Shadow(
                texts=len(unseen),
                left_out=len(every) - len(unseen),
                agreement=round(same / len(unseen), 4),
                candidate=figures(candidate, unseen, ours),
                served=figures(served, unseen, theirs),
            )

    def _answers(self, version_id: str, texts: Sequence[ReviewedText]) -> list[Classification]:
        classifier = self.load(self.versions.folder_of(version_id))
        starts = range(0, len(texts), _BATCH)
        return [
            c
            for start in starts
            for c in classifier.classify([t.text for t in texts[start : start + _BATCH]])
        ]

    @contextmanager
    def _acting(self, principal: Principal, action: str, about: str) -> Iterator[None]:
        now = self.clock()
        require(principal, Duty.OPERATE, now)
        with audited(self.audit, principal, via=self.via, action=f"model_{action}", about=about, at=now):
            yield


def figures(version_id: str, texts: Sequence[ReviewedText], said: Sequence[Classification]) -> Figures:
    pairs = list(zip(texts, said, strict=True))
    right = [answer.insurance_type in text.insurance_types for text, answer in pairs]
    accepted = [ok for ok, (_, a) in zip(right, pairs, strict=True) if a.decision is Decision.ACCEPTED]
    materials = [text.material_type == a.material_type for text, a in pairs if text.material_type]
    return Figures(
        version_id=version_id,
        accuracy=_share(right) or 0.0,
        coverage=round(len(accepted) / len(pairs), 4),
        accepted_accuracy=_share(accepted),
        material_accuracy=_share(materials),
    )


def _share(flags: Sequence[bool]) -> float | None:
    return round(sum(flags) / len(flags), 4) if flags else None
