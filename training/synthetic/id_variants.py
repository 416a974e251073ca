"""Ways in which a resident id is found written in archives; each has a label."""

from __future__ import annotations

import random

VARIANTS = ("fifteen_digits", "full_width", "spaced", "ocr_confused", "lower_x", "wrong_check")

_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_CONFUSED = {"0": "O", "1": "l", "X": "×", "5": "S", "8": "B"}


def written(resident_id: str, variant: str, rng: random.Random) -> str:
    """Return ``resident_id`` written as ``variant``; ValueError for an unknown label.

    Ask :func:`variant_for` for a label that applies to this number.
    """
    if variant == "fifteen_digits":
        return resident_id[:6] + resident_id[8:17]
    if variant == "full_width":
        return resident_id.translate(_FULL_WIDTH)
    if variant == "spaced":
        return " ".join((resident_id[:6], resident_id[6:14], resident_id[14:]))
    if variant == "ocr_confused":
        at = rng.choice([i for i, c in enumerate(resident_id) if i > 5 and c in _CONFUSED])
        return resident_id[:at] + _CONFUSED[resident_id[at]] + resident_id[at + 1 :]
    if variant == "lower_x":
        return resident_id.replace("X", "x")
    if variant == "wrong_check":
        return resident_id[:-1] + rng.choice([c for c in "0123456789X" if c != resident_id[-1]])
    raise ValueError(f"unknown variant {variant}")


def variant_for(resident_id: str, rng: random.Random) -> str:
    """Return a label that truly changes how ``resident_id`` is written."""
    fitting = [
        variant
        for variant in VARIANTS
        if (variant != "fifteen_digits" or resident_id[6:8] == "19")
        and (variant != "lower_x" or resident_id.endswith("X"))
        and (variant != "ocr_confused" or any(c in _CONFUSED for c in resident_id[6:]))
    ]
    return rng.choice(fitting)
