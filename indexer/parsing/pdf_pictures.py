"""PDF pages as pictures, with the places of the characters of their text layer."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from indexer.parsing.ocr import Corners, PlacedText
from indexer.parsing.page_text import cleaned
from indexer.parsing.pdf import PDFIUM, opened, rendered, text_of
from indexer.parsing.reading import Reading


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as drawn, shape (height, width, 3), RGB, and its text layer: one place a character.

    ``text`` is what `indexer.parsing.pdf.pdf_pages` gives for a page with a text layer; blanks have no place.
    """

    image: NDArray[np.uint8]
    text: str = ""
    places: tuple[PlacedText, ...] = ()

    @property
    def is_placed(self) -> bool:
        """Whether every character but blanks has a place."""
        return len(self.places) == sum(not character.isspace() for character in self.text)


def pdf_pictures(data: bytes, reading: Reading) -> Iterator[PagePicture]:
    """Yield the pages; errors as `indexer.parsing.pdf.pdf_pages`."""
    document = opened(data)
    try:
        with PDFIUM:
            count = len(document)
        reading.budget.check_pages(count)
        for index in range(count):
            reading.budget.check_time()
            with PDFIUM:
                picture = _picture(document, index, reading.limits.max_render_pixels)
            yield picture
    finally:
        with PDFIUM:
            document.close()


def _picture(document: Any, index: int, max_pixels: int) -> PagePicture:
    page = document[index]
    try:
        image, text = rendered(page, max_pixels), text_of(page)
        return PagePicture(image, text, tuple(_places(page, text, image.shape[1], image.shape[0])))
    finally:
        page.close()


def _places(page: Any, text: str, width: int, height: int) -> Iterator[PlacedText]:
    """Yield the place of every character of ``text`` that is drawn, walking the text layer beside it."""
    layer = page.get_textpage()
    try:
        at = 0
        for number in range(layer.count_chars()):
            raw = cleaned(chr(pdfium_c.FPDFText_GetUnicode(layer, number)))
            found = _after_blanks(text, at, raw) if raw.strip() else -1
            if found < 0:
                continue
            at = found + 1
            with suppress(pdfium.PdfiumError):
                yield PlacedText(found, at, _on_picture(page, layer.get_charbox(number), width, height), 1.0)
    finally:
        layer.close()


def _after_blanks(text: str, at: int, raw: str) -> int:
    """Return where ``raw`` stands behind nothing but blanks, -1 where it does not."""
    while at < len(text) and text[at].isspace():
        at += 1
    return at if text.startswith(raw, at) else -1


def _on_picture(page: Any, box: tuple[float, float, float, float], width: int, height: int) -> Corners:
    """Return a box of the page (points, y upwards) in pixels; PDFium knows how the page is turned."""
    left, bottom, right, top = box
    (ax, ay), (bx, by) = (_point(page, x, y, width, height) for x, y in ((left, top), (right, bottom)))
    x0, x1, y0, y1 = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def _point(page: Any, x: float, y: float, width: int, height: int) -> tuple[float, float]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, ctypes.byref(across), ctypes.byref(down))
    return float(across.value), float(down.value)
