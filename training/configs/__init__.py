"""Frozen descriptions of training runs, read from the TOML files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from models.classification.parameters import Policy

SHIPPED = "classifier-v4"


@dataclass(frozen=True, slots=True)
class FitConfig:
    """One run of `fit`.

    ``documents``: made-up archive documents; ``per_template``: short texts per template, by kind;
    ``source_weights``: what a text counts to the heads of short and of long texts, by who made it
    (`training.dataset.Source`); ``written_every``: one block of hand-written lines in so many;
    ``min_groups``: origins an n-gram must occur in; ``*_c``: inverse regularisation; ``secondary_weight``:
    weight 0–1 of a text under its secondary label; ``priors``: what a label weighs against the others, 1
    where it is not named; ``unnamed_share``: share 0–1 of the training texts that are learnt a second time
    without the names of insurances, ``unnamed_measured_share`` of those whose unseen scores make prediction
    sets (`training.shifted.taught`); ``folds``: parts by which the scores of unseen texts are made.
    """

    name: str
    seed: int
    documents: int
    per_template: Mapping[str, int]
    written_every: int
    source_weights: Mapping[str, Mapping[str, float]]
    min_groups: int
    max_ngrams: int
    ngram_c: float
    embedding_c: float
    material_c: float
    second_c: float
    max_iterations: int
    secondary_weight: float
    priors: Mapping[str, float]
    unnamed_share: float
    unnamed_measured_share: float
    folds: int
    policy: Policy


def read_config(path: Path) -> FitConfig:
    """Read a run from a TOML file.

    Raises:
        TypeError: a field is missing or unknown.
    """
    table = tomllib.loads(path.read_text("utf-8"))
    return FitConfig(**{**table, "policy": Policy(**table["policy"])})


def builtin_config(name: str = SHIPPED) -> FitConfig:
    """Return the run that made the shipped artefact ``name``."""
    return read_config(Path(str(files("training") / "configs" / f"{name}.toml")))
