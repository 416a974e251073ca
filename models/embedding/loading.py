"""Loads a sentence-transformers model that a site named itself, from a folder or the hub."""

from __future__ import annotations

import logging
import socket
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies

import numpy as np

from models.embedding.space import Vectors
from models.errors import ModelUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_WHOLLY_HASHED_BYTES = 1 << 20
_REACH_TIMEOUT_S = 5.0
_WAY_OUT = "请改正模型设置，或改回内置模型 builtin:e5-small-zh。"
_NOISY = ("transformers", "sentence_transformers", "optimum", "huggingface_hub")


class NamedModel:
    """A sentence-transformers model behind the two calls that the embedder makes."""

    def __init__(self, model: SentenceTransformer, batch_size: int = 32) -> None:
        self._model = model
        self._batch_size = batch_size
        modes = [module.pooling_mode for module in model if hasattr(module, "pooling_mode")]
        self.pooling = str(modes[0]) if modes else "unknown"
        self.dimension = int(model.get_embedding_dimension() or 0)
        # The first calls set truncation and padding on the shared tokenizer; later ones only read.
        self.encode_query([""])
        self.encode_document([""])

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per question, with the prompt that the model has for questions."""
        return self._rows(self._model.encode_query, texts)

    def encode_document(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per passage, with the prompt that the model has for passages."""
        return self._rows(self._model.encode_document, texts)

    def _rows(self, encode: Callable[..., object], texts: Sequence[str]) -> Vectors:
        encoded = encode(
            list(texts),
            batch_size=self._batch_size,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(encoded, dtype=np.float32)


def load_named(model: str, threads: int) -> SentenceTransformer:
    """Load from a folder or the hub; code that comes with a model is never run.

    Raises:
        ModelUnavailable: not found, no network, or not a sentence-transformers model.
    """
    local = Path(model).expanduser().is_dir()
    if not local and (model.startswith((".", "/", "~", "builtin:")) or model.count("/") > 1):
        raise ModelUnavailable(f"找不到语义模型“{model}”：没有这个目录，也不是模型名称；{_WAY_OUT}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import sentence_transformers
            import torch
        torch.set_num_threads(max(1, threads))
        path = str(Path(model).expanduser()) if local else model
        here = local or not _hub_reachable()  # without a network the libraries would try for minutes
        with quiet():  # after the imports, which set levels of their own
            return sentence_transformers.SentenceTransformer(
                path, device="cpu", local_files_only=here, trust_remote_code=False
            )
    except ImportError as error:
        raise ModelUnavailable(f"缺少软件包 {error.name}，请按 constraints.txt 重新安装依赖。") from error
    except Exception as error:  # the libraries raise anything from OSError to KeyError here
        where = "该目录中的模型文件" if local else "模型名称、网络或镜像设置"
        raise ModelUnavailable(f"无法加载语义模型“{model}”，问题可能在于{where}；{_WAY_OUT}") from error


def revision_of(model: str, loaded: SentenceTransformer) -> str:
    """Return what changes when the weights or prompts do.

    A folder: hash over its small files, and over the size and both ends of its large ones (weights of
    gigabytes would otherwise be read twice at every start). A hub id: the commit that was loaded.
    """
    digest = sha256(repr(sorted(loaded.prompts.items())).encode())
    folder = Path(model).expanduser()
    if folder.is_dir():
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(_fingerprint(path))
    else:
        config = getattr(loaded[0].auto_model, "config", None)
        digest.update(str(getattr(config, "_commit_hash", "unknown")).encode())
    return digest.hexdigest()[:16]


def _hub_reachable() -> bool:
    """Whether the hub or its mirror (HF_ENDPOINT) answers at all; behind a proxy, assumed to."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    if getproxies():
        return True
    endpoint = urlsplit(constants.ENDPOINT)
    port = endpoint.port or (80 if endpoint.scheme == "http" else 443)
    try:
        with socket.create_connection((endpoint.hostname or "", port), _REACH_TIMEOUT_S):
            return True
    except OSError:
        return False


def _fingerprint(path: Path) -> bytes:
    size = path.stat().st_size
    with path.open("rb") as stream:
        if size <= _WHOLLY_HASHED_BYTES:
            return sha256(stream.read()).digest()
        digest = sha256(size.to_bytes(8))
        digest.update(stream.read(_WHOLLY_HASHED_BYTES // 2))
        stream.seek(-_WHOLLY_HASHED_BYTES // 2, 2)
        digest.update(stream.read())
        return digest.digest()


@contextmanager
def quiet() -> Iterator[None]:
    """Silence advice of the libraries that does not apply here (``fix_mistral_regex`` and others)."""
    loggers = [logging.getLogger(name) for name in _NOISY]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
