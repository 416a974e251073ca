"""Made-up documents as real files."""

from __future__ import annotations

import csv
import html
import random
from enum import StrEnum
from io import StringIO

from training.synthetic.blocks import Table, blocks_of, widest_table
from training.synthetic.documents import SyntheticDocument
from training.synthetic.fonts import can_show
from training.synthetic.office import docx_bytes, xlsx_bytes
from training.synthetic.pdf import pdf_bytes
from training.synthetic.scans import png_bytes, scanned_pdf_bytes


class FileFormat(StrEnum):
    """Forms a document can take on disk."""

    TXT = "txt"
    TXT_GB18030 = "txt_gb18030"
    CSV = "csv"
    HTML = "html"
    DOCX = "docx"
    XLSX = "xlsx"
    PDF = "pdf"
    SCANNED_PDF = "scanned_pdf"
    PNG = "png"
    PNG_GREY = "png_grey"

    @property
    def suffix(self) -> str:
        """File name ending with its dot."""
        special = {"txt_gb18030": ".txt", "scanned_pdf": ".pdf", "png_grey": ".png"}
        return special.get(self.value, f".{self.value}")

    @property
    def drawn(self) -> bool:
        """Whether a font is needed."""
        return self in (FileFormat.PDF, FileFormat.SCANNED_PDF, FileFormat.PNG, FileFormat.PNG_GREY)


_SHEETS = {FileFormat.XLSX: 5, FileFormat.CSV: 2, FileFormat.DOCX: 2, FileFormat.PDF: 2, FileFormat.HTML: 1}
_PAPERS = {
    FileFormat.TXT: 14, FileFormat.TXT_GB18030: 6, FileFormat.DOCX: 18, FileFormat.PDF: 16,
    FileFormat.HTML: 4, FileFormat.SCANNED_PDF: 4, FileFormat.PNG: 3,
    FileFormat.PNG_GREY: 2, FileFormat.XLSX: 2,
}  # fmt: skip
_MOST_SCANNED_CHARACTERS = 900


def format_for(document: SyntheticDocument) -> FileFormat:
    """Draw a fitting format; the same document always gets the same."""
    rng = random.Random(f"format:{document.source_id}")
    columns = widest_table(document.pages)
    weights = dict(_SHEETS if columns > 4 else _PAPERS)
    if not can_show("".join(document.pages) + document.title):
        weights = {f: w for f, w in weights.items() if not f.drawn}
    if sum(map(len, document.pages)) > _MOST_SCANNED_CHARACTERS:
        weights = {f: w for f, w in weights.items() if not f.drawn or f is FileFormat.PDF}
    return rng.choices(list(weights), list(weights.values()))[0]


def rendered(document: SyntheticDocument, form: FileFormat) -> bytes:
    """Return the bytes of the file; FontMissing where a drawn format finds no font."""
    pages, title, seed = document.pages, document.title, document.source_id
    if form is FileFormat.DOCX:
        return docx_bytes(pages, title)
    if form is FileFormat.XLSX:
        return xlsx_bytes(pages, title)
    if form is FileFormat.PDF:
        return pdf_bytes(pages, title)
    if form is FileFormat.SCANNED_PDF:
        return scanned_pdf_bytes(pages, title, seed)
    if form in (FileFormat.PNG, FileFormat.PNG_GREY):
        return png_bytes(pages, title, seed, grey=form is FileFormat.PNG_GREY)
    return _plain(document, form)


def _plain(document: SyntheticDocument, form: FileFormat) -> bytes:
    if form is FileFormat.HTML:
        return _html(document).encode("utf-8")
    if form is FileFormat.CSV:
        return _csv(document).encode("utf-8-sig")
    return "\f".join(document.pages).encode("gb18030" if form is FileFormat.TXT_GB18030 else "utf-8")


def _csv(document: SyntheticDocument) -> str:
    out = StringIO()
    writer = csv.writer(out)
    for page in document.pages:
        for block in blocks_of(page):
            writer.writerows(block.rows if isinstance(block, Table) else [[block.text]])
    return out.getvalue()


def _html(document: SyntheticDocument) -> str:
    body: list[str] = []
    for page in document.pages:
        for block in blocks_of(page):
            if isinstance(block, Table):
                rows = ("".join(f"<td>{html.escape(c)}</td>" for c in row) for row in block.rows)
                body.append("<table border='1'>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>")
            else:
                body.append(f"<p>{html.escape(block.text)}</p>")
    head = f"<meta charset='utf-8'><title>{html.escape(document.title)}</title>"
    return (
        f"<!DOCTYPE html><html lang='zh'><head>{head}</head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )
