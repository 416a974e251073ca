"""The likeliest path of tags through the scores of a model, for a batch of texts at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_ROUNDING = 0.01
"""More than scores of a text can lose by rounding."""

Tags = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


def best_paths(emissions: Scores, transitions: Scores, lengths: Tags) -> Tags:
    """Return the best tag path of each row; shape (rows, longest), what lies behind a row's length is void.

    Args:
        emissions: float32 (rows, longest, tags).
        transitions: float32 (tags, tags), from row to column.
        lengths: characters of each row, at least 1, in rising order.
    """
    rows, longest, tags = emissions.shape
    into = np.ascontiguousarray(transitions.T)
    reach = transitions.max() - transitions.min() + _ROUNDING
    scores = np.empty((longest, rows, tags), dtype=np.float32)
    scores[0] = emissions[:, 0]
    finished = np.searchsorted(lengths, np.arange(longest), side="right").tolist()
    for t in range(1, longest):
        done = finished[t]
        scores[t, :done] = scores[t - 1, :done]
        scores[t, done:] = _best_before(scores[t - 1, done:], transitions, reach) + emissions[done:, t]
    labels = np.zeros((rows, longest), dtype=np.int64)
    labels[:, -1] = scores[-1].argmax(axis=1)
    # Where a tag came from is asked for the best path alone; a finished row keeps its last tag.
    for t in range(longest - 1, 0, -1):
        at = labels[:, t]
        before = (scores[t - 1] + into[at]).argmax(axis=1)
        labels[:, t - 1] = np.where(lengths > t, before, at)
    return labels


def _best_before(scores: Scores, transitions: Scores, reach: np.float32) -> Scores:
    """Return for each row and tag the best sum of a score and the transition from its tag.

    A tag that lies behind the best by more than ``reach``, the most by which transitions differ, comes before
    no tag: only the others, one or two of a row as a rule, are looked at.
    """
    rows, tags = (scores >= (scores.max(axis=1) - reach)[:, None]).nonzero()
    sums = transitions[tags]
    sums += scores[rows, tags][:, None]
    starts = rows.searchsorted(np.arange(len(scores)))
    best: Scores = np.maximum.reduceat(sums, starts)
    return best
