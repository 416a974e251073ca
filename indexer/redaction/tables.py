"""Spreadsheet files in, masked spreadsheet files out."""

from __future__ import annotations

import csv
import re
from io import StringIO

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from indexer.exports import safe_cell
from indexer.parsing.charset import decode
from indexer.parsing.limits import Budget
from indexer.parsing.page_text import cleaned
from indexer.parsing.plain import csv_cells
from indexer.parsing.spreadsheet import xlsx_tables
from indexer.redaction.sheets import Find, MaskedTable, masked_table
from indexer.redaction.workbooks import kept_in_memory, workbook_bytes
from models.errors import NoTextFound
from models.privacy.masking import MaskingProfile, mask

_MAX_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\\/*?:\[\]]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9,]*(?:\.[0-9]+)?%?", re.ASCII)
_NOT_IN_CELLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def masked_xlsx(data: bytes, budget: Budget, find: Find, profile: MaskingProfile) -> tuple[bytes, int]:
    """Return a new workbook with every sheet's values masked, and how many cells were touched.

    Only values are carried over: formulas, comments, pictures, names, properties and hidden rows of the
    original could hold what is masked in the cells. Hidden sheets become visible.

    Raises:
        NoTextFound: no sheet has a value.
    """
    book = Workbook(write_only=True)
    touched = 0
    tables = list(xlsx_tables(data, budget))
    if not any(any(map(any, rows)) for _, rows in tables):
        raise NoTextFound("表格中没有内容，请核对后重试。")
    for number, (title, rows) in enumerate(tables, start=1):
        table = masked_table(rows, find, profile)
        shown = mask(title, find([title])[0], profile).text
        sheet = book.create_sheet(_NOT_IN_TITLES.sub(" ", shown)[:_MAX_TITLE].strip() or f"表{number}")
        kept_in_memory(sheet)
        for cells in table.rows:
            sheet.append([_cell(sheet, text) for text in cells])
        touched += len(table.hidden)
    return workbook_bytes(book), touched


def masked_csv(data: bytes, budget: Budget, find: Find, profile: MaskingProfile) -> tuple[bytes, int] | None:
    """Return the masked table as CSV (UTF-8 with a mark) and the cells touched; None if it is no table."""
    text = cleaned(decode(data).text).replace("\f", "\n")
    budget.take_characters(len(text))
    cells = csv_cells(text)
    if cells is None:
        return None
    table = masked_table(cells, find, profile)
    return _written(table), len(table.hidden)


def _written(table: MaskedTable) -> bytes:
    out = StringIO(newline="")
    csv.writer(out).writerows([_uncomputed(cell) for cell in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def _uncomputed(cell: str) -> str:
    """Return a cell no spreadsheet computes; a negative amount is a number and stays one."""
    return cell if _NUMBER.fullmatch(cell) else safe_cell(cell)


def _cell(sheet: WriteOnlyWorksheet, text: str) -> Cell | None:
    """Return a text cell: a value that begins with ``=`` is shown, never calculated."""
    if not text:
        return None
    cell = WriteOnlyCell(sheet, value=_NOT_IN_CELLS.sub(" ", text))
    cell.data_type = "s"
    return cell
