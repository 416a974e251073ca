"""Made-up rows to measure search on: clustered vectors, short texts, attributes to filter by. Seeded."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.embedding.space import Vectors
from training.partition import archive_passages

DIMENSION = 384
DRAWS = 1000
_TOPICS, _MATTERS = 300, 20
_STRUCTURE = 123
"""Seed of where topics and matters lie; the same for rows, questions and the reference."""
_AT_ONCE = 50_000
_POOL_DOCUMENTS = 1_500


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """``vectors``: float32, shape (n, 384), unit rows; ``topic``: 0-299, unevenly common; ``draw``: 0-999."""

    vectors: Vectors
    topic: NDArray[np.int64]
    draw: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose draw is below ``below``; with ``away`` only those of other topics than the question's."""

    name: str
    below: int
    away: bool = False

    def allowed(self, rows: Rows, topic: int) -> NDArray[np.bool_]:
        mask = rows.draw < self.below
        return mask & (rows.topic != topic) if self.away else mask


FILTERS = (
    Filter(".1 %", 1),
    Filter("1 %", 10),
    Filter("10 %", 100),
    Filter("50 %", 500),
    Filter("100 %", DRAWS),
    Filter("against, 5 %", 50, away=True),
    Filter("against, 30 %", 300, away=True),
)


def rows_of(count: int, seed: int) -> Rows:
    """Return rows around matters around topics; a few topics hold most rows."""
    structure = np.random.default_rng(_STRUCTURE)
    topics = _unit(structure.normal(size=(_TOPICS, DIMENSION)))
    matters = _unit(structure.normal(size=(_TOPICS * _MATTERS, DIMENSION)))
    rng = np.random.default_rng(seed)
    topic = (rng.pareto(1.0, size=count) * 10).astype(np.int64) % _TOPICS
    matter = topic * _MATTERS + (rng.pareto(1.0, size=count) * 3).astype(np.int64) % _MATTERS
    vectors = np.empty((count, DIMENSION), dtype=np.float32)
    for first in range(0, count, _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        own = rng.standard_normal((topic[part].size, DIMENSION), dtype=np.float32) / np.sqrt(DIMENSION)
        vectors[part] = _unit(0.65 * topics[topic[part]] + 0.45 * matters[matter[part]] + 0.6 * own)
    return Rows(vectors, topic, rng.integers(0, DRAWS, count))


def texts_of(count: int, seed: int) -> list[str]:
    """Return short masked texts: sentences of made-up papers, two or three together, and a number."""
    pool = [
        sentence
        for passage in archive_passages(_POOL_DOCUMENTS, seed)
        for sentence in re.split(r"(?<=[。；\n])", passage)
        if 8 <= len(sentence.strip()) <= 60
    ]
    rng = random.Random(seed)
    return [
        "".join(rng.choices(pool, k=rng.choice((2, 3)))) + f"编号{rng.randrange(10**6)}" for _ in range(count)
    ]


def questions_of(texts: list[str], count: int, seed: int) -> list[str]:
    """Return pieces of 6 to 24 characters out of texts."""
    rng = random.Random(seed)
    asked = []
    for text in rng.sample(texts, count):
        length = rng.randint(6, 24)
        first = rng.randrange(max(1, len(text) - length))
        asked.append(text[first : first + length])
    return asked


def _unit(vectors: NDArray[np.floating]) -> Vectors:
    scaled: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled
