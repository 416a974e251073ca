"""The OCR port: a picture to text in reading order."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.errors import ParsingTimedOut


@dataclass(frozen=True, slots=True)
class OcrResult:
    """Text lines in reading order joined by \\n; ``confidence`` 0–1, the mean weighted by length.

    Nothing recognised is ``("", 0.0)``.
    """

    text: str
    confidence: float


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
