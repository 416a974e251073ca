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
from training.reliability import ReliabilityBin, expected_error, reliability
from training.shares import Share, share_of

SHORT_KINDS = frozenset({"short", "question", "headline", "narrative", "term", "note"})

Pair = tuple["LabelledText", Classification]


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with its gold insurance label; ``material`` is None where nobody labelled it."""

    id: str
    text: str
    label: str
    kind: str
    material: str | None = None
    secondary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one candidate on one set; all shares 0–1.

    ``macro_f1`` averages over the labels that occur. ``short_macro_f1`` is over questions and headlines,
    0 where there are none. ``accepted``: share the machine decides; ``accepted_right``: right among those.
    ``missing``: right label not in the prediction set; ``second_found``: second insurances that are in it.
    ``material``: right material, abstention counts as wrong; ``material_top``: the same where it is named.
    ``calibration_error``: expected, ten bins, one for each of ``reliability``.
    """

    candidate: str
    texts: int
    macro_f1: float
    short_macro_f1: float
    accuracy: float
    recall: Mapping[str, float]
    accepted: Share
    accepted_right: Share
    missing: Share
    set_size: float
    second_found: Share
    material: Share
    calibration_error: float
    reliability: tuple[ReliabilityBin, ...]
    texts_per_s: float


def read_labelled(path: Path) -> list[LabelledText]:
    """Read JSONL with ``id``, ``text``, ``label``, ``kind``, perhaps ``secondary``; no other field counts."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [
        LabelledText(row["id"], row["text"], row["label"], row["kind"], None, tuple(row.get("secondary", ())))
        for row in rows
    ]


def evaluate(classifier: Classifier, texts: Sequence[LabelledText], candidate: str) -> Evaluation:
    """Classify ``texts`` in one call and compare."""
    began = perf_counter()
    said = classifier.classify([item.text for item in texts])
    took_s = perf_counter() - began
    pairs = list(zip(texts, said, strict=True))
    right = [item.label == answer.insurance_type for item, answer in pairs]
    accepted = [pair for pair in pairs if pair[1].decision is Decision.ACCEPTED]
    bins = reliability([answer.labels[0].probability for answer in said], right)
    return Evaluation(
        candidate=candidate,
        texts=len(texts),
        macro_f1=_rounded(macro_f1(pairs)),
        short_macro_f1=_rounded(macro_f1([p for p in pairs if p[0].kind in SHORT_KINDS])),
        accuracy=share_of(right).value,
        recall=_recall(pairs),
        accepted=share_of([answer.decision is Decision.ACCEPTED for answer in said]),
        accepted_right=share_of([item.label == answer.insurance_type for item, answer in accepted]),
        missing=share_of([item.label not in answer.prediction_set for item, answer in pairs]),
        set_size=_rounded(float(np.mean([len(answer.prediction_set) for answer in said]))),
        second_found=share_of([s in answer.prediction_set for item, answer in pairs for s in item.secondary]),
        material=share_of([item.material == answer.material_type for item, answer in pairs if item.material]),
        calibration_error=_rounded(expected_error(bins)),
        reliability=bins,
        texts_per_s=round(len(texts) / took_s, 1),
    )


def evaluate_candidates(
    folder: Path, embedder: TextEmbedder, texts: Sequence[LabelledText]
) -> list[Evaluation]:
    """Measure a trained artefact: n-grams alone, embedding alone, both, both in the shipped cascade."""
    parameters, manifest = read_parameters(folder)
    always = replace(parameters, policy=replace(parameters.policy, skip_embedding_from=2.0))
    heads = {form: _embedding_only(heads) for form, heads in parameters.insurance.items()}
    meaning = replace(always, insurance=heads)
    name = manifest.version
    return [
        evaluate(LinearClassifier(parameters, name, None), texts, "character n-grams"),
        evaluate(LinearClassifier(meaning, name, embedder), texts, "embedding"),
        evaluate(LinearClassifier(always, name, embedder), texts, "both"),
        evaluate(LinearClassifier(parameters, name, embedder), texts, "both, cascade (shipped)"),
    ]


def macro_f1(pairs: Sequence[Pair]) -> float:
    """Return the mean F1 over the labels that occur, 0 without any."""
    scores = []
    for label in insurance_types():
        true = sum(item.label == label for item, _ in pairs)
        said = sum(answer.insurance_type == label for _, answer in pairs)
        both = sum(item.label == label == answer.insurance_type for item, answer in pairs)
        if true:
            scores.append(2 * both / (true + said))
    return float(np.mean(scores)) if scores else 0.0


def _embedding_only(heads: Heads) -> Heads:
    return replace(heads, scales=Scales(1.0, 0.0, heads.scales.embedding))


def _recall(pairs: Sequence[Pair]) -> dict[str, float]:
    return {
        label: share_of(
            [answer.insurance_type == label for item, answer in pairs if item.label == label]
        ).value
        for label in insurance_types()
    }


def _rounded(value: float) -> float:
    return round(value, 4)
