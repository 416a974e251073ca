"""DOCX (python-docx) and XLSX (openpyxl), packed so that the same document gives the same bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

from training.synthetic.blocks import Table, blocks_of

_STAMP = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_ZIP_STAMP = (2000, 1, 1, 0, 0, 0)
_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def docx_bytes(pages: Sequence[str], title: str) -> bytes:
    """Return a Word document; tables are real tables, page breaks stand between pages."""
    from docx import Document

    made = Document()
    made.core_properties.title = title
    made.core_properties.author = ""
    for number, page in enumerate(pages):
        if number:
            made.add_page_break()
        for block in blocks_of(page):
            if isinstance(block, Table):
                grid = made.add_table(len(block.rows), max(map(len, block.rows)), style="Table Grid")
                for row, cells in zip(block.rows, grid.rows, strict=True):
                    for text, cell in zip(row, cells.cells, strict=False):
                        cell.text = text
            else:
                made.add_paragraph(block.text)
    out = BytesIO()
    made.save(out)
    return repacked(out.getvalue())


def xlsx_bytes(pages: Sequence[str], title: str) -> bytes:
    """Return a workbook with one sheet per page; every cell is text, so that long numbers stay whole."""
    from openpyxl import Workbook

    book = Workbook()
    book.properties.title = title
    book.remove(book.worksheets[0])
    for number, page in enumerate(pages, start=1):
        sheet = book.create_sheet(f"第{number}页")
        for block in blocks_of(page):
            rows = block.rows if isinstance(block, Table) else ((block.text,),)
            for row in rows:
                sheet.append(row)
    out = BytesIO()
    book.save(out)
    return repacked(out.getvalue())


def repacked(package: bytes) -> bytes:
    """Return the zip with fixed times, in the same order."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _TIMES.sub(rb"\g<1>" + _STAMP.isoformat().encode() + rb"Z\g<2>", content)
            info = zipfile.ZipInfo(name, _ZIP_STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, content, compresslevel=9)
    return out.getvalue()
