"""How the frozen partition of the built-in embedding space was made.

    chadang-train partition --corpus FILE.jsonl

Statute articles (outside copyright, Copyright Law of the PRC, article 5) and papers of a made-up
archive, cut and masked as the index sees them, are embedded and clustered. A centroid is a mean over
many passages, so no sentence is carried over. The same input gives the same bytes on one machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from indexer.chunking import chunk_spans
from models.embedding.partition import Partition, save_partition
from models.embedding.space import Embedder, EmbeddingSpace, Vectors
from models.privacy.detections import Detection
from models.privacy.masking import mask, profile
from training.privacy_dataset import statutes
from training.synthetic.documents import generate

LISTS = 512
LAW_PASSAGES = 10_000
ARCHIVE_DOCUMENTS = 2_500
SEED = 20261130
_ROUNDS = 12
_MARGIN = 0.1
"""Part of the range of the reference added on each side, for values it did not happen to hold."""
_STRAYS = 0.02
"""Part of the reference that would itself be stray."""
_QUESTIONS = 400
"""Vectors of the reference put as questions to all of it, to measure the spread."""


def fit_partition(reference: Vectors, lists: int, seed: int) -> Partition:
    """Cluster unit vectors on the sphere and measure how they lie around their centroids.

    Args:
        reference: float32, shape (n, dimension), n at least ``lists``; the order matters.
        lists: number of centroids, at most 32,767.
        seed: chooses the vectors to begin with.
    """
    centroids = _clustered(reference, lists, np.random.default_rng(seed))
    # Shipped as float16: round before anything is measured with them.
    centroids = centroids.astype(np.float16).astype(np.float32)
    of_each = (reference @ centroids.T).argmax(axis=1)
    cosines = (reference * centroids[of_each]).sum(axis=1)
    closeness = round(float(cosines.mean()), 4)
    stray_below = round(float(np.quantile(cosines, _STRAYS)), 4)
    low, high = reference.min(axis=0), reference.max(axis=0)
    margin = _MARGIN * np.maximum(high - low, 1e-3)
    spread = _spread(reference, centroids, of_each, closeness)
    return Partition(centroids, low - margin, high - low + 2 * margin, closeness, spread, stray_below)


def _clustered(reference: Vectors, lists: int, generator: np.random.Generator) -> Vectors:
    """Return unit centroids after some rounds of spherical k-means; an empty list keeps its centroid."""
    centroids: Vectors = reference[generator.choice(len(reference), lists, replace=False)].copy()
    for _ in range(_ROUNDS):
        nearest = (reference @ centroids.T).argmax(axis=1)
        sums = np.zeros_like(centroids, dtype=np.float64)
        np.add.at(sums, nearest, reference)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centroids = np.where(norms > 0, sums / np.maximum(norms, 1e-12), centroids).astype(np.float32)
    return centroids


def _spread(
    reference: Vectors,
    centroids: Vectors,
    of_each: np.ndarray[tuple[int], np.dtype[np.intp]],
    closeness: float,
) -> float:
    """Return the deviation of cosines from what the centroid says, in parts of the largest possible."""
    asked = reference[:: max(1, len(reference) // _QUESTIONS)]
    along = (asked @ centroids.T)[:, of_each]
    largest = (1 - closeness**2) * np.maximum(1 - along**2, 0)
    deviation = asked @ reference.T - closeness * along
    return round(float(np.sqrt((deviation**2).mean() / largest.mean())), 4)


def archive_passages(documents: int, seed: int) -> Iterator[str]:
    """Yield the chunks of generated documents in the index rendition, masked by their gold spans."""
    for document in generate(documents, seed):
        for page, spans in zip(document.pages, document.spans, strict=True):
            gold = [Detection(start, end, kind, 1.0, "gold") for start, end, kind in spans]
            for first, last in chunk_spans(page, gold):
                inside = [
                    Detection(d.start - first, d.end - first, d.kind, 1.0, "gold")
                    for d in gold
                    if first <= d.start and d.end <= last
                ]
                yield mask(page[first:last], inside, profile("index")).text


def law_passages(corpus: Path) -> Iterator[str]:
    """Yield the chunks of the statute articles in a passages file."""
    for law in statutes(corpus):
        for first, last in chunk_spans(law):
            yield law[first:last]


def reference_texts(corpus: Path) -> list[str]:
    """Return the passages to learn from, archive and statutes, drawn and ordered by `SEED`."""
    rng = random.Random(f"partition:{SEED}")
    laws = sorted(set(law_passages(corpus)))
    papers = sorted(set(archive_passages(ARCHIVE_DOCUMENTS, SEED)))
    texts = papers + rng.sample(laws, min(LAW_PASSAGES, len(laws)))
    rng.shuffle(texts)
    return texts


def write_partition(corpus: Path, embedder: Embedder, out: Path) -> Partition:
    """Embed the reference, learn the partition and write it with its provenance."""
    texts = reference_texts(corpus)
    return write_learnt(texts, embedder.embed_passages(texts), embedder.space, corpus, out)


def write_learnt(
    texts: Sequence[str], vectors: Vectors, space: EmbeddingSpace, corpus: Path, out: Path
) -> Partition:
    """Learn from embedded texts and write; see `write_partition`."""
    partition = fit_partition(vectors, LISTS, SEED)
    metadata: dict[str, object] = {
        "source": "Articles of Chinese statutes; papers of a made-up archive (training.synthetic)",
        "licence": "Laws and regulations are outside copyright; made-up papers are our own",
        "passages": len(texts),
        "seed": SEED,
        "reference_sha256": sha256("\n".join(texts).encode()).hexdigest(),
        "input_sha256": {"law_articles": sha256(corpus.read_bytes()).hexdigest()},
        "partition": partition.id,
    }
    save_partition(partition, out, space, metadata)
    return partition
