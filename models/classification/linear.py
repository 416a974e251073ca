"""The classifier: character n-grams and an embedding, each with a linear head, and the nerve to abstain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.archive.taxonomy import insurance_types, material_types
from models.classification.conformal import Form, Levels, form_of, label_set
from models.classification.evidence import phrases_for
from models.classification.heads import Scores, alone, chances, fused, softmax
from models.classification.legibility import MAX_CHARACTERS, is_legible
from models.classification.meaning import TextEmbedder, mean_vectors
from models.classification.ngrams import Sparse
from models.classification.parameters import NO_MATERIAL, Heads, Parameters, Policy, read_parameters
from models.classification.results import Classification, Decision, LabelProbability
from models.classification.segments import segments_of, spread

_OTHER = "其他"
_ILLEGIBLE_OTHER = 0.4  # an illegible text is more likely none of ours, and nobody should rely on it
_SAMPLED_SEGMENTS = 400  # of a text too long to be one record


@dataclass(frozen=True, slots=True)
class _Features:
    """What is known of one text; ``vector`` is centred and stays None where the n-grams suffice."""

    text: str
    form: Form
    row: Sparse
    vector: NDArray[np.float32] | None

    def scores(self, heads: Heads) -> Scores:
        said = heads.ngrams.of_sparse(self.row)
        if self.vector is None:
            return alone(said, heads.scales)
        meant = heads.embedding.of_dense(self.vector[None, :])[0]
        return fused(said, meant, heads.scales)


class LinearClassifier:
    """Classifies masked texts; immutable and safe to share between threads if its embedder is."""

    def __init__(
        self,
        parameters: Parameters,
        artifact: str,
        embedder: TextEmbedder | None,
        levels: Levels | None = None,
    ) -> None:
        """See `load_classifier`; ``levels`` replace those the artefact was made with."""
        self._parameters = parameters
        self._embedder = embedder
        self._artifact = artifact if embedder else f"{artifact}+ngrams-only"
        self._levels = levels or parameters.policy.levels
        self._conformity = parameters.cascade_conformity if embedder else parameters.ngram_conformity
        self._materials_of = {
            insurance: np.array(
                [
                    i
                    for i, name in enumerate(parameters.material.labels)
                    if name == NO_MATERIAL or material_types()[name].insurance == insurance
                ]
            )
            for insurance in insurance_types()
        }

    @property
    def artifact(self) -> str:
        """Id of the artefact; ends in ``+ngrams-only`` where no matching embedder was at hand."""
        return self._artifact

    @property
    def policy(self) -> Policy:
        """The thresholds in force."""
        return self._parameters.policy

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """Return one classification per text, in order. An illegible text is NEEDS_REVIEW, never an error."""
        known = self._parameters.ngram_space.columns
        legible = [i for i, text in enumerate(texts) if is_legible(text, known)]
        features = dict(zip(legible, self._features([texts[i] for i in legible]), strict=True))
        return [
            self._judged(features[i], too_long=len(texts[i]) > MAX_CHARACTERS)
            if i in features
            else self._illegible()
            for i in range(len(texts))
        ]

    def share_embedded(self, texts: Sequence[str]) -> float:
        """Return the share 0–1 of ``texts`` that the cascade would embed."""
        doubtful = self._doubtful([self._unembedded(text) for text in texts])
        return len(doubtful) / max(1, len(texts)) if self._embedder else 0.0

    def _features(self, texts: Sequence[str]) -> list[_Features]:
        features = [self._unembedded(text) for text in texts]
        if self._embedder is None:
            return features
        doubtful = self._doubtful(features)
        pieces = self.policy.max_embedded_segments
        vectors = mean_vectors([features[i].text for i in doubtful], self._embedder, pieces)
        for i, vector in zip(doubtful, vectors - self._parameters.embedding_mean, strict=True):
            features[i] = _Features(features[i].text, features[i].form, features[i].row, vector)
        return features

    def _unembedded(self, text: str) -> _Features:
        text = _sampled(text)
        return _Features(text, form_of(text), self._parameters.ngram_space.row(text), None)

    def _doubtful(self, features: Sequence[_Features]) -> list[int]:
        heads, sure = self._parameters.insurance, self.policy.skip_embedding_from
        return [i for i, f in enumerate(features) if softmax(f.scores(heads[f.form])).max() < sure]

    def _judged(self, features: _Features, *, too_long: bool) -> Classification:
        heads = self._parameters.insurance[features.form]
        probabilities = softmax(features.scores(heads))
        best = int(probabilities.argmax())
        p_values = self._conformity.p_values(probabilities, features.form)
        found = label_set(heads.labels, probabilities, p_values, self._levels, self._also(features))
        material, material_probability = self._material(features, heads.labels[best])
        material_probability *= float(probabilities[best])
        return Classification(
            insurance_type=heads.labels[best],
            labels=_ranked(heads.labels, probabilities),
            prediction_set=found.labels,
            decision=Decision.ACCEPTED if found.certain and not too_long else Decision.NEEDS_REVIEW,
            material_type=material if material_probability >= self.policy.material_from else None,
            material_probability=material_probability if material else 0.0,
            evidence=phrases_for(best, features.text, self._parameters.ngram_space, heads.ngrams),
            artifact=self._artifact,
        )

    def _also(self, features: _Features) -> list[str]:
        """Return the insurances that the text speaks of by themselves, whichever comes first."""
        said = chances(self._parameters.second.of_sparse(features.row))
        labels = self._parameters.insurance[features.form].labels
        return [
            label for label, chance in zip(labels, said, strict=True) if chance >= self.policy.second_from
        ]

    def _material(self, features: _Features, insurance: str) -> tuple[str | None, float]:
        """Return the likeliest material under ``insurance`` and its probability given the insurance."""
        among = self._materials_of[insurance]
        heads = self._parameters.material
        probabilities = softmax(features.scores(heads)[among])
        best = int(probabilities.argmax())
        name = heads.labels[among[best]]
        return (name, float(probabilities[best])) if name != NO_MATERIAL else (None, 0.0)

    def _illegible(self) -> Classification:
        labels = tuple(insurance_types())
        rest = (1.0 - _ILLEGIBLE_OTHER) / (len(labels) - 1)
        ranked = _ranked(labels, np.array([_ILLEGIBLE_OTHER if name == _OTHER else rest for name in labels]))
        return Classification(
            insurance_type=ranked[0].label,
            labels=ranked,
            prediction_set=tuple(item.label for item in ranked),
            decision=Decision.NEEDS_REVIEW,
            material_type=None,
            material_probability=0.0,
            evidence=(),
            artifact=self._artifact,
        )


def load_classifier(
    folder: Path, embedder: TextEmbedder | None = None, levels: Levels | None = None
) -> LinearClassifier:
    """Verify and load a trained classifier.

    Args:
        folder: holds ``manifest.json``, arrays and words.
        embedder: used where its space is the one trained in. Without one, or with one of another space,
            the n-grams decide alone (calibrated for that) and ``artifact`` says so.
        levels: shares of texts of each line whose right label may be missing from the prediction set; those
            of the artefact where None.

    Raises:
        ArtifactTampered: a file is missing or differs from the manifest.
    """
    parameters, manifest = read_parameters(folder)
    matching = embedder if embedder is not None and embedder.space == parameters.space else None
    return LinearClassifier(parameters, f"{manifest.version}@{manifest.digest[:12]}", matching, levels)


def _ranked(labels: Sequence[str], probabilities: Scores) -> tuple[LabelProbability, ...]:
    order = np.argsort(-probabilities, kind="stable")
    return tuple(LabelProbability(labels[i], float(probabilities[i])) for i in order)


def _sampled(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    return "".join(spread(segments_of(text), _SAMPLED_SEGMENTS))
