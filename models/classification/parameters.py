"""A trained classifier as arrays and words; written and read without unpickling anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.archive.levels import Line
from models.artifacts import Manifest, verify
from models.classification.conformal import Conformity, Form, Levels
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
    """When to leave the decision to a person. All are shares or probabilities 0–1 except the count.

    ``alpha``: by line, share of texts whose right label may be missing from the set; ``second_from``: least
    chance of a second insurance to be named; ``material_from``: least probability of insurance and material
    together; ``skip_embedding_from``: n-grams this sure are not doubled by an embedding (above 1: always
    embed); ``max_embedded_segments``: pieces of one text that are embedded.
    """

    alpha: Mapping[str, float]
    second_from: float
    material_from: float
    skip_embedding_from: float
    max_embedded_segments: int

    @property
    def levels(self) -> Levels:
        """The error levels by line."""
        return Levels({Line(line): level for line, level in self.alpha.items()})


@dataclass(frozen=True, slots=True)
class Heads:
    """The two heads of one question: what n-grams and embedding say, and how much each counts."""

    labels: tuple[str, ...]
    ngrams: Head
    embedding: Head
    scales: Scales


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything inference needs. ``embedding_mean`` float32 (dimension,) is subtracted first.

    ``insurance``: short and long texts have heads of their own. ``second``: n-grams to insurance labels, each
    by itself. ``*_conformity``: for the cascade, and for the n-grams alone.
    """

    space: EmbeddingSpace
    embedding_mean: NDArray[np.float32]
    ngram_space: NgramSpace
    insurance: Mapping[Form, Heads]
    material: Heads
    second: Head
    cascade_conformity: Conformity
    ngram_conformity: Conformity
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
    arrays["second_weights"] = parameters.second.weights.astype(np.float16)
    arrays["second_bias"] = parameters.second.bias
    for name, conformity in _conformities(parameters).items():
        for form, known in conformity.known.items():
            arrays |= {f"{name}_{form}_{number}": row for number, row in enumerate(known)}
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
    labels = arrays["second_bias"].size
    return Parameters(
        space=EmbeddingSpace(**words["space"]),
        embedding_mean=arrays["embedding_mean"],
        ngram_space=NgramSpace(columns, arrays["idf"]),
        insurance={form: _heads(f"insurance_{form}", words, arrays) for form in Form},
        material=_heads("material", words, arrays),
        second=Head(arrays["second_weights"].astype(np.float32), arrays["second_bias"]),
        cascade_conformity=_conformity("cascade", labels, arrays),
        ngram_conformity=_conformity("alone", labels, arrays),
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


def _conformity(name: str, labels: int, arrays: Mapping[str, NDArray[Any]]) -> Conformity:
    return Conformity({form: tuple(arrays[f"{name}_{form}_{i}"] for i in range(labels)) for form in Form})


def _conformities(parameters: Parameters) -> dict[str, Conformity]:
    return {"cascade": parameters.cascade_conformity, "alone": parameters.ngram_conformity}


def _named(parameters: Parameters) -> dict[str, Heads]:
    insurance = {f"insurance_{form}": heads for form, heads in parameters.insurance.items()}
    return {**insurance, "material": parameters.material}
