"""What a classifier says about a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Decision(StrEnum):
    """Whether a machine may act on the answer without a person looking."""

    ACCEPTED = "ACCEPTED"
    NEEDS_REVIEW = "NEEDS_REVIEW"


@dataclass(frozen=True, slots=True)
class LabelProbability:
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Classification:
    """Insurance type and material type of one text.

    ``labels``: every insurance label with its probability 0–1, most probable first, sum 1.
    ``prediction_set``: the labels that cannot be ruled out, most probable first; never empty.
    ``material_type`` is None where the classifier abstains. ``evidence``: masked phrases.
    """

    insurance_type: str
    labels: tuple[LabelProbability, ...]
    prediction_set: tuple[str, ...]
    decision: Decision
    material_type: str | None
    material_probability: float
    evidence: tuple[str, ...]
    artifact: str


class Classifier(Protocol):
    """Decides insurance type and material type from masked text."""

    @property
    def artifact(self) -> str:
        """Id of the trained artefact, written beside every decision."""
        ...

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """Return one classification per text, in order."""
        ...
