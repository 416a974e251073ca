"""The frozen reference mean, subtracted from every vector of the built-in model.

E5 vectors share one large component (unrelated pairs have a cosine of .80 to .89). Taking it out
spreads the cosines; being part of the embedding space, it never changes without a new revision.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from models.embedding.space import Vectors

MEAN_FILE = "reference_mean.json"
TEXTS_FILE = "reference_texts.txt"


def read_reference_mean(folder: Path) -> Vectors:
    """Return the mean, shape (dimension,), float32, not of unit norm."""
    return np.array(json.loads((folder / MEAN_FILE).read_text("utf-8")), dtype=np.float32)


def write_reference_mean(folder: Path, mean: Vectors) -> None:
    """Write a mean; used when a release is made, never by the service."""
    rounded = [round(float(value), 6) for value in mean]
    (folder / MEAN_FILE).write_text(json.dumps(rounded) + "\n", encoding="utf-8")


def reference_passages(folder: Path, count: int = 160) -> list[str]:
    """Return passages of two to six reference sentences, the same ones every time."""
    sentences = (folder / TEXTS_FILE).read_text("utf-8").split()
    total = len(sentences)
    # 7 and 29 share no divisor with the steps, so every sentence comes up about equally often.
    return ["".join(sentences[(7 * n + 29 * k) % total] for k in range(2 + n % 5)) for n in range(count)]
