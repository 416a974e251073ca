"""Workbooks written in memory: openpyxl spools each sheet to a file in the temporary folder, in clear."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter


def kept_in_memory(sheet: WriteOnlyWorksheet) -> None:
    """Make a new write-only sheet collect its rows in memory; call before the first row."""
    writer: Any = WorksheetWriter(sheet, BytesIO())
    vars(sheet)["_writer"] = writer  # there is no public way
    writer.write_top()


def workbook_bytes(book: Workbook) -> bytes:
    """Return the file of a write-only workbook whose sheets were all `kept_in_memory`."""
    out = BytesIO()
    _Writer(book, ZipFile(out, "w", ZIP_DEFLATED, allowZip64=True)).save()
    return out.getvalue()


class _Writer(ExcelWriter):
    _archive: ZipFile

    def write_worksheet(self, ws: Any) -> None:
        ws._drawing = SpreadsheetDrawing()  # noqa: SLF001
        ws.close()
        ws._rels = ws._writer._rels  # noqa: SLF001
        self._archive.writestr(ws.path[1:], ws._writer.out.getvalue())  # noqa: SLF001
        self.manifest.append(ws)
