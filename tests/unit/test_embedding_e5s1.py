"""Reading the weight file: a small one is written here, byte for byte after the format."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from models.embedding.e5s1 import read_weight_file
from models.errors import ModelUnavailable

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁社保", "卡"]
NIBBLES = [n % 16 for n in range(32)]
SCALE = 0.5


def weight_file() -> bytes:
    blob = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    scores = np.arange(len(PIECES), dtype="<f4")
    mapping = struct.pack("<IBI", 0xFF21, 1, ord("A"))
    head = b"E5S1" + struct.pack("<I7ifi", 1, 32, 1, 4, 64, 6, 16, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + ends.tobytes() + scores.tobytes()
    head += blob + struct.pack("<iI", 1, len(mapping)) + mapping
    plain = np.array([1.5, -2.0], dtype="<f4").tobytes()
    packed = np.float16(SCALE).tobytes() + bytes(NIBBLES[j] | NIBBLES[j + 16] << 4 for j in range(16))
    names = (b"bias", b"q4")
    at = len(head) + 4 + sum(2 + len(name) + 21 for name in names)
    directory = struct.pack("<i", 2)
    directory += struct.pack("<H", 4) + names[0] + struct.pack("<BIQQ", 0, 2, at, len(plain))
    directory += struct.pack("<H", 2) + names[1] + struct.pack("<BIQQ", 1, 32, at + len(plain), len(packed))
    return head + directory + plain + packed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "w.bin").write_bytes(weight_file())
    return tmp_path / "w.bin"


def test_vocabulary_and_sizes(path: Path) -> None:
    read = read_weight_file(path)
    assert list(read.pieces) == PIECES
    assert read.scores == (0, 1, 2, 3, 4, 5)
    assert (read.shape.hidden, read.shape.layers, read.shape.heads) == (32, 1, 4)
    assert (read.shape.intermediate, read.shape.positions, read.shape.token_types) == (64, 16, 2)
    assert read.shape.layer_norm_eps == pytest.approx(1e-12)


def test_tensors(path: Path) -> None:
    read = read_weight_file(path)
    assert read.vector("bias").tolist() == [1.5, -2.0]
    expected = [(nibble - 8) * SCALE for nibble in NIBBLES]
    assert read.matrix("q4", 16).tolist() == [expected[:16], expected[16:]]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(b"GGUF" + bytes(100), "不是 E5S1 格式", id="another format"),
        pytest.param(weight_file()[:60], "不完整", id="cut in the header"),
        pytest.param(weight_file()[:200], "不完整", id="cut in the directory"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "w.bin").write_bytes(content)
    with pytest.raises(ModelUnavailable, match=what) as refused:
        read_weight_file(tmp_path / "w.bin")
    assert "w.bin" in refused.value.detail


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"w\.bin"):
        read_weight_file(tmp_path / "w.bin")
