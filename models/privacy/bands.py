"""How sure a detection must be: per kind a threshold to count, and a score from which nobody need look."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.privacy.detections import Detection, DetectionKind


@dataclass(frozen=True, slots=True)
class Band:
    """Scores 0–1: dropped below ``threshold``, for review below ``sure``."""

    threshold: float
    sure: float


@cache
def bands() -> Mapping[DetectionKind, Band]:
    """Return the band of every kind, from `privacy_thresholds.toml`."""
    path = files("models") / "reference" / "privacy_thresholds.toml"
    table = tomllib.loads(path.read_text("utf-8"))
    return {kind: Band(**table.get(kind.value, table["default"])) for kind in DetectionKind}


def counts(candidate: Detection) -> bool:
    """Whether the score reaches the threshold of its kind."""
    return candidate.score >= _thresholds()[candidate.kind]


@cache
def _thresholds() -> Mapping[DetectionKind, float]:
    return {kind: band.threshold for kind, band in bands().items()}


def needs_review(detection: Detection) -> bool:
    """Whether a person should look: the score lies between threshold and sure."""
    return counts(detection) and detection.score < bands()[detection.kind].sure
