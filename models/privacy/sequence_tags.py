"""Tags of the sequence model (BIOES for each kind), and spans from their probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.privacy.detections import DetectionKind

KINDS = (
    DetectionKind.PERSON,
    DetectionKind.BIRTH_DATE,
    DetectionKind.ADDRESS,
    DetectionKind.DIAGNOSIS,
)
"""The order is that of the trained artefact."""
TAGS = 1 + 4 * len(KINDS)
OUTSIDE = 0
_BEGIN, _INSIDE, _END, _SINGLE = range(4)
_SURELY_OUTSIDE = 0.97
_NEVER = -1e9

Probabilities = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Guess:
    """One span; ``probability`` 0–1 is the geometric mean over its characters."""

    start: int
    end: int
    kind: DetectionKind
    probability: float


def tags_of(length: int, spans: Iterable[tuple[int, int, DetectionKind]]) -> Numbers:
    """Return the tag number of every character; kinds that are not tagged count as outside."""
    tags = np.zeros(length, dtype=np.int64)
    for start, end, kind in spans:
        if kind not in KINDS or end > length:
            continue
        base = 1 + 4 * KINDS.index(kind)
        if end - start == 1:
            tags[start] = base + _SINGLE
            continue
        tags[start], tags[end - 1] = base + _BEGIN, base + _END
        tags[start + 1 : end - 1] = base + _INSIDE
    return tags


def guesses(probabilities: Probabilities, outside: float = 1.0) -> list[Guess]:
    """Return the spans of the likeliest legal tag path, in order.

    Args:
        probabilities: float32 (characters, `TAGS`), rows sum to 1.
        outside: weight of the tag outside; below 1 more is found.
    """
    regions = _regions(probabilities[:, OUTSIDE] < _SURELY_OUTSIDE)
    if not regions:
        return []
    logs = np.log(np.maximum(probabilities, 1e-9))
    weighted = logs.copy()
    weighted[:, OUTSIDE] += np.log(outside)
    lengths = np.array([end - start for start, end in regions], dtype=np.int64)
    rows = np.full((len(regions), int(lengths.max()), TAGS), 0.0, dtype=np.float32)
    for row, (start, end) in enumerate(regions):
        rows[row, : end - start] = weighted[start:end]
    paths = _likeliest(rows, lengths)
    return [
        Guess(start + a, start + b, kind, float(np.exp(logs[range(start + a, start + b), path[a:b]].mean())))
        for (start, end), path in zip(regions, paths, strict=True)
        for a, b, kind in _spans(path[: end - start])
    ]


def _regions(live: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the runs of characters that may belong to a span."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], live.view(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _legal() -> npt.NDArray[np.float32]:
    """Return 0 where one tag may follow another, else a very low number; shape (`TAGS`, `TAGS`)."""
    table = np.full((TAGS, TAGS), _NEVER, dtype=np.float32)
    closes = [OUTSIDE, *(1 + 4 * k + part for k in range(len(KINDS)) for part in (_END, _SINGLE))]
    opens = [OUTSIDE, *(1 + 4 * k + part for k in range(len(KINDS)) for part in (_BEGIN, _SINGLE))]
    table[np.ix_(closes, opens)] = 0.0
    for k in range(len(KINDS)):
        base = 1 + 4 * k
        table[np.ix_([base + _BEGIN, base + _INSIDE], [base + _INSIDE, base + _END])] = 0.0
    return table


_LEGAL = _legal()
_MAY_OPEN, _MAY_CLOSE = _LEGAL[OUTSIDE], _LEGAL[:, OUTSIDE]


def _likeliest(rows: npt.NDArray[np.float32], lengths: Numbers) -> Numbers:
    """Return the best legal path of each row; what lies behind a row's length is void."""
    count, longest, _ = rows.shape
    pointers = np.zeros((longest, count, TAGS), dtype=np.int64)
    score = rows[:, 0] + _MAY_OPEN
    for t in range(1, longest):
        paths = score[:, :, None] + _LEGAL[None]
        best = paths.argmax(axis=1)
        step = np.take_along_axis(paths, best[:, None, :], axis=1)[:, 0] + rows[:, t]
        live = (lengths > t)[:, None]
        pointers[t] = np.where(live, best, np.arange(TAGS))
        score = np.where(live, step, score)
    tags = np.zeros((count, longest), dtype=np.int64)
    tags[:, -1] = (score + _MAY_CLOSE).argmax(axis=1)
    index = np.arange(count)
    for t in range(longest - 1, 0, -1):
        tags[:, t - 1] = pointers[t, index, tags[:, t]]
    return tags


def _spans(path: Numbers) -> Iterator[tuple[int, int, DetectionKind]]:
    start = 0
    for i, tag in enumerate(path.tolist()):
        if tag == OUTSIDE:
            continue
        part = (tag - 1) % 4
        if part in {_BEGIN, _SINGLE}:
            start = i
        if part in {_END, _SINGLE}:
            yield start, i + 1, KINDS[(tag - 1) // 4]
