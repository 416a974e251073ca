"""How strong seeded traces are.

A trace is drawn within `Strength` ranges; those of `TUNING` were used to set the rules, those of `HELD_OUT`
to measure: other counts, other spans, and beyond the tuning ranges at both ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Strength:
    """``total`` looks or people, over ``days`` working days."""

    total: Range
    days: Range = (1, 1)


TUNING: Mapping[str, Strength] = {
    "walk fast": Strength((14, 60)),
    "walk slow": Strength((20, 50), (8, 16)),
    "walk shuffled": Strength((20, 50)),
    "employer fast": Strength((35, 80)),
    "employer slow": Strength((40, 70), (10, 18)),
    "village fast": Strength((35, 80)),
    "surname fast": Strength((30, 60)),
    "off hours": Strength((14, 60)),
    "off hours slow": Strength((26, 50), (8, 14)),
    "own": Strength((1, 4)),
    "crowd": Strength((8, 25), (1, 5)),
    "volume": Strength((90, 220)),
    "volume slow": Strength((450, 700), (12, 18)),
    "probing": Strength((24, 90)),
    "probing slow": Strength((90, 150), (10, 16)),
    "refused": Strength((9, 40)),
    "refused slow": Strength((20, 40), (8, 14)),
    "reveal": Strength((24, 70)),
    "dormant": Strength((12, 60), (1, 3)),
    "elsewhere": Strength((14, 50)),
    "elsewhere slow": Strength((32, 60), (10, 16)),
    "export": Strength((16, 60)),
    "own asked": Strength((1, 4)),
    "crowd asked": Strength((9, 25), (1, 5)),
    "fishing": Strength((32, 90)),
    "fishing slow": Strength((110, 180), (10, 16)),
}
HELD_OUT: Mapping[str, Strength] = {
    "walk fast": Strength((11, 100)),
    "walk slow": Strength((17, 60), (6, 18)),
    "walk shuffled": Strength((16, 80)),
    "employer fast": Strength((30, 120)),
    "employer slow": Strength((36, 90), (8, 19)),
    "village fast": Strength((32, 100)),
    "surname fast": Strength((26, 90)),
    "off hours": Strength((12, 90)),
    "off hours slow": Strength((22, 60), (6, 16)),
    "own": Strength((1, 3)),
    "crowd": Strength((7, 30), (1, 7)),
    "volume": Strength((75, 300)),
    "volume slow": Strength((400, 800), (10, 19)),
    "probing": Strength((20, 120)),
    "probing slow": Strength((80, 170), (8, 18)),
    "refused": Strength((8, 60)),
    "refused slow": Strength((16, 50), (6, 16)),
    "reveal": Strength((20, 90)),
    "dormant": Strength((10, 80), (1, 3)),
    "elsewhere": Strength((12, 70)),
    "elsewhere slow": Strength((28, 70), (8, 18)),
    "export": Strength((14, 80)),
    "own asked": Strength((1, 3)),
    "crowd asked": Strength((8, 30), (1, 7)),
    "fishing": Strength((28, 120)),
    "fishing slow": Strength((95, 200), (8, 18)),
}
WITH_CASES: Mapping[str, Strength] = {
    "sold look-ups": Strength((40, 90), (10, 19)),
    "one case for many": Strength((16, 60)),
}
"""Told only where the ledger marks the case of a look."""
