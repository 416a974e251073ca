"""What a privacy pass says about a text: spans, kinds, scores; never the value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DetectionKind(StrEnum):
    """Kinds of personal data. Names are part of the API and never change."""

    PERSON = "PERSON"
    RESIDENT_ID = "RESIDENT_ID"
    PHONE = "PHONE"
    BANK_CARD = "BANK_CARD"
    SSC_CARD = "SSC_CARD"
    PERSON_NO = "PERSON_NO"
    OTHER_CERT = "OTHER_CERT"
    PASSPORT = "PASSPORT"
    USCC = "USCC"
    EMAIL = "EMAIL"
    PLATE = "PLATE"
    BIRTH_DATE = "BIRTH_DATE"
    ADDRESS = "ADDRESS"
    DIAGNOSIS = "DIAGNOSIS"
    ETHNICITY = "ETHNICITY"
    RELIGION = "RELIGION"
    POLITICS = "POLITICS"
    MARRIAGE = "MARRIAGE"
    CRIMINAL_RECORD = "CRIMINAL_RECORD"
    DISABILITY = "DISABILITY"


@dataclass(frozen=True, slots=True, order=True)
class Detection:
    """One occurrence: code points ``start``–``end`` (half-open) of the text as given.

    ``score`` 0–1; ``recognizer`` names the rule or engine; ``evidence`` says why (checksum,
    context word, label), never the value itself.
    """

    start: int
    end: int
    kind: DetectionKind
    score: float
    recognizer: str
    evidence: tuple[str, ...] = ()

    def overlaps(self, other: Detection) -> bool:
        return self.start < other.end and other.start < self.end
