"""RapidOCR (PP-OCRv6 small on ONNX Runtime) behind the OCR port; weights come in its wheel."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray
from rapidocr import RapidOCR

from indexer.parsing.ocr import Corners, OcrResult, Point
from indexer.parsing.reading_order import TextBox, mean_confidence, placed
from models.errors import OcrUnavailable

_WEIGHTS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
}
_MAX_PIXELS = 2_800_000  # A4 at 170 dpi, on which 7.5 pt print still reads without error
_MAX_SIDE_PIXELS = 30_000  # the area above is the bound: a long screenshot keeps its small print
_MIN_SIDE_PIXELS = 8
_DOUBTFUL = 0.9  # upright print reads at 0.95 and more, upside down below 0.85


class RapidOcr:
    """OCR engine; loads at the first picture and may be shared between threads.

    Explicit model paths keep the library from looking at, or fetching, anything else.
    """

    def __init__(self, *, threads: int = 2, weights: Path | None = None) -> None:
        self._threads = threads
        self._weights = weights or Path(rapidocr.__file__).parent / "models"
        self._engine: Any = None
        self._lock = threading.Lock()  # the library keeps per-call state on itself

    def recognise(self, image: NDArray[np.uint8]) -> OcrResult:
        """Read one picture; see ``OcrEngine``."""
        if min(image.shape[:2]) < _MIN_SIDE_PIXELS:
            return OcrResult("", 0.0)
        picture = _bounded(image[:, :, ::-1])  # the library expects BGR
        with self._lock:
            boxes = self._boxes(picture)
            readings = [(boxes, 0)]
            readings += [(self._boxes(np.rot90(picture, turns)), turns) for turns in _turns_to_try(boxes)]
        best, turns = max(readings, key=lambda reading: _weight(reading[0]))
        text, places = placed(best)
        scale = image.shape[1] / picture.shape[1]

        def back(corners: Corners) -> Corners:
            return _turned_back(corners, turns, picture.shape[:2], scale)

        on_image = tuple(
            replace(p, corners=back(p.corners), characters=tuple(map(back, p.characters))) for p in places
        )
        return OcrResult(text, mean_confidence(best), on_image)

    def _boxes(self, picture: NDArray[np.uint8]) -> list[TextBox]:
        engine = self._loaded()
        try:
            # Without the library's line-turning an upside-down page shows itself by low confidence;
            # with it, every line would read well and stand in reverse order.
            found = engine(
                np.ascontiguousarray(picture),
                use_cls=False,
                return_word_box=True,
                return_single_char_box=True,
            )
        except Exception as error:
            raise OcrUnavailable("文字识别引擎处理图片时出错，请重试，仍失败请联系管理员。") from error
        return _boxes_of(found)

    def _loaded(self) -> Any:
        if self._engine is None:
            self._engine = self._load()
        return self._engine

    def _load(self) -> Any:
        paths = {key: self._weights / name for key, name in _WEIGHTS.items()}
        if not all(path.is_file() for path in paths.values()):
            raise OcrUnavailable("文字识别模型文件缺失，请重新安装程序后再试。")
        settings: dict[str, Any] = {key: str(path) for key, path in paths.items()}
        settings["Global.log_level"] = "critical"
        settings["Global.max_side_len"] = _MAX_SIDE_PIXELS
        settings["EngineConfig.onnxruntime.intra_op_num_threads"] = self._threads
        settings["EngineConfig.onnxruntime.inter_op_num_threads"] = 1
        try:
            engine = RapidOCR(params=settings)
            # Sessions open at the first use: a small blank picture brings a broken one to light here.
            blank = np.full((64, 64, 3), 255, np.uint8)
            engine(blank, use_det=False, use_cls=False)
            engine(blank, use_det=True, use_cls=False)
        except Exception as error:
            raise OcrUnavailable("文字识别引擎无法启动，请检查安装是否完整。") from error
        logging.getLogger("RapidOCR").disabled = True  # "nothing found" is an answer, not a warning
        return engine


def _bounded(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    scale = (_MAX_PIXELS / (height * width)) ** 0.5
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    smaller: NDArray[np.uint8] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return smaller


def _turned_back(corners: Corners, turns: int, shape: tuple[int, ...], scale: float) -> Corners:
    """Return places on the picture as given for places on it after ``turns`` quarter turns and scaling.

    ``shape`` is (height, width) before the turns.
    """
    height, width = shape
    back: dict[int, Callable[[float, float], Point]] = {
        0: lambda x, y: (x, y),
        1: lambda x, y: (width - y, x),
        2: lambda x, y: (width - x, height - y),
        3: lambda x, y: (y, height - x),
    }
    a, b, c, d = ((x * scale, y * scale) for x, y in (back[turns](*corner) for corner in corners))
    return a, b, c, d


def _turns_to_try(boxes: Sequence[TextBox]) -> tuple[int, ...]:
    """Return the quarter turns, counter-clockwise, that may set a scan upright.

    The library turns tall crops counter-clockwise before reading them, so that a page lying on its
    right side reads well box by box and only its order is wrong.
    """
    tall = sum(len(b.text) for b in boxes if b.bottom - b.top > 1.5 * (b.right - b.left))
    doubtful = mean_confidence(boxes) < _DOUBTFUL
    if boxes and tall * 2 > sum(len(b.text) for b in boxes):
        return (1, 3) if doubtful else (1,)
    return (2,) if boxes and doubtful else ()


def _weight(boxes: Sequence[TextBox]) -> float:
    """How much was read: characters times confidence, tall boxes (out of order) for half."""
    return sum(
        len(b.text) * b.confidence * (0.5 if b.bottom - b.top > 1.5 * (b.right - b.left) else 1.0)
        for b in boxes
    )


def _boxes_of(found: Any) -> list[TextBox]:
    """Turn the library's corners, shape (n, 4, 2) clockwise from top left, into boxes."""
    if found.boxes is None or found.txts is None:
        return []
    words = found.word_results or [()] * len(found.txts)
    boxes = []
    for corners, text, score, characters in zip(found.boxes, found.txts, found.scores, words, strict=True):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = ((float(x), float(y)) for x, y in corners)
        boxes.append(
            TextBox(
                text=text.strip(),
                confidence=float(score),
                left=min(x0, x1),
                right=max(x0, x1),
                top=y0,
                bottom=y3,
                slope=(y1 - y0) / (x1 - x0) if x1 > x0 else 0.0,
                corners=((x0, y0), (x1, y1), (x2, y2), (x3, y3)),
                characters=_characters_of(text.strip(), characters),
            )
        )
    return [box for box in boxes if box.text]


def _characters_of(text: str, found: Sequence[Any]) -> tuple[Corners, ...]:
    """Return a place for each character of ``text``; none where the library's do not fit it."""
    if [str(character) for character, _, _ in found] != list(text):
        return ()
    return tuple(_corners(points) for _, _, points in found)


def _corners(points: Any) -> Corners:
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return a, b, c, d
