"""A trained classifier as arrays and words; written and read without unpickling anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.artifacts import Manifest, verify
from models.classification.heads import Head, Scales
from models.classification.ngrams import NgramSpace
from models.embedding.space import EmbeddingSpace
from models.errors import ArtifactTampered

KIND = "classifier"
ARRAYS_NAME, WORDS_NAME = "arrays.npz", "words.json"
NO_MATERIAL = ""
"""The material label of texts that are no archive material."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When to leave the decision to a person. All are probabilities 0–1 except the count.

    ``accept_from``: least probability of an accepted insurance type; ``material_from``: the same for
    insurance and material together; ``alpha``: probability left outside the prediction set;
    ``skip_embedding_from``: n-grams this sure are not doubled by an embedding (above 1: always embed);
    ``max_embedded_segments``: pieces of one text that are embedded.
    """

    accept_from: float
    material_from: float
    alpha: float
    skip_embedding_from: float
    max_embedded_segments: int


@dataclass(frozen=True, slots=True)
class Heads:
    """The two heads of one question: what the n-grams say and what the embedding says."""

    labels: tuple[str, ...]
    ngrams: Head
    embedding: Head
    scales: Scales


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything inference needs. ``embedding_mean`` float32 (dimension,) is subtracted first."""

    space: EmbeddingSpace
    embedding_mean: NDArray[np.float32]
    ngram_space: NgramSpace
    insurance: Heads
    material: Heads
    policy: Policy


def write_parameters(folder: Path, parameters: Parameters) -> list[str]:
    """Write the arrays (16-bit, deterministic order) and words; return the file names."""
    arrays: dict[str, NDArray[Any]] = {
        "idf": parameters.ngram_space.idf,
        "embedding_mean": parameters.embedding_mean,
    }
    for name, heads in _named(parameters).items():
        arrays[f"{name}_ngram_weights"] = heads.ngrams.weights.astype(np.float16)
        arrays[f"{name}_ngram_bias"] = heads.ngrams.bias
        arrays[f"{name}_embedding_weights"] = heads.embedding.weights
        arrays[f"{name}_embedding_bias"] = heads.embedding.bias
    np.savez_compressed(folder / ARRAYS_NAME, allow_pickle=False, **arrays)
    words = {
        "space": asdict(parameters.space),
        "policy": asdict(parameters.policy),
        "heads": {
            name: {"labels": heads.labels, "scales": asdict(heads.scales)}
            for name, heads in _named(parameters).items()
        },
        "ngrams": sorted(parameters.ngram_space.columns, key=parameters.ngram_space.columns.__getitem__),
    }
    (folder / WORDS_NAME).write_text(json.dumps(words, ensure_ascii=False, indent=0) + "\n", "utf-8")
    return [ARRAYS_NAME, WORDS_NAME]


def read_parameters(folder: Path) -> tuple[Parameters, Manifest]:
    """Verify the folder against its manifest, then read it.

    Raises:
        ArtifactTampered: a file is missing, differs from the manifest, or is no classifier.
    """
    manifest = verify(folder)
    if manifest.kind != KIND or not {ARRAYS_NAME, WORDS_NAME} <= set(manifest.files):
        raise ArtifactTampered(f"目录 {folder.name} 不是分类模型，已拒绝加载。")
    try:
        words = json.loads((folder / WORDS_NAME).read_text("utf-8"))
        with np.load(folder / ARRAYS_NAME, allow_pickle=False) as arrays:
            return _parameters(words, dict(arrays)), manifest
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactTampered(f"分类模型目录 {folder.name} 的内容无法读取，已拒绝加载。") from error


def _parameters(words: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Parameters:
    columns = {gram: column for column, gram in enumerate(words["ngrams"])}
    return Parameters(
        space=EmbeddingSpace(**words["space"]),
        embedding_mean=arrays["embedding_mean"],
        ngram_space=NgramSpace(columns, arrays["idf"]),
        insurance=_heads("insurance", words, arrays),
        material=_heads("material", words, arrays),
        policy=Policy(**words["policy"]),
    )


def _heads(name: str, words: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Heads:
    stated = words["heads"][name]
    return Heads(
        labels=tuple(stated["labels"]),
        ngrams=Head(arrays[f"{name}_ngram_weights"].astype(np.float32), arrays[f"{name}_ngram_bias"]),
        embedding=Head(arrays[f"{name}_embedding_weights"], arrays[f"{name}_embedding_bias"]),
        scales=Scales(**stated["scales"]),
    )


def _named(parameters: Parameters) -> dict[str, Heads]:
    return {"insurance": parameters.insurance, "material": parameters.material}
