"""A frozen partition of an embedding space: where its lists lie, and how a component is coded.

Learnt from a published reference, never from an archive: centroids trained on documents would move
with documents nobody may see, and with them what a search finds. Everything here is a function of one
vector and the frozen numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.artifacts import read_manifest, verify, write_manifest
from models.embedding.space import EmbeddingSpace, Vectors
from models.errors import ArtifactTampered

KIND = "embedding-partition"
CENTROIDS_FILE, RANGES_FILE = "centroids.npy", "ranges.npy"
_WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
_SHIPPED = {"builtin:e5-small-zh": _WEIGHTS / "partition-e5-small-zh"}

_NEAR_TIE = 1e-4
"""More than twice what two float32 sums over 384 products of unit vectors can differ by."""
_ROWS_AT_ONCE = 16_384
CODES = 16
"""Steps of a code: half a byte a component."""
_CODED_RANGE = 0.6
"""Share of a component's range that is coded. The rest is reached by so few vectors that finer steps for all
others are worth more: .6 changed cosines least of .4 to 1 (deviation .0045 against .0068 for all of it)."""
DEVIATIONS = 5.5
"""Standard deviations allowed for in `Partition.reach`; measured in docs/benchmarks.md."""


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Lists of a space, one centroid each, and a last one of strays, which are near no centroid.

    ``centroids``: float32, shape (lists - 1, dimension), unit rows up to rounding. ``low``, ``width``:
    float32, shape (dimension,); components lie from ``low`` over ``width`` > 0. ``closeness``: usual
    cosine of a vector and its centroid, 0-1. ``spread``: standard deviation of the cosine of question and
    vector around what the centroid says, in parts of the largest possible. ``stray_below``: least cosine
    with a centroid of a vector that is no stray.
    """

    centroids: Vectors
    low: NDArray[np.float32]
    width: NDArray[np.float32]
    closeness: float
    spread: float
    stray_below: float
    id: str = field(init=False)

    def __post_init__(self) -> None:
        digest = sha256(repr((self.closeness, self.spread, self.stray_below)).encode())
        for numbers in (self.centroids, self.low, self.width):
            digest.update(np.ascontiguousarray(numbers, dtype="<f4").tobytes())
        object.__setattr__(self, "id", digest.hexdigest()[:16])

    @property
    def lists(self) -> int:
        return len(self.centroids) + 1

    @property
    def dimension(self) -> int:
        return int(self.centroids.shape[1])

    @property
    def steps(self) -> NDArray[np.float32]:
        """Return how wide a step of the code is in each component, float32, shape (dimension,)."""
        stepped: NDArray[np.float32] = self.width * np.float32(_CODED_RANGE / CODES)
        return stepped

    @property
    def levels(self) -> NDArray[np.float32]:
        """Return what each code stands for: the middle of its step, float32, shape (dimension, CODES)."""
        from_middle = np.arange(CODES, dtype=np.float32) - np.float32((CODES - 1) / 2)
        return (self.low + self.width / 2)[:, np.newaxis] + from_middle * self.steps[:, np.newaxis]

    @property
    def coarseness(self) -> float:
        """Return the standard deviation of what coding changes in a cosine with a unit vector."""
        return float(np.sqrt((self.steps.astype(np.float64) ** 2).mean() / 12))

    def coded(self, vectors: Vectors) -> NDArray[np.uint8]:
        """Return vectors of shape (…, dimension) in whole steps 0-15; what lies outside gets the last."""
        from_middle = (vectors - (self.low + self.width / 2)) / self.steps
        return np.clip(np.floor(from_middle) + CODES / 2, 0, CODES - 1).astype(np.uint8)

    def list_of(self, vectors: Vectors) -> NDArray[np.int16]:
        """Return the list of each vector, int16, shape (n,): that of the nearest centroid, or strays.

        A matrix product rounds a row differently in another company, so near ties are decided again,
        row by row. The list of a vector is then its own: no other row of the batch has a say in it.
        """
        found = np.empty(len(vectors), dtype=np.int16)
        for first in range(0, len(vectors), _ROWS_AT_ONCE):
            block = vectors[first : first + _ROWS_AT_ONCE]
            products = block @ self.centroids.T
            nearest, best = products.argmax(axis=1), products.max(axis=1)
            rivals = (products >= best[:, np.newaxis] - _NEAR_TIE).sum(axis=1) > 1
            for row in np.flatnonzero(rivals | (abs(best - self.stray_below) < _NEAR_TIE)):
                again = _products(self.centroids, block[row], np.float64)
                nearest[row], best[row] = again.argmax(), again.max()
            nearest[best < self.stray_below] = self.lists - 1
            found[first : first + len(block)] = nearest
        return found

    def similarities(self, query: Vectors) -> NDArray[np.float32]:
        """Return the inner product of one query with every centroid, float32, shape (lists,).

        Strays come last: they say nothing of what a good score is.
        """
        return np.append(_products(self.centroids, query, np.float32), -1.0).astype(np.float32)

    def reach(self, similarities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how well a vector of each list can match, but for about one in millions.

        Of a vector, ``closeness`` lies along its centroid and counts with the centroid's similarity.
        The rest is square to it and meets what of the query is square to it at a random angle. A stray
        may match any query.
        """
        along = np.clip(similarities, -1.0, 1.0)
        across = np.sqrt((1.0 - self.closeness**2) * (1.0 - along**2))
        reached: NDArray[np.float32] = along * self.closeness + DEVIATIONS * self.spread * across
        reached[-1] = np.inf
        return reached


def save_partition(
    partition: Partition, folder: Path, space: EmbeddingSpace, metadata: dict[str, object]
) -> None:
    """Write centroids (float16), ranges and manifest; the same partition gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / CENTROIDS_FILE, partition.centroids.astype("<f2"), allow_pickle=False)
    ranges = np.stack([partition.low, partition.width]).astype("<f4")
    np.save(folder / RANGES_FILE, ranges, allow_pickle=False)
    stated: dict[str, object] = {
        "model": space.model,
        "revision": space.revision,
        "closeness": partition.closeness,
        "spread": partition.spread,
        "stray_below": partition.stray_below,
        **metadata,
    }
    write_manifest(folder, kind=KIND, version="1", files=(CENTROIDS_FILE, RANGES_FILE), metadata=stated)


