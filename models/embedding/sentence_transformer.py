"""The embedding adapter, on a processor, offline: the built-in model, or sentence-transformers for another.

The built-in model runs one text at a time: measured, that is faster than any batch (no padding, the
working set stays in the processor's cache: 20 against 10 texts/s at 512 characters), and since 8-bit
activations are scaled per run, it makes a vector independent of its neighbours. Several threads share
one single-threaded session, which beats the runtime's own threads and needs no further process.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np

from models.embedding.builtin_runner import load_builtin
from models.embedding.conversion import RELEASE, ensure_builtin, release_revision
from models.embedding.reference import read_reference_mean
from models.embedding.space import EmbeddingSpace, Vectors, unit_rows

DEFAULT_MODEL = "builtin:e5-small-zh"

_MAX_CHARACTERS = 8_192
"""Far beyond the 512 tokens that count; spares the tokenizer a text of many megabytes."""
_RELEVANCE_FLOOR = 0.45
"""Built-in model, centred: of 1,545 judged questions, 99 % have their best answer above it, while
questions put to files of another insurance stay below (docs/benchmarks.md)."""
_SLICE = 16
"""Most texts a thread takes at once: few enough that all end together and Ctrl-C is prompt."""

Encode = Callable[[Sequence[str]], Vectors]


class TextModel(Protocol):
    """A loaded model: texts to unit rows, shape (n, dimension), with its own prompts."""

    @property
    def dimension(self) -> int: ...

    @property
    def pooling(self) -> str: ...

    def encode_query(self, texts: Sequence[str]) -> Vectors: ...

    def encode_document(self, texts: Sequence[str]) -> Vectors: ...


class SentenceTransformerEmbedder:
    """An `Embedder` over one loaded model; safe to call from several threads."""

    def __init__(
        self,
        model: TextModel,
        space: EmbeddingSpace,
        *,
        threads: int,
        mean: Vectors | None = None,
    ) -> None:
        """Take a loaded model; see `load`.

        ``threads`` calls into ``model`` may run at once. ``mean``, shape (dimension,), is subtracted
        from every unit vector, which is then scaled again.
        """
        self._model = model
        self._space = space
        self._threads = threads
        self._mean = mean

    @classmethod
    def load(
        cls,
        model: str,
        cache: Path,
        threads: int = 1,
        report: Callable[[str], None] = lambda _: None,
    ) -> SentenceTransformerEmbedder:
        """Load a model by name.

        Args:
            model: `DEFAULT_MODEL`, a folder, or a hub id (then the hub or its mirror is asked).
            cache: where the built-in model is converted to on first use.
            threads: processor cores to use, at least 1.
            report: told in Chinese about steps that take time.

        Raises:
            ModelUnavailable: the weights cannot be found, converted or loaded.
            ArtifactTampered: the converted model differs from its manifest.
        """
        if model == DEFAULT_MODEL:
            return cls._builtin(ensure_builtin(cache, report), threads)
        from models.embedding.loading import NamedModel, load_named, revision_of

        loaded = load_named(model, threads)
        named = NamedModel(loaded)
        space = EmbeddingSpace(model, revision_of(model, loaded), named.dimension, named.pooling)
        return cls(named, space, threads=1)

    @classmethod
    def _builtin(cls, folder: Path, threads: int) -> SentenceTransformerEmbedder:
        runner = load_builtin(folder)
        mean = read_reference_mean(RELEASE)
        space = EmbeddingSpace(DEFAULT_MODEL, release_revision(), runner.dimension, runner.pooling)
        return cls(runner, space, threads=max(1, threads), mean=mean)

    @property
    def space(self) -> EmbeddingSpace:
        """The space of every vector this embedder returns."""
        return self._space

    @property
    def relevance_floor(self) -> float:
        """Known for the built-in model alone, whose vectors are centred."""
        return -1.0 if self._mean is None else _RELEVANCE_FLOOR

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, in order; what lies beyond 512 tokens does not count."""
        return self._embed(self._model.encode_document, texts)

    def embed_query(self, text: str) -> Vectors:
        """Return the unit vector of a question, shape (dimension,)."""
        row: Vectors = self._encode(self._model.encode_query, [text])[0]
        return row

    def embed_for_classification(self, texts: Sequence[str]) -> Vectors:
        """Return unit rows made with the query prompt, for comparing texts with each other."""
        return self._embed(self._model.encode_query, texts)

    def _embed(self, encode: Encode, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self._space.dimension), dtype=np.float32)
        # Longest first: the threads end together, and equal lengths share a batch.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        ordered = [texts[i] for i in order]
        alone = self._threads == 1
        step = len(texts) if alone else min(_SLICE, 1 + len(texts) // (4 * self._threads))
        slices = [ordered[at : at + step] for at in range(0, len(ordered), step)]
        rows = np.empty((len(texts), self._space.dimension), dtype=np.float32)
        rows[order] = np.concatenate(self._run(encode, slices))
        return rows

    def _run(self, encode: Encode, slices: list[list[str]]) -> list[Vectors]:
        if self._threads == 1 or len(slices) == 1:
            return [self._encode(encode, part) for part in slices]
        with ThreadPoolExecutor(self._threads, "embed") as pool:
            try:
                return list(pool.map(self._encode, itertools.repeat(encode), slices))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C: leave the rest undone
                raise

    def _encode(self, encode: Encode, texts: list[str]) -> Vectors:
        rows = encode([_encodable(text) for text in texts])
        if self._mean is not None:
            rows = unit_rows(rows - self._mean)
        return rows


def _encodable(text: str) -> str:
    """Cut a huge text and replace lone surrogates, which no tokenizer takes."""
    return text[:_MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
