"""PDF by pypdfium2: text pages as they are, picture pages through OCR.

PDFium is not thread-safe, not even across documents: every call is made under one lock of this
process, released while OCR works. For parallel parsing start several processes.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from indexer.parsing.page_text import LEAST_CHARACTERS, cleaned
from indexer.parsing.reading import Reading
from models.archive.documents import Page
from models.errors import DamagedFile, EncryptedFile, TooLarge

PDFIUM = threading.RLock()
"""Held around every call of PDFium."""
_RENDER_DPI = 200
_POINTS_PER_INCH = 72
_MOST_UNMAPPED = 0.3  # share of characters a font without a Unicode map leaves unreadable
_TAIL_BYTES = 4096
_OBJECTS_LOOKED_AT = 10_000


def pdf_pages(data: bytes, reading: Reading) -> Iterator[Page]:
    """Yield the pages of a PDF.

    Raises:
        EncryptedFile: opens only with a password. DamagedFile: cut off or unreadable.
        TooLarge: more pages than allowed.
    """
    if b"%%EOF" not in data.rstrip(b"\0\r\n\t ")[-_TAIL_BYTES:]:
        # PDFium mends a file cut off and silently shows what is left; an archive must not.
        raise DamagedFile("PDF 文件不完整，缺少结尾，请重新获取后再导入。")
    document = opened(data)
    try:
        with PDFIUM:
            count = len(document)
        if not count:
            raise DamagedFile("PDF 文件中没有任何页面，请重新获取后再导入。")
        reading.budget.check_pages(count)
        for index in range(count):
            yield _page_of(document, index, reading)
    finally:
        with PDFIUM:
            document.close()


def opened(data: bytes) -> Any:
    """Return the open document, to be closed under the lock.

    Raises:
        EncryptedFile, DamagedFile: it cannot be opened.
    """
    with PDFIUM:
        try:
            return pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            if error.err_code in {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}:
                raise EncryptedFile("PDF 设有打开密码，请解除密码后再导入。") from error
            raise DamagedFile("PDF 文件已损坏，无法打开，请重新获取后再导入。") from error


def _page_of(document: Any, index: int, reading: Reading) -> Page:
    page_no = index + 1
    with PDFIUM:
        try:
            page = document[index]
        except pdfium.PdfiumError as error:
            raise DamagedFile(f"PDF 第 {page_no} 页已损坏，请重新获取文件后再导入。") from error
        try:
            text = text_of(page)
            needs_ocr = not _is_readable(text) and _has_pictures(page, reading.limits.max_image_pixels)
            image = rendered(page, reading.limits.max_render_pixels) if needs_ocr and reading.ocr else None
        finally:
            page.close()
    reading.budget.take_characters(len(text))
    if not needs_ocr:
        return Page(page_no, text)
    if image is None:  # no engine: whatever the text layer holds is better than nothing
        return Page(page_no, text) if text.strip() else _unread(page_no, reading)
    seen = reading.page_by_ocr(image, page_no)
    return seen if seen.text.strip() or not text.strip() else Page(page_no, text)


def _unread(page_no: int, reading: Reading) -> Page:
    return reading.page_by_ocr(np.zeros((1, 1, 3), np.uint8), page_no)


def text_of(page: Any) -> str:
    """Return the text layer of an open page, line ends as \\n and none at its ends; under the lock."""
    textpage = page.get_textpage()
    try:
        text: str = textpage.get_text_range()
    finally:
        textpage.close()
    # U+FFFE is how PDFium marks a word broken at a line end.
    lines = cleaned(text.replace("\ufffe", "").replace("\f", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _is_readable(text: str) -> bool:
    solid = [c for c in text if not c.isspace()]
    unmapped = sum(1 for c in solid if c == "\ufffd" or "\ue000" <= c <= "\uf8ff")
    return len(solid) >= LEAST_CHARACTERS and unmapped <= len(solid) * _MOST_UNMAPPED


def _has_pictures(page: Any, max_pixels: int) -> bool:
    """Tell whether anything but text is drawn: a scan, or text turned into outlines.

    Raises:
        TooLarge: an embedded picture that would not fit in memory when rendered.
    """
    drawn = False
    for item in islice(page.get_objects(max_depth=3), _OBJECTS_LOOKED_AT):
        if item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            width, height = item.get_px_size()
            if width * height > max_pixels:
                raise TooLarge("PDF 内的图像像素过多，请降低扫描分辨率后再导入。")
        drawn = drawn or item.type not in {pdfium_c.FPDF_PAGEOBJ_TEXT, pdfium_c.FPDF_PAGEOBJ_FORM}
    return drawn


def rendered(page: Any, max_pixels: int) -> NDArray[np.uint8]:
    """Return the page as shape (height, width, 3), RGB, at 200 dpi or as ``max_pixels`` allow."""
    width_in, height_in = (side / _POINTS_PER_INCH for side in page.get_size())
    dpi = min(_RENDER_DPI, math.sqrt(max_pixels / max(width_in * height_in, 1e-6)))
    bitmap = page.render(scale=dpi / _POINTS_PER_INCH, rev_byteorder=True, may_draw_forms=False)
    try:
        pixels = bitmap.to_numpy()
        if pixels.ndim == 2:
            pixels = pixels[:, :, np.newaxis]
        colours = pixels[:, :, :3] if pixels.shape[2] >= 3 else np.repeat(pixels[:, :, :1], 3, axis=2)
        return np.array(colours, dtype=np.uint8)  # a copy: the bitmap is freed
    finally:
        bitmap.close()
