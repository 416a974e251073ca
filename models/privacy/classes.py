"""What the standards call each kind of detection, and the limits of the report: `privacy_classes.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.privacy.detections import DetectionKind


@dataclass(frozen=True, slots=True)
class KindClass:
    """One kind: its Chinese name, GB/T 35273 class, two sensitivity flags, GB/T 43697 level 1–4."""

    name: str
    class_35273: str
    sensitive_35273: bool
    sensitive_45574: bool
    level_43697: int

    @property
    def personal(self) -> bool:
        """Whether it is about a person at all; the code of a unit is not."""
        return self.level_43697 > 1

    @property
    def sensitive(self) -> bool:
        """Whether either standard calls it sensitive."""
        return self.sensitive_35273 or self.sensitive_45574


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares and confidences 0–1; ``k_small`` persons."""

    ocr_confidence_below: float
    k_small: int
    medium_share: float
    high_share: float
    sample_share: float


@dataclass(frozen=True, slots=True)
class PrivacyClasses:
    """The whole table; ``verified``: whether its rows were read in the standards' own text."""

    kinds: dict[DetectionKind, KindClass]
    limits: Limits
    source: str
    verified: bool


@cache
def privacy_classes() -> PrivacyClasses:
    """Return the table; a kind without a row is an error at first use."""
    table = tomllib.loads((files("models") / "reference" / "privacy_classes.toml").read_text("utf-8"))
    return PrivacyClasses(
        kinds={kind: KindClass(**table["kinds"][kind.value]) for kind in DetectionKind},
        limits=Limits(**table["limits"]),
        source=table["source"],
        verified=table["verified"],
    )


def class_of(kind: DetectionKind) -> KindClass:
    return privacy_classes().kinds[kind]
