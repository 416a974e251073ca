"""One config in, one folder out: arrays, words, manifest and card of a linear classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

from models.archive.taxonomy import insurance_types
from models.artifacts import Manifest, write_manifest
from models.classification.conformal import Conformity, Form, Known
from models.classification.heads import Head
from models.classification.linear import LinearClassifier
from models.classification.meaning import TextEmbedder, mean_vectors
from models.classification.parameters import KIND, NO_MATERIAL, Heads, Parameters, write_parameters
from models.classification.shift import histograms
from training.configs import FitConfig
from training.dataset import Example, Source, build, digest_of
from training.evaluate_classification import Evaluation, LabelledText, evaluate
from training.learning import matrix_of, vocabulary_of
from training.model_card import CARD_NAME, card_of
from training.reviewed import LICENCE, Reviews, examples_of, teaches_words
from training.rows import Rows, insurance_heads, material_heads, material_labels, material_rows, second_head
from training.shifted import shifted, taught
from training.unseen import balanced_scales, cross_scored, known_of, speaks_for

_PACKAGES = ("numpy", "scipy", "scikit-learn")
HELD_OUT, DEVELOPMENT = "held out", "development"


@dataclass(frozen=True, slots=True)
class FitReport:
    """What a run made. ``held_out``: groups that took no part in it; ``shifted``: the same, made harder."""

    folder: Path
    manifest: Manifest
    examples: int
    held_out: Evaluation
    shifted: tuple[Evaluation, ...]
    development: Evaluation | None


def fit(
    config: FitConfig,
    embedder: TextEmbedder,
    folder: Path,
    development: Sequence[LabelledText] | None = None,
    reviews: Reviews | None = None,
) -> FitReport:
    """Train, calibrate, measure and write one classifier.

    Args:
        config: the run; the same config and embedder give the same numbers.
        embedder: its space becomes part of the artefact.
        folder: made if absent; files of an earlier run are replaced.
        development: real labelled texts; measured, never trained on.
        reviews: what people decided in an archive, learnt from besides; the same reviews, the same artefact.
    """
    examples = build(config)
    if reviews is not None:
        config = replace(config, name=reviews.version_of(config.name))
        examples += examples_of(reviews.texts)
    learnt = taught(examples, config.unnamed_share, config.unnamed_measured_share)
    parameters = trained(config, learnt, embedder)
    classifier = LinearClassifier(parameters, config.name, embedder)
    unseen = [e for e in examples if e.held_out]
    held_out = evaluate(classifier, _labelled(unseen), HELD_OUT)
    hard = tuple(
        evaluate(classifier, _labelled(made), name) for name, made in shifted(unseen, config.seed).items()
    )
    measured = evaluate(classifier, development, DEVELOPMENT) if development is not None else None
    folder.mkdir(parents=True, exist_ok=True)
    manifest = write_manifest(
        folder,
        kind=KIND,
        version=config.name,
        files=write_parameters(folder, parameters),
        metadata={
            **_metadata(config, embedder, examples, [m for m in (held_out, measured, *hard) if m]),
            **({} if reviews is None else {"reviews": reviews.stated(), "licence": LICENCE}),
            "reference": histograms(classifier.classify([e.text for e in unseen if e.kind == "document"])),
        },
    )
    (folder / CARD_NAME).write_text(card_of(manifest), "utf-8")
    return FitReport(folder, manifest, len(examples), held_out, hard, measured)


def trained(config: FitConfig, examples: Sequence[Example], embedder: TextEmbedder) -> Parameters:
    """Return heads fitted on ``examples``, calibrated by heads fitted on folds of them."""
    vectors = mean_vectors([e.text for e in examples], embedder, config.policy.max_embedded_segments)
    worded = [e for e in examples if teaches_words(e) and not e.measured_only]
    space = vocabulary_of(worded, config.min_groups, config.max_ngrams)
    mean = vectors[[i for i, e in enumerate(examples) if not e.measured_only]].mean(axis=0)
    rows = Rows(examples, matrix_of([e.text for e in examples], space), vectors - mean)
    taught_rows = rows.taught()
    insurance, known = {}, {}
    for form in Form:
        insurance[form], known[form] = _insurance(config, rows, form)
    return Parameters(
        space=embedder.space,
        embedding_mean=mean,
        ngram_space=space,
        insurance=insurance,
        material=_material(config, taught_rows),
        second=second_head(config, taught_rows),
        cascade_conformity=Conformity({form: both[0] for form, both in known.items()}),
        ngram_conformity=Conformity({form: both[1] for form, both in known.items()}),
        policy=config.policy,
    )


def _insurance(
    config: FitConfig, rows: Rows, form: Form
) -> tuple[Heads, tuple[tuple[Known, ...], tuple[Known, ...]]]:
    """Return the heads for texts of a form, and what such heads give unseen texts of it."""
    labels = tuple(insurance_types())

    def fitting(part: Rows) -> tuple[Head, Head]:
        return insurance_heads(config, part, form)

    truth = [labels.index(e.label) for e in rows.examples]
    unseen = cross_scored(rows, fitting, truth, config.folds, range(config.folds))
    alike = unseen.where(lambda e: speaks_for(e, form))
    scales = balanced_scales(alike.where(lambda e: not e.measured_only))
    known = known_of(alike, scales, config.policy.skip_embedding_from)
    return Heads(labels, *fitting(rows.taught()), scales), known


def _material(config: FitConfig, rows: Rows) -> Heads:
    """Return the material heads; one fold is enough to find how much each counts."""
    labels, rows = material_labels(), material_rows(rows)
    truth = [labels.index(e.material or NO_MATERIAL) for e in rows.examples]

    def fitting(part: Rows) -> tuple[Head, Head]:
        return material_heads(config, part)

    scales = balanced_scales(cross_scored(rows, fitting, truth, config.folds, range(1)))
    return Heads(labels, *fitting(rows), scales)


def _labelled(examples: Sequence[Example]) -> list[LabelledText]:
    return [
        LabelledText(str(i), e.text, e.label, e.kind, e.material, e.secondary) for i, e in enumerate(examples)
    ]


def _metadata(
    config: FitConfig, embedder: TextEmbedder, examples: Sequence[Example], measured: Sequence[Evaluation]
) -> dict[str, object]:
    return {
        "config": asdict(config),
        "packages": {name: version(name) for name in _PACKAGES},
        "dataset": {
            "sources": {source: sum(e.source == source for e in examples) for source in Source},
            "examples": len(examples),
            "sha256": digest_of(examples),
        },
        "embedding": asdict(embedder.space),
        "metrics": {evaluation.candidate: _figures(evaluation) for evaluation in measured},
        "licence": "own work, trained on generated and on hand-written text of this project only",
    }


def _figures(evaluation: Evaluation) -> dict[str, object]:
    """Return the figures that a second run gives again: all but the speed."""
    return {name: value for name, value in asdict(evaluation).items() if name != "texts_per_s"}
