"""What heads say of texts they were not fitted on: the base of scales and of prediction sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.classification.conformal import Form, Known, form_of
from models.classification.heads import Head, Scales, Scores, alone, fused, softmax
from training.calibrate import fitted_scales
from training.dataset import Example, Source
from training.rows import Rows, scores_of

Fitting = Callable[[Rows], tuple[Head, Head]]


@dataclass(frozen=True, slots=True)
class Unseen:
    """Scores by heads that never saw the example, row by row; both of shape (n, labels)."""

    examples: Sequence[Example]
    ngrams: Scores
    embedding: Scores
    truth: NDArray[np.int64]

    def where(self, wanted: Callable[[Example], bool]) -> Unseen:
        """Return the rows whose example is wanted."""
        keep = np.array([wanted(e) for e in self.examples], dtype=bool)
        kept = [e for e, k in zip(self.examples, keep, strict=True) if k]
        return Unseen(kept, self.ngrams[keep], self.embedding[keep], self.truth[keep])


def cross_scored(
    rows: Rows, fitting: Fitting, truth: Sequence[int], count: int, folds: Sequence[int]
) -> Unseen:
    """Return scores of the ``folds`` of ``rows``, of ``count`` in all, each by heads fitted on all others."""
    fold_of = [e.fold(count) for e in rows.examples]
    parts = []
    for fold in folds:
        inside = [i for i, f in enumerate(fold_of) if f == fold]
        heads = fitting(rows.at([i for i, f in enumerate(fold_of) if f != fold]).taught())
        unseen = rows.at(inside)
        numbers = np.array([truth[i] for i in inside], dtype=np.int64)
        parts.append(Unseen(unseen.examples, *scores_of(unseen, *heads), numbers))
    return Unseen(
        [e for part in parts for e in part.examples],
        np.concatenate([part.ngrams for part in parts]),
        np.concatenate([part.embedding for part in parts]),
        np.concatenate([part.truth for part in parts]),
    )


def speaks_for(example: Example, form: Form) -> bool:
    """Say whether an example is like what comes in that form.

    Generated documents are far too easy, and reviewed ones too hard: people got to see them for being so.
    """
    if form_of(example.text) is not form or example.source in {Source.DOCUMENT, Source.REVIEWED}:
        return False
    return form is Form.LONG or example.source is Source.WRITTEN


def balanced_scales(unseen: Unseen) -> Scales:
    """Return the scales that fit the texts best, every label counting alike."""
    counts = np.bincount(unseen.truth, minlength=unseen.ngrams.shape[1])
    return fitted_scales(unseen.ngrams, unseen.embedding, unseen.truth, 1.0 / counts[unseen.truth])


def known_of(unseen: Unseen, scales: Scales, sure: float) -> tuple[tuple[Known, ...], tuple[Known, ...]]:
    """Return what the cascade and what the n-grams alone give the right label of unseen texts, by label.

    ``sure``: probability from which the cascade leaves out the embedding.
    """
    by_ngrams = softmax(alone(unseen.ngrams, scales))
    by_both = softmax(fused(unseen.ngrams, unseen.embedding, scales))
    doubtful = by_ngrams.max(axis=1) < sure
    cascade = np.where(doubtful[:, None], by_both, by_ngrams)
    return _of_truth(cascade, unseen.truth), _of_truth(by_ngrams, unseen.truth)


def _of_truth(probabilities: Scores, truth: NDArray[np.int64]) -> tuple[Known, ...]:
    given = probabilities[np.arange(len(truth)), truth].astype(np.float32)
    return tuple(np.sort(given[truth == label]) for label in range(probabilities.shape[1]))
