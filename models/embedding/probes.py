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

from models.embedding.layout import PROMPTS
from models.embedding.space import Vectors
from models.embedding.tokenizer import MAX_TOKENS

PROBES_FILE = "probes.json"


@dataclass(frozen=True, slots=True)
class Probes:
    """Sentences and their vectors by the float32 encoder, passage prompt, no mean subtracted."""

    texts: tuple[str, ...]
    vectors: Vectors

    def agreement(self, encoder: Path, tokenizer: Path) -> float:
        """Return the smallest cosine, -1 to 1, between stated and computed vectors."""
        computed = encode(encoder, tokenizer, [PROMPTS["passage"] + text for text in self.texts])
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


def encode(encoder: Path, tokenizer: Path, texts: Sequence[str]) -> Vectors:
    """Return mean-pooled unit rows, one run per text, by ONNX Runtime alone."""
    import onnxruntime
    from tokenizers import Tokenizer  # type: ignore[import-untyped]

    splitter = Tokenizer.from_file(str(tokenizer))
    splitter.enable_truncation(MAX_TOKENS)
    session = onnxruntime.InferenceSession(str(encoder), providers=["CPUExecutionProvider"])
    rows = []
    for text in texts:
        ids = np.array([splitter.encode(text).ids], dtype=np.int64)
        (hidden,) = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        rows.append(hidden[0].mean(axis=0))
    return unit_rows(np.stack(rows).astype(np.float32))


def unit_rows(rows: Vectors) -> Vectors:
    """Scale the rows of (n, dimension) to unit L2 norm; a zero row stays zero."""
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Vectors = (rows / np.maximum(norms, 1e-12)).astype(np.float32)
    return scaled
