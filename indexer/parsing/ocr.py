"""The OCR port: a picture to text in reading order."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.errors import ParsingTimedOut

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]
"""Pixels (x, y), y downwards: top left, top right, bottom right, bottom left as the text is read."""


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A stretch of the recognised text, ``start``–``end`` (half-open), and where it is on the picture.

    ``confidence`` 0–1 of this stretch alone. ``characters`` has one place a code point, or is empty
    where the engine places whole lines only.
    """

    start: int
    end: int
    corners: Corners
    confidence: float
    characters: tuple[Corners, ...] = ()


@dataclass(frozen=True, slots=True)
class OcrResult:
    """Text lines in reading order joined by \\n; ``confidence`` 0–1, the mean weighted by length.

    Nothing recognised is ``("", 0.0)``. ``places`` covers the text but for the blanks and line ends
    put between; an engine that knows no places gives none.
    """

    text: str
    confidence: float
    places: tuple[PlacedText, ...] = ()


class OcrEngine(Protocol):
    """Recognises printed text on a picture."""

    def recognise(self, image: NDArray[np.uint8]) -> OcrResult:
        """Read one picture.

        Args:
            image: shape (height, width, 3), RGB, at least 1 × 1.

        Raises:
            OcrUnavailable: the engine cannot be loaded or failed on this picture.
        """
        ...


def recognised_within(
    engine: OcrEngine, image: NDArray[np.uint8], timeout_s: float, page_no: int
) -> OcrResult:
    """Read one picture, giving up after ``timeout_s`` seconds.

    The engine cannot be interrupted: after a time-out its thread runs to its end unheard.

    Raises:
        ParsingTimedOut: no answer in time.
    """
    answers: queue.SimpleQueue[OcrResult | BaseException] = queue.SimpleQueue()

    def read() -> None:
        try:
            answers.put(engine.recognise(image))
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread, which raises it
            answers.put(error)

    threading.Thread(target=read, name="ocr", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout_s)
    except queue.Empty as error:
        raise ParsingTimedOut(
            f"第 {page_no} 页的文字识别超过 {timeout_s:.0f} 秒，请降低扫描分辨率或放宽时限后重试。"
        ) from error
    if isinstance(answer, BaseException):
        raise answer
    return answer
