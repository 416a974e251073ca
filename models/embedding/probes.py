"""Probe sentences: does a converted encoder say what the original says?

Hashes cannot check the encoder, because float noise differs between library versions and processors;
the direction of a few vectors can.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.embedding.builtin_runner import BuiltinRunner
from models.embedding.space import Vectors, unit_rows

PROBES_FILE = "probes.json"


@dataclass(frozen=True, slots=True)
class Probes:
    """Sentences and their vectors by the float32 encoder, passage prompt, no mean subtracted."""

    texts: tuple[str, ...]
    vectors: Vectors

    def agreement(self, encoder: Path, tokenizer: Path) -> float:
        """Return the smallest cosine, -1 to 1, between stated and computed vectors."""
        computed = BuiltinRunner(encoder, tokenizer).encode_document(self.texts)
        return float(np.min(np.sum(computed * self.vectors, axis=1)))


def read_probes(folder: Path) -> Probes:
    """Read the probes that ship with a model."""
    stated = json.loads((folder / PROBES_FILE).read_text("utf-8"))
    texts = tuple(str(text) for text in stated["texts"])
    halves = np.frombuffer(base64.b64decode(stated["vectors"]), "<f2").reshape(len(texts), -1)
    return Probes(texts, unit_rows(halves.astype(np.float32)))


def write_probes(folder: Path, texts: Sequence[str], vectors: Vectors) -> None:
    """Write probes; used when a release is made, never by the service."""
    packed = base64.b64encode(vectors.astype("<f2").tobytes()).decode()
    stated = {"dtype": "float16 little-endian, base64", "texts": list(texts), "vectors": packed}
    (folder / PROBES_FILE).write_text(json.dumps(stated, ensure_ascii=False, indent=1) + "\n", "utf-8")
