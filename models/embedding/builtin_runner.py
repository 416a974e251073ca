"""Runs the built-in model: `tokenizers` and ONNX Runtime alone, no torch.

Loading sentence-transformers for one small ONNX file brought in torch, transformers, scikit-learn and
scipy: four seconds of processor time before the first answer of every command. The steps it takes for
this model are few and fixed, so they are taken here; a test holds both to the same vectors (ADR 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.embedding.layout import ENCODER_FILE, PROMPTS, TOKENIZER_FILE
from models.embedding.space import Vectors, unit_rows
from models.embedding.tokenizer import MAX_TOKENS
from models.errors import ModelUnavailable


class BuiltinRunner:
    """One single-threaded session and its tokenizer; may be called from several threads at once."""

    pooling = "mean"

    def __init__(self, encoder: Path, tokenizer: Path) -> None:
        """Load an encoder (ONNX) and its ``tokenizer.json``; any error of the libraries goes through."""
        import onnxruntime
        from tokenizers import Tokenizer  # type: ignore[import-untyped]

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(encoder), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        # Set once, before any thread is there: later calls only read.
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._session.get_outputs()[0].shape[-1])

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per question, shape (n, dimension), no mean subtracted."""
        return self.encode([PROMPTS["query"] + text for text in texts])

    def encode_document(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per passage, shape (n, dimension), no mean subtracted."""
        return self.encode([PROMPTS["passage"] + text for text in texts])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text as it stands, in order; no texts give shape (0, dimension)."""
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for at, text in enumerate(texts):
            rows[at] = self._mean_of(text)
        return unit_rows(rows)

    def _mean_of(self, text: str) -> Vectors:
        """Return the mean over the token vectors of one text, shape (dimension,).

        One text a run has no padding, so the mask is all ones and the plain mean is the masked one.
        """
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        (hidden,) = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        mean: Vectors = hidden[0].mean(axis=0, dtype=np.float32)
        return mean


def load_builtin(folder: Path) -> BuiltinRunner:
    """Load the built-in model from its verified folder.

    Raises:
        ModelUnavailable: a library is missing or does not take the files.
    """
    try:
        return BuiltinRunner(folder / ENCODER_FILE, folder / TOKENIZER_FILE)
    except Exception as error:  # the libraries raise bare exceptions of their own
        raise ModelUnavailable(
            f"无法加载内置语义模型 {folder}，软件包可能不配套，请按 constraints.txt 重新安装。"
        ) from error