def load_partition(folder: Path) -> Partition:
    """Read and verify a partition.

    Raises:
        ArtifactTampered: a file is missing, differs from the manifest or is no partition.
    """
    manifest = verify(folder)
    try:
        centroids = np.load(folder / CENTROIDS_FILE, allow_pickle=False).astype(np.float32)
        low, width = np.load(folder / RANGES_FILE, allow_pickle=False).astype(np.float32)
        measured = [float(str(manifest.metadata[name])) for name in ("closeness", "spread", "stray_below")]
    except (OSError, ValueError, KeyError) as error:
        raise ArtifactTampered(f"向量分区目录 {folder} 无法读取，请重新安装本系统。") from error
    return Partition(centroids, low, width, *measured)


@cache
def shipped_partition(space: EmbeddingSpace) -> Partition | None:
    """Return the partition that comes with the service for exactly this space; None if there is none.

    Raises:
        ArtifactTampered: there is one and it is damaged.
    """
    folder = _SHIPPED.get(space.model)
    if folder is None or not folder.is_dir():
        return None
    stated = read_manifest(folder).metadata
    return load_partition(folder) if stated.get("revision") == space.revision else None


def _products(centroids: Vectors, vector: Vectors, precision: type[np.floating]) -> NDArray[np.floating]:
    """Return inner products summed the same way for every vector, on any number of threads."""
    summed: NDArray[np.floating] = (centroids.astype(precision) * vector.astype(precision)).sum(axis=1)
    return summed
