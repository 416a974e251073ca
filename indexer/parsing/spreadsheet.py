"""XLSX by openpyxl: every sheet as table text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO

from openpyxl import load_workbook

from indexer.parsing.limits import Budget
from indexer.parsing.page_text import cell_text, paged_rows, row_text


def xlsx_pages(data: bytes, budget: Budget) -> Iterator[str]:
    """Yield pages of table text, hidden sheets included; the sheet's name is the first line.

    Values are those last calculated; a merged cell has its value once; empty rows are dropped.
    """
    book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            # The declared dimension is often wrong, and rows outside it would be lost.
            sheet.reset_dimensions()
            rows = _rows(sheet.iter_rows(values_only=True), budget)
            yield from paged_rows(rows, heading=(cell_text(sheet.title or ""),))
    finally:
        book.close()


def xlsx_tables(data: bytes, budget: Budget) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield name and rows of every sheet, hidden ones included, cells as text where they stand."""
    book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows = []
            for number, values in enumerate(sheet.iter_rows(values_only=True)):
                if number % 1000 == 0:
                    budget.check_time()
                rows.append([cell_text(_shown(value)) for value in values])
                budget.take_characters(sum(map(len, rows[-1])))
            yield cell_text(sheet.title or ""), rows
    finally:
        book.close()


def _rows(rows: Iterator[tuple[object, ...]], budget: Budget) -> Iterator[str]:
    for number, values in enumerate(rows):
        if number % 1000 == 0:
            budget.check_time()
        row = row_text(_shown(value) for value in values)
        if row:
            budget.take_characters(len(row))
            yield row


def _shown(value: object) -> str:
    """Return a cell as text: dates in ISO 8601, whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        midnight = value.time() == time.min
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return "是" if value else "否"
    whole = isinstance(value, float) and value.is_integer()
    return f"{value:.0f}" if whole else str(value)
