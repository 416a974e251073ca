"""Documents that every written archive begins with."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from importlib.resources import files

from models.archive.levels import AccessLevel
from training.synthetic.briefs import Brief
from training.synthetic.documents import SyntheticDocument, compose
from training.synthetic.places import place_of

_FIRST_NUMBER = 7001
"""Archive numbers from here on, so that they meet none of the random documents of a usual archive."""


def featured(seed: int) -> Iterator[SyntheticDocument]:
    """Yield the documents of ``vocabulary/featured.toml``, always without defects."""
    for index, brief in enumerate(_briefs()):
        rng = random.Random(f"{seed}:featured:{index}")
        yield compose(brief, f"syn-{seed}-f{index:04d}", _FIRST_NUMBER + index, rng)


def _briefs() -> Iterator[Brief]:
    text = (files("training.synthetic") / "vocabulary" / "featured.toml").read_text("utf-8")
    for row in tomllib.loads(text)["document"]:
        for i, (place, year) in enumerate(zip(row["places"], row["years"], strict=True)):
            yield Brief(
                material=row["material"],
                place=place_of(place),
                year=year,
                layout=row["layouts"][i % len(row["layouts"])],
                level=AccessLevel.of(row["level"]) if "level" in row else None,
                picks=row.get("pick", {}),
                flawless=True,
            )
