"""Use cases: classify a text, and find the personal data in it. Nothing of the text is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api.bootstrap import Archive, utc_now
from indexer.preparation import classified
from indexer.store.port import AuditEvent
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.archive.consequences import Consequences, consequences_of
from models.classification.results import Classification
from models.privacy.detections import Detection
from models.privacy.masking import mask, profile


@dataclass(frozen=True, slots=True)
class ClassifiedText:
    classification: Classification
    retention: Consequences | None


@dataclass(frozen=True, slots=True)
class DetectedText:
    """``degraded``: a part of the detector is missing, so personal data may be overlooked."""

    detections: tuple[Detection, ...]
    degraded: bool


def classify_text(
    archive: Archive, text: str, principal: Principal, formed_on: date | None = None
) -> ClassifiedText:
    """Return what the classifier says of the text's index rendition: masked first, classified second.

    Raises:
        Forbidden: the principal has no duty to classify.
    """
    require(principal, Duty.CLASSIFY, utc_now())
    masked = mask(text, archive.detector.detect([text])[0], profile("index")).text
    classification = archive.classifier.classify([masked])[0]
    _record(archive, principal, "classify", text, classification.decision.value)
    return ClassifiedText(classification, consequences_of(classification.material_type, formed_on))


def classify_texts(
    archive: Archive, texts: Sequence[str], principal: Principal, formed_on: Sequence[date | None]
) -> list[ClassifiedText]:
    """Return what the classifier says of each text, in order; who classifies many records it once at the end.

    ``formed_on``: one day, or None, for each text.

    Raises:
        Forbidden: the principal has no duty to classify.
    """
    require(principal, Duty.CLASSIFY, utc_now())
    made = classified(texts, archive.detector, archive.classifier)
    return [
        ClassifiedText(one, consequences_of(one.material_type, day))
        for one, day in zip(made, formed_on, strict=True)
    ]


def record_many(archive: Archive, principal: Principal, outcome: str, digest: str) -> None:
    """Record one stream of texts by the sha256 of all of it."""
    _record(archive, principal, "classify_batch", digest, outcome)


def detect_in_text(archive: Archive, text: str, principal: Principal) -> DetectedText:
    """Return where personal data stands in the text, never the values.

    Raises:
        Forbidden: the principal has no duty to detect.
    """
    require(principal, Duty.DETECT, utc_now())
    detector = archive.detector
    found = tuple(detector.detect([text])[0])
    _record(archive, principal, "detect", text, "degraded" if detector.degraded else "ok")
    return DetectedText(found, detector.degraded)


def _record(archive: Archive, principal: Principal, action: str, text: str, outcome: str) -> None:
    archive.audit.record(
        AuditEvent(
            at=utc_now(),
            principal=principal.subject,
            via=archive.via,
            purpose=principal.purpose,
            action=action,
            doc_ids=(),
            query=archive.audit.query_key(text),
            outcome=outcome,
            roles=tuple(sorted(principal.roles)),
        )
    )
