"""Tags of the sequence model (BIOES for each kind), and spans from their probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.privacy.detections import DetectionKind

NUMBERS = (
    DetectionKind.RESIDENT_ID,
    DetectionKind.PHONE,
    DetectionKind.BANK_CARD,
    DetectionKind.SSC_CARD,
    DetectionKind.PERSON_NO,
    DetectionKind.OTHER_CERT,
    DetectionKind.PASSPORT,
    DetectionKind.USCC,
    DetectionKind.EMAIL,
    DetectionKind.PLATE,
)
WORDS = (
    DetectionKind.PERSON,
    DetectionKind.BIRTH_DATE,
    DetectionKind.ADDRESS,
    DetectionKind.DIAGNOSIS,
)
KINDS = (*WORDS, *NUMBERS)
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


def probability_of(kinds: Iterable[DetectionKind], probabilities: Probabilities) -> Probabilities:
    """Return for each character the probability that it belongs to a span of one of ``kinds``."""
    bases = [1 + 4 * KINDS.index(kind) for kind in kinds]
    share: Probabilities = probabilities[:, [base + part for base in bases for part in range(4)]].sum(axis=1)
    return share


def guesses(probabilities: Probabilities, outside: float = 1.0) -> list[Guess]:
    """Return the spans of the likeliest legal tag path, in order.

    Args:
        probabilities: float32 (characters, `TAGS`), rows sum to 1.
        outside: weight of the tag outside; below 1 more is found.
    """
    logs = np.log(np.maximum(probabilities, 1e-9))
    weighted = logs.copy()
    weighted[:, OUTSIDE] += np.log(outside)
    path = _path(weighted, probabilities[:, OUTSIDE] < _SURELY_OUTSIDE)
    chosen = logs[np.arange(len(path)), path]
    return [Guess(a, b, kind, float(np.exp(chosen[a:b].mean()))) for a, b, kind in _spans(path)]


def _path(weighted: Probabilities, live: npt.NDArray[np.bool_]) -> Numbers:
    """Return the likeliest legal path; where the best tag of every character makes one, that is it."""
    path = np.where(live, weighted.argmax(axis=1), OUTSIDE)
    around = np.concatenate(([OUTSIDE], path, [OUTSIDE]))
    faults = np.flatnonzero(_LEGAL[around[:-1], around[1:]] < 0)
    if len(faults):
        starts, ends = _regions(live)
        at = np.unique(np.searchsorted(starts, faults, side="right") - 1)
        for start, end in zip(starts[at].tolist(), ends[at].tolist(), strict=True):
            path[start:end] = _likeliest(weighted[start:end])
    return path


def _regions(live: npt.NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Return starts and ends of the runs of characters that may belong to a span."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], live.view(np.int8), [0]))))
    return edges[::2], edges[1::2]


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
_LEGAL_FROM = np.ascontiguousarray(_LEGAL.T)
_MAY_OPEN, _MAY_CLOSE = _LEGAL[OUTSIDE], _LEGAL[:, OUTSIDE]


def _likeliest(rows: Probabilities) -> Numbers:
    """Return the best legal path of one run."""
    pointers = np.zeros(rows.shape, dtype=np.int64)
    score = rows[0] + _MAY_OPEN
    for t in range(1, len(rows)):
        paths = score + _LEGAL_FROM
        pointers[t] = paths.argmax(axis=1)
        score = paths.max(axis=1) + rows[t]
    tags = np.zeros(len(rows), dtype=np.int64)
    tags[-1] = (score + _MAY_CLOSE).argmax()
    for t in range(len(rows) - 1, 0, -1):
        tags[t - 1] = pointers[t, tags[t]]
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
