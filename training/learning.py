"""Vocabulary, matrix and linear heads learnt from examples; the only user of scikit-learn here."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.classification.heads import Head
from models.classification.ngrams import NgramSpace, ngrams, plain
from training.dataset import Example

_ABSENT_BIAS = -30.0


def vocabulary_of(examples: Sequence[Example], min_groups: int, max_ngrams: int) -> NgramSpace:
    """Return the n-grams that occur in at least ``min_groups`` origins, the most frequent first to stay.

    Counting origins rather than texts keeps out what only one template or one case says.
    Idf is ln((1 + n) / (1 + df)) + 1 over texts (the smoothed form of scikit-learn).
    """
    documents: Counter[str] = Counter()
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for example in examples:
        for gram in set(ngrams(plain(example.text))):
            documents[gram] += 1
            if len(groups[gram]) < min_groups:
                groups[gram].add(example.origin)
    known = [gram for gram, where in groups.items() if len(where) >= min_groups and gram.strip()]
    kept = sorted(sorted(known, key=lambda gram: (-documents[gram], gram))[:max_ngrams])
    counts = np.array([documents[gram] for gram in kept], dtype=np.float64)
    idf = np.log((1 + len(examples)) / (1 + counts)) + 1
    return NgramSpace({gram: column for column, gram in enumerate(kept)}, idf.astype(np.float32))


def matrix_of(texts: Sequence[str], space: NgramSpace) -> Any:
    """Return the rows of ``texts`` as one CSR matrix, float32 (n, columns)."""
    from scipy.sparse import csr_matrix

    rows = [space.row(text) for text in texts]
    ends = np.cumsum([0, *(len(where) for where, _ in rows)])
    where = np.concatenate([w for w, _ in rows]) if rows else np.zeros(0, dtype=np.int64)
    values = np.concatenate([v for _, v in rows]) if rows else np.zeros(0, dtype=np.float32)
    return csr_matrix((values, where, ends), shape=(len(rows), len(space.columns)), dtype=np.float32)


def fitted_head(
    rows: Any,
    truth: NDArray[np.int64],
    weights: NDArray[np.float64],
    *,
    priors: NDArray[np.float64],
    c: float,
    max_iterations: int,
) -> Head:
    """Return a multinomial logistic regression as a head.

    Args:
        rows: (n, features), dense or CSR.
        truth: label numbers below ``labels``, shape (n,); one that never occurs is never predicted.
        weights: of the examples within their label, shape (n,).
        priors: what each label weighs in all, relative to the others, shape (labels,).
        c: inverse of the L2 strength.
        max_iterations: of the solver.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    labels = len(priors)
    counts = np.bincount(truth, weights=weights, minlength=labels)
    balanced = weights * priors[truth] * (weights.sum() / len(set(truth.tolist()))) / counts[truth]
    model = LogisticRegression(C=c, max_iter=max_iterations, tol=1e-3)
    with warnings.catch_warnings():
        # Stopping early is meant: the scales are calibrated afterwards anyway.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows, truth, sample_weight=balanced)
    kernel = np.zeros((rows.shape[1], labels), dtype=np.float32)
    bias = np.full(labels, _ABSENT_BIAS, dtype=np.float32)
    coefficients, intercept = _per_class(model)
    kernel[:, model.classes_] = coefficients.T
    bias[model.classes_] = intercept
    return Head(kernel, bias)


def fitted_seconds(
    rows: Any, applies: NDArray[np.bool_], weights: NDArray[np.float64], c: float, max_iterations: int
) -> Head:
    """Return one logistic regression a label, each by itself; ``applies`` is bool (n, labels)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    kernel = np.zeros((rows.shape[1], applies.shape[1]), dtype=np.float32)
    bias = np.full(applies.shape[1], _ABSENT_BIAS, dtype=np.float32)
    for label, column in enumerate(applies.T):
        if column.any():
            model = LogisticRegression(C=c, max_iter=max_iterations, tol=1e-3)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.fit(rows, column, sample_weight=weights)
            kernel[:, label], bias[label] = model.coef_[0], model.intercept_[0]
    return Head(kernel, bias)


def _per_class(model: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give two classes a row each: scikit-learn keeps one for both."""
    coefficients, intercept = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        return np.vstack([-coefficients, coefficients]) / 2, np.concatenate([-intercept, intercept]) / 2
    return coefficients, intercept
