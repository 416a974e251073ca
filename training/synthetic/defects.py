"""Defects put into made-up documents on purpose, with labels (四性检测 and data-entry checks)."""

from __future__ import annotations

import random
from dataclasses import replace

from models.archive.documents import CatalogueEntry
from models.archive.levels import Retention
from models.archive.taxonomy import lines_of

TEXT_DEFECTS = ("birth_mismatch", "sex_mismatch")
DATED_DEFECTS = ("dates_reversed", "dates_reversed", "birth_mismatch", "sex_mismatch")
"""For materials that tell when somebody came to hospital and left."""

CATALOGUE_DEFECTS = ("retention_wrong", "formed_on_missing", "insurance_wrong", "holder_missing")


def drawn(rng: random.Random, *, dated: bool) -> tuple[str, ...]:
    """Return the defects of one document: none for most, one for the others.

    A text defect that no slot of the layout shows is not labelled in the end.
    """
    draw = rng.random()
    if dated and draw < 0.2:
        return (rng.choice(DATED_DEFECTS),)
    if draw < 0.06:
        return (rng.choice(TEXT_DEFECTS),)
    return (rng.choice(CATALOGUE_DEFECTS),) if draw > 0.975 else ()


def spoiled(entry: CatalogueEntry, defects: tuple[str, ...], rng: random.Random) -> CatalogueEntry:
    """Return the catalogue entry with its share of the defects; text defects leave it alone."""
    for defect in defects:
        if defect == "retention_wrong":
            wrong = [r for r in Retention if r is not entry.retention]
            entry = replace(entry, retention=rng.choice(wrong))
        elif defect == "formed_on_missing":
            entry = replace(entry, formed_on=None)
        elif defect == "holder_missing":
            entry = replace(entry, holder_name=None, holder_id=None)
        elif defect == "insurance_wrong":
            entry = replace(entry, insurance_types=(rng.choice(_confusable(entry.insurance_types)),))
    return entry


def _confusable(insurances: tuple[str, ...]) -> list[str]:
    """Return insurances a cataloguer may have written instead: of the same line, else anything but 工伤."""
    lines = lines_of(insurances)
    wrong = [n for n in ("养老", "医疗", "失业", "工伤", "生育") if n not in insurances]
    return [n for n in wrong if lines_of((n,)) <= lines] or [n for n in wrong if n != "工伤"]
