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
    scores = np.empty((longest, rows, tags), dtype=np.float32)
    scores[0] = emissions[:, 0]
    finished = np.searchsorted(lengths, np.arange(longest), side="right").tolist()
    for t in range(1, longest):
        done = finished[t]
        scores[t, :done] = scores[t - 1, :done]
        scores[t, done:] = _best_before(scores[t - 1, done:], transitions) + emissions[done:, t]
    labels = np.zeros((rows, longest), dtype=np.int64)
    labels[:, -1] = scores[-1].argmax(axis=1)
    # Where a tag came from is asked for the best path alone; a finished row keeps its last tag.
    for t in range(longest - 1, 0, -1):
        at = labels[:, t]
        before = (scores[t - 1] + into[at]).argmax(axis=1)
        labels[:, t - 1] = np.where(lengths > t, before, at)
    return labels


def _best_before(scores: Scores, transitions: Scores) -> Scores:
    """Return for each row and tag the best sum of a score and the transition from its tag.

    A tag that lies behind the best by more than all transitions differ comes before no tag: where that is so
    for all tags but one, only that one is looked at.
    """
    first = scores.argmax(axis=1)
    top = scores[np.arange(len(scores)), first]
    best: Scores = transitions[first] + top[:, None]
    range_ = transitions.max() - transitions.min() + _ROUNDING
    open_ = np.flatnonzero(np.count_nonzero(scores >= (top - range_)[:, None], axis=1) > 1)
    if len(open_):
        best[open_] = (scores[open_][:, :, None] + transitions).max(axis=1)
    return best
