"""A working OCR engine that reads its own script: text as a grid of black and white squares.

The squares survive scaling, rendering and JPEG, so that whole paths (scan → PDF → picture → text)
run without a model. A checksum keeps it from reading anything out of other pictures.
"""

from __future__ import annotations

import time
import zlib

import numpy as np
from numpy.typing import NDArray

from indexer.parsing.ocr import OcrResult

_SIDE = 32
_SQUARE_PIXELS = 12
_CAPACITY_BYTES = _SIDE * _SIDE // 8
_HEADER_BYTES = 5


def picture_of(text: str) -> NDArray[np.uint8]:
    """Return ``text`` in the fake's script, shape (384, 384, 3); at most 123 UTF-8 bytes."""
    body = text.encode()
    if len(body) > _CAPACITY_BYTES - _HEADER_BYTES:
        raise ValueError("text too long for one picture")
    framed = bytes([len(body)]) + zlib.crc32(body).to_bytes(4) + body
    bits = np.unpackbits(np.frombuffer(framed.ljust(_CAPACITY_BYTES, b"\0"), np.uint8))
    squares = np.where(bits.reshape(_SIDE, _SIDE) == 1, 0, 255).astype(np.uint8)
    large = np.kron(squares, np.ones((_SQUARE_PIXELS, _SQUARE_PIXELS), np.uint8))
    return np.repeat(large[:, :, np.newaxis], 3, axis=2)


class GridOcr:
    """Reads pictures made by ``picture_of`` that fill the image; finds nothing on any other."""

    def __init__(self, *, delay_s: float = 0.0, confidence: float = 0.93) -> None:
        self._delay_s = delay_s
        self._confidence = confidence

    def recognise(self, image: NDArray[np.uint8]) -> OcrResult:
        """Read one picture; see ``OcrEngine``."""
        time.sleep(self._delay_s)
        height, width = image.shape[:2]
        rows = ((np.arange(_SIDE) + 0.5) * height / _SIDE).astype(int)
        columns = ((np.arange(_SIDE) + 0.5) * width / _SIDE).astype(int)
        bits = (image[:, :, 0][np.ix_(rows, columns)] < 128).astype(np.uint8)
        framed = np.packbits(bits).tobytes()
        body = framed[_HEADER_BYTES : _HEADER_BYTES + framed[0]]
        if not body or zlib.crc32(body).to_bytes(4) != framed[1:_HEADER_BYTES]:
            return OcrResult("", 0.0)
        return OcrResult(body.decode(), self._confidence)
