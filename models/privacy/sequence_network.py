"""One trained network of the sequence model: verified files in, tag probabilities of a reading out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from models.artifacts import Manifest, verify
from models.errors import ArtifactTampered, ModelUnavailable
from models.privacy.lac import WordTags
from models.privacy.layout import Reading
from models.privacy.sequence_features import (
    CHARACTERS,
    FIELD_LABELS,
    PAIR_HASHES,
    WORDS,
    Numbers,
    Vocabulary,
    piece_rows,
    stretches,
)
from models.privacy.sequence_tags import TAGS, Probabilities

KIND = "privacy-sequence"
MODEL_FILE, ALPHABET_FILE, PIECES_FILE = "model.onnx", "alphabet.txt", "pieces.json"
_BLOCK = 16_384
"""Characters whose features and probabilities are held at a time."""
_WINDOW = 240
"""Most characters that the network tags in one run."""
_CONTEXT = 8
"""Characters on either side that it sees besides."""


class SequenceNetwork:
    """The network of one verified folder. Build with `load`."""

    def __init__(self, session: Any, vocabulary: Vocabulary, manifest: Manifest) -> None:
        self._session = session
        self._vocabulary = vocabulary
        self.version = manifest.version

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> SequenceNetwork:
        """Load the network in ``folder`` after its files were checked.

        Raises:
            ArtifactTampered: a file is missing or differs from the manifest, or it is another kind of model.
            ModelUnavailable: there is no such folder, or onnxruntime is missing.
        """
        if not folder.is_dir():
            raise ModelUnavailable("个人信息序列模型不存在")
        manifest = verify(folder)
        if manifest.kind != KIND:
            raise ArtifactTampered(f"{folder.name} 不是个人信息序列模型")
        try:
            import onnxruntime as ort

            options = ort.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            options.enable_cpu_mem_arena = False  # windows are small; the arena would only keep the largest
            session = ort.InferenceSession(
                str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
            )
        except (ImportError, RuntimeError) as error:
            raise ModelUnavailable("个人信息序列模型无法加载") from error
        return cls(session, read_vocabulary(folder), manifest)

    def blocks(self, reading: Reading, words: WordTags) -> Iterator[tuple[int, Probabilities]]:
        """Yield where a stretch starts and its probabilities; memory does not grow with the text.

        ``words`` has one tag for each character. A reading has the same stretches in every network.
        """
        for first, last in stretches(reading.text, _BLOCK):
            start, end = max(0, first - _CONTEXT), min(len(reading.text), last + _CONTEXT)
            rows = self._vocabulary.rows(reading, words, start, end)
            yield first, self._probabilities(reading.text[first:last], rows, first - start)

    def _probabilities(self, text: str, rows: Numbers, before: int) -> Probabilities:
        """Return the probabilities of ``text``, which begins at row ``before``."""
        out = np.empty((len(text), TAGS), dtype=np.float32)
        for start, end in stretches(text, _WINDOW):
            first, last = max(0, before + start - _CONTEXT), before + end + _CONTEXT
            made = self._run(rows[:, first:last])
            offset = before + start - first
            out[start:end] = made[offset : offset + end - start]
        return out

    def _run(self, rows: Numbers) -> Probabilities:
        of_pieces = piece_rows(rows)
        feed = {
            "characters": rows[None, CHARACTERS],
            "pairs": rows[None, PAIR_HASHES],
            "words": rows[None, WORDS],
            "labels": rows[None, FIELD_LABELS],
            "pieces": of_pieces.pieces[None],
            "piece_labels": of_pieces.labels[None],
            "piece_of": of_pieces.piece_of,
        }
        (made,) = self._session.run(["probabilities"], feed)
        probabilities: Probabilities = made[0]
        return probabilities


def read_vocabulary(folder: Path) -> Vocabulary:
    """Return the vocabulary of a verified folder."""
    pieces = json.loads((folder / PIECES_FILE).read_text("utf-8"))
    return Vocabulary((folder / ALPHABET_FILE).read_bytes().decode("utf-8"), pieces)
