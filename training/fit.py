"""One config in, one folder out: arrays, words, manifest and card of a linear classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.archive.taxonomy import insurance_types, material_types
from models.artifacts import Manifest, write_manifest
from models.classification.heads import Scales
from models.classification.linear import LinearClassifier
from models.classification.meaning import TextEmbedder, mean_vectors
from models.classification.parameters import KIND, NO_MATERIAL, Heads, Parameters, write_parameters
from models.embedding.space import Vectors
from training.calibrate import fitted_scales
from training.configs import FitConfig
from training.dataset import Example, build, digest_of
from training.evaluate_classification import Evaluation, LabelledText, evaluate
from training.learning import fitted_head, matrix_of, vocabulary_of
from training.model_card import CARD_NAME, card_of

_PACKAGES = ("numpy", "scipy", "scikit-learn")
_UNSCALED = Scales(ngrams_alone=1.0, ngrams=0.5, embedding=0.5)


@dataclass(frozen=True, slots=True)
class FitReport:
    """What a run made. ``held_out`` is measured by heads that never saw those templates and cases."""

    folder: Path
    manifest: Manifest
    examples: int
    held_out: Evaluation
    development: Evaluation | None


@dataclass(frozen=True, slots=True)
class Material:
    """Examples and their vectors, row by row; ``vectors`` float32 (n, dimension), not centred."""

    examples: Sequence[Example]
    vectors: Vectors

    def where(self, *, held_out: bool) -> Material:
        """Return the held-out rows, or the others."""
        rows = [i for i, example in enumerate(self.examples) if example.held_out is held_out]
        return Material([self.examples[i] for i in rows], self.vectors[rows])


def fit(
    config: FitConfig,
    embedder: TextEmbedder,
    folder: Path,
    development: Sequence[LabelledText] | None = None,
) -> FitReport:
    """Train, calibrate, measure and write one classifier.

    Heads are first fitted without the held-out groups, whose scores then give the scales and the
    measured figures; what is written is fitted on everything and keeps those scales.

    Args:
        config: the run; the same config and embedder give the same numbers.
        embedder: its space becomes part of the artefact.
        folder: made if absent; files of an earlier run are replaced.
        development: real labelled texts; measured, never trained on.
    """
    examples = build(config)
    vectors = mean_vectors([e.text for e in examples], embedder, config.policy.max_embedded_segments)
    everything = Material(examples, vectors)
    unseen = everything.where(held_out=True)
    partial = calibrated(trained(config, everything.where(held_out=False), embedder), unseen)
    held_out = evaluate(
        LinearClassifier(partial, "held-out", embedder), _labelled(unseen.examples), "held out"
    )
    final = _with_scales(trained(config, everything, embedder), partial)
    measured = None
    if development is not None:
        measured = evaluate(LinearClassifier(final, config.name, embedder), development, "development")
    folder.mkdir(parents=True, exist_ok=True)
    manifest = write_manifest(
        folder,
        kind=KIND,
        version=config.name,
        files=write_parameters(folder, final),
        metadata=_metadata(config, embedder, examples, [m for m in (held_out, measured) if m]),
    )
    (folder / CARD_NAME).write_text(card_of(manifest), "utf-8")
    return FitReport(folder, manifest, len(examples), held_out, measured)


def trained(config: FitConfig, material: Material, embedder: TextEmbedder) -> Parameters:
    """Return heads fitted on ``material``, not yet calibrated."""
    space = vocabulary_of(material.examples, config.min_groups, config.max_ngrams)
    mean = material.vectors.mean(axis=0)
    sparse = matrix_of([e.text for e in material.examples], space)
    dense = material.vectors - mean

    def heads(
        labels: tuple[str, ...],
        truth: Sequence[str],
        rows: NDArray[np.int64],
        weights: NDArray[np.float64],
        c: float,
    ) -> Heads:
        numbers = np.array([labels.index(label) for label in truth], dtype=np.int64)
        priors = np.array([config.priors.get(label, 1.0) for label in labels])
        ngrams, embedding = (
            fitted_head(
                table[rows],
                numbers,
                weights,
                priors=priors,
                c=strength,
                max_iterations=config.max_iterations,
            )
            for table, strength in ((sparse, c), (dense, config.embedding_c))
        )
        return Heads(labels, ngrams, embedding, _UNSCALED)

    rows, truth, weights = _with_secondary(material.examples, config.secondary_weight)
    return Parameters(
        space=embedder.space,
        embedding_mean=mean,
        ngram_space=space,
        insurance=heads(tuple(insurance_types()), truth, rows, weights, config.ngram_c),
        material=heads(
            (*material_types(), NO_MATERIAL),
            [e.material or NO_MATERIAL for e in material.examples],
            np.arange(len(material.examples)),
            np.ones(len(material.examples)),
            config.material_c,
        ),
        policy=config.policy,
    )


def calibrated(parameters: Parameters, unseen: Material) -> Parameters:
    """Return ``parameters`` with the scales that fit texts of unseen groups best."""
    sparse = [parameters.ngram_space.row(e.text) for e in unseen.examples]
    dense = unseen.vectors - parameters.embedding_mean

    def scales(heads: Heads, truth: Sequence[str]) -> Scales:
        said = np.stack([heads.ngrams.of_sparse(row) for row in sparse])
        meant = heads.embedding.of_dense(dense)
        numbers = np.array([heads.labels.index(label) for label in truth], dtype=np.int64)
        counts = np.bincount(numbers, minlength=len(heads.labels))
        return fitted_scales(said, meant, numbers, 1.0 / counts[numbers])

    insurance = scales(parameters.insurance, [e.label for e in unseen.examples])
    material = scales(parameters.material, [e.material or NO_MATERIAL for e in unseen.examples])
    return replace(
        parameters,
        insurance=replace(parameters.insurance, scales=insurance),
        material=replace(parameters.material, scales=material),
    )


def _with_scales(parameters: Parameters, source: Parameters) -> Parameters:
    return replace(
        parameters,
        insurance=replace(parameters.insurance, scales=source.insurance.scales),
        material=replace(parameters.material, scales=source.material.scales),
    )


def _with_secondary(
    examples: Sequence[Example], weight: float
) -> tuple[NDArray[np.int64], list[str], NDArray[np.float64]]:
    """Return row numbers, labels and weights; an example counts under its secondary labels as well."""
    rows = [(i, e.label, 1.0) for i, e in enumerate(examples)]
    rows += [(i, label, weight) for i, e in enumerate(examples) for label in e.secondary]
    numbers, labels, weights = zip(*rows, strict=True)
    return np.array(numbers, dtype=np.int64), list(labels), np.array(weights, dtype=np.float64)


def _labelled(examples: Sequence[Example]) -> list[LabelledText]:
    return [LabelledText(str(i), e.text, e.label, e.kind, e.material) for i, e in enumerate(examples)]


def _metadata(
    config: FitConfig, embedder: TextEmbedder, examples: Sequence[Example], measured: Sequence[Evaluation]
) -> dict[str, object]:
    return {
        "config": asdict(config),
        "packages": {name: version(name) for name in _PACKAGES},
        "dataset": {"source": "generated", "examples": len(examples), "sha256": digest_of(examples)},
        "embedding": asdict(embedder.space),
        "metrics": {evaluation.candidate: _figures(evaluation) for evaluation in measured},
        "licence": "own work, trained on generated text only",
    }


def _figures(evaluation: Evaluation) -> dict[str, object]:
    """Return the figures that a second run gives again: all but the speed."""
    return {name: value for name, value in asdict(evaluation).items() if name != "texts_per_s"}
