"""How good a classifier is on labelled texts: figures, not verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from models.archive.taxonomy import insurance_types
from models.classification.heads import Scales
from models.classification.linear import LinearClassifier
from models.classification.meaning import TextEmbedder
from models.classification.parameters import Heads, read_parameters
from models.classification.results import Classification, Classifier, Decision

SHORT_KINDS = frozenset({"short", "question", "headline", "narrative", "term"})
_BINS = 10


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with its gold insurance label; ``material`` is None where nobody labelled it."""

    id: str
    text: str
    label: str
    kind: str
    material: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one candidate on one set; all shares 0–1.

    ``macro_f1`` averages over the labels that occur. ``short_macro_f1`` is over questions and headlines,
    0 where there are none. ``coverage``: share accepted; ``accepted_accuracy``: of those.
    ``calibration_error``: expected, ten bins. ``set_coverage``/``set_size``: of the prediction sets.
    ``material_accuracy``: over texts with a material, abstention counts as wrong; None without any.
    """

    candidate: str
    texts: int
    macro_f1: float
    short_macro_f1: float
    accuracy: float
    recall: Mapping[str, float]
    coverage: float
    accepted_accuracy: float
    calibration_error: float
    set_coverage: float
    set_size: float
    material_accuracy: float | None
    texts_per_s: float


def read_labelled(path: Path) -> list[LabelledText]:
    """Read JSONL with ``id``, ``text``, ``label``, ``kind``; other fields are not looked at."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [LabelledText(row["id"], row["text"], row["label"], row["kind"]) for row in rows]


def evaluate(classifier: Classifier, texts: Sequence[LabelledText], candidate: str) -> Evaluation:
    """Classify ``texts`` in one call and compare."""
    began = perf_counter()
    said = classifier.classify([item.text for item in texts])
    took_s = perf_counter() - began
    pairs = list(zip(texts, said, strict=True))
    right = [item.label == answer.insurance_type for item, answer in pairs]
    accepted = [
        ok for ok, (_, answer) in zip(right, pairs, strict=True) if answer.decision is Decision.ACCEPTED
    ]
    short = [(item, answer) for item, answer in pairs if item.kind in SHORT_KINDS]
    return Evaluation(
        candidate=candidate,
        texts=len(texts),
        macro_f1=_rounded(_macro_f1(pairs)),
        short_macro_f1=_rounded(_macro_f1(short)),
        accuracy=_share(right),
        recall=_recall(pairs),
        coverage=_rounded(len(accepted) / max(1, len(texts))),
        accepted_accuracy=_share(accepted),
        calibration_error=_rounded(_calibration_error(said, right)),
        set_coverage=_share([item.label in answer.prediction_set for item, answer in pairs]),
        set_size=_rounded(float(np.mean([len(answer.prediction_set) for answer in said]))),
        material_accuracy=_material_accuracy(pairs),
        texts_per_s=round(len(texts) / took_s, 1),
    )


def evaluate_candidates(
    folder: Path, embedder: TextEmbedder, texts: Sequence[LabelledText]
) -> list[Evaluation]:
    """Measure a trained artefact: n-grams alone, embedding alone, both, both in a cascade."""
    parameters, manifest = read_parameters(folder)
    always = replace(parameters, policy=replace(parameters.policy, skip_embedding_from=2.0))
    meaning = replace(always, insurance=_embedding_only(parameters.insurance))
    cascade = replace(parameters, policy=replace(parameters.policy, skip_embedding_from=0.98))
    return [
        evaluate(LinearClassifier(parameters, manifest.version, None), texts, "character n-grams"),
        evaluate(LinearClassifier(meaning, manifest.version, embedder), texts, "embedding"),
        evaluate(LinearClassifier(always, manifest.version, embedder), texts, "both"),
        evaluate(LinearClassifier(cascade, manifest.version, embedder), texts, "both, cascade at .98"),
    ]


def _embedding_only(heads: Heads) -> Heads:
    total = heads.scales.embedding
    return replace(heads, scales=Scales(ngrams_alone=1.0, ngrams=0.0, embedding=total))


def _macro_f1(pairs: Sequence[tuple[LabelledText, Classification]]) -> float:
    scores = []
    for label in insurance_types():
        true = sum(item.label == label for item, _ in pairs)
        said = sum(answer.insurance_type == label for _, answer in pairs)
        both = sum(item.label == label == answer.insurance_type for item, answer in pairs)
        if true:
            scores.append(2 * both / (true + said))
    return float(np.mean(scores)) if scores else 0.0


def _recall(pairs: Sequence[tuple[LabelledText, Classification]]) -> dict[str, float]:
    return {
        label: _share([answer.insurance_type == label for item, answer in pairs if item.label == label])
        for label in insurance_types()
    }


def _calibration_error(said: Sequence[Classification], right: Sequence[bool]) -> float:
    """Return the mean gap between probability and share right, weighted by bin size."""
    sure = np.array([answer.labels[0].probability for answer in said])
    hit = np.array(right, dtype=np.float64)
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(sure[bins == b].mean() - hit[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist())
    ]
    return float(sum(gaps))


def _material_accuracy(pairs: Sequence[tuple[LabelledText, Classification]]) -> float | None:
    known = [item.material == answer.material_type for item, answer in pairs if item.material]
    return _share(known) if known else None


def _share(flags: Sequence[bool]) -> float:
    return _rounded(sum(flags) / len(flags)) if flags else 0.0


def _rounded(value: float) -> float:
    return round(value, 4)
