"""A working `Classifier` without weights, by the words of the insurance table; and a small trained one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from models.archive.taxonomy import insurance_types, material_types
from models.classification.conformal import Form
from models.classification.linear import LinearClassifier, load_classifier
from models.classification.parameters import Policy
from models.classification.results import Classification, Decision, LabelProbability
from tests.fakes_embedding import BigramEmbedder
from training.configs import FitConfig
from training.dataset import Source
from training.fit import fit

_OTHER = "其他"

SMALL_RUN = FitConfig(
    name="small",
    seed=7,
    documents=88,
    per_template={"question": 1, "headline": 1, "statute": 1, "provision": 1, "narrative": 1, "term": 1},
    written_every=12,
    source_weights=dict.fromkeys(Form, dict.fromkeys(Source, 1.0)),
    min_groups=2,
    max_ngrams=3000,
    ngram_c=20.0,
    embedding_c=5.0,
    material_c=20.0,
    second_c=5.0,
    max_iterations=12,
    secondary_weight=0.3,
    priors={},
    unnamed_share=0.0,
    unnamed_measured_share=0.0,
    folds=2,
    policy=Policy(
        alpha={"HRSS": 0.05, "MEDICAL": 0.05},
        second_from=0.5,
        material_from=0.4,
        skip_embedding_from=2.0,
        max_embedded_segments=3,
    ),
)


class KeywordClassifier:
    """Counts the table's words; one kind of word alone is accepted, anything else goes to a person."""

    artifact = "keywords@fake"

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        return [self._classified(text) for text in texts]

    def _classified(self, text: str) -> Classification:
        words = {name: (name, *kind.said_as) for name, kind in insurance_types().items() if name != _OTHER}
        found = {name: [word for word in said if word in text] for name, said in words.items()}
        mass = np.array(
            [len(found.get(name, ())) + (0.5 if name == _OTHER else 0.01) for name in insurance_types()]
        )
        probabilities = mass / mass.sum()
        labels = tuple(insurance_types())
        order = np.argsort(-probabilities, kind="stable")
        best = labels[order[0]]
        accepted = probabilities.max() > 0.6 and best != _OTHER
        material = next(
            (m.name for m in material_types().values() if m.name in text and m.insurance == best), None
        )
        return Classification(
            insurance_type=best,
            labels=tuple(LabelProbability(labels[i], float(probabilities[i])) for i in order),
            prediction_set=(best,) if accepted else tuple(labels[i] for i in order[:2]),
            decision=Decision.ACCEPTED if accepted else Decision.NEEDS_REVIEW,
            material_type=material,
            material_probability=float(probabilities.max()) if material else 0.0,
            evidence=tuple(found.get(best, ())[:5]),
            artifact=self.artifact,
        )


@cache
def small_artefact() -> Path:
    """Return a folder with a classifier trained in seconds on few texts; made once per test process."""
    folder = Path(mkdtemp(prefix="chadang-classifier-")) / "small"
    fit(SMALL_RUN, BigramEmbedder(), folder)
    return folder


@cache
def small_classifier() -> LinearClassifier:
    """Return the small trained classifier, read back from disk."""
    return load_classifier(small_artefact(), BigramEmbedder())
