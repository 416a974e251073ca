"""Pages as blocks: lines of running text, and tables found by their pipes or tabs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of running text, possibly empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; rows may differ in length."""

    rows: tuple[tuple[str, ...], ...]


Block = Line | Table


def blocks_of(page: str) -> list[Block]:
    """Cut a page into blocks, in order."""
    blocks: list[Block] = []
    rows: list[tuple[str, ...]] = []
    for line in page.split("\n"):
        cells = _cells(line)
        if cells is not None:
            rows.append(cells)
            continue
        if rows:
            blocks.append(Table(tuple(rows)))
            rows = []
        blocks.append(Line(line))
    if rows:
        blocks.append(Table(tuple(rows)))
    return blocks


def widest_table(pages: tuple[str, ...]) -> int:
    """Return the number of columns of the widest table, 0 without any."""
    tables = (block for page in pages for block in blocks_of(page) if isinstance(block, Table))
    return max((len(row) for table in tables for row in table.rows), default=0)


def _cells(line: str) -> tuple[str, ...] | None:
    if line.startswith("| ") and line.endswith(" |"):
        return tuple(cell.strip() for cell in line[2:-2].split(" | "))
    return tuple(line.split("\t")) if "\t" in line else None
