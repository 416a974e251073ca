"""PDF with a text layer (reportlab)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO

from training.synthetic.fonts import font_file
from training.synthetic.typesetting import Sheet, typeset

_ASCENT = 0.88
"""Share of the size from the top edge of a line to its base line."""


@cache
def _registered(path: str) -> str:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont("archive", path, subfontIndex=0))
    return "archive"


def pdf_bytes(pages: Sequence[str], title: str) -> bytes:
    """Return a PDF whose text can be copied; the same input gives the same bytes."""
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    font = _registered(str(font_file()))
    for page in pages:
        for sheet in typeset(page, title=title):
            _draw(canvas, sheet, font)
    canvas.save()
    return out.getvalue()


def _draw(canvas: object, sheet: Sheet, font: str) -> None:
    from reportlab.pdfgen.canvas import Canvas

    assert isinstance(canvas, Canvas)
    height = sheet.size[1]
    canvas.setPageSize(sheet.size)
    canvas.setLineWidth(0.5)
    for x0, y0, x1, y1 in sheet.rules:
        canvas.line(x0, height - y0, x1, height - y1)
    for mark in sheet.marks:
        canvas.setFont(font, mark.size)
        canvas.drawString(mark.x, height - mark.y - mark.size * _ASCENT, mark.text)
    canvas.showPage()
