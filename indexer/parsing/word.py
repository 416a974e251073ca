"""DOCX by python-docx: paragraphs and tables in document order.

The library opens the package; the text is collected here, because its own iteration leaves out
content controls (w:sdt), tracked insertions and text boxes, which forms are full of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import chain
from typing import Any

from docx import Document
from docx.oxml.ns import qn

from indexer.parsing.image import image_pages
from indexer.parsing.media_type import IMAGES
from indexer.parsing.page_text import LEAST_CHARACTERS, cleaned, paged, row_text
from indexer.parsing.reading import Reading
from models.archive.documents import Page
from models.errors import UnsupportedMedia

_P, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_TEXT, _BREAK, _RENDERED_BREAK, _TYPE = qn("w:t"), qn("w:br"), qn("w:lastRenderedPageBreak"), qn("w:type")
_TEXT_BOX = qn("w:txbxContent")
_PICTURE, _EMBEDDED = qn("a:blip"), qn("r:embed")
_CHARACTERS = {qn("w:tab"): "\t", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:ptab"): "\t"}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # a second copy
_SKIPPED = frozenset({qn("w:del"), qn("w:moveFrom"), qn("w:instrText"), qn("w:pPr"), _FALLBACK})


def docx_pages(data: bytes, reading: Reading) -> Iterator[Page]:
    """Yield pages as Word last laid them out, else cut at page breaks set by hand.

    Headers stand before the text, footers after it, each different one once; a text box stands
    after the paragraph that anchors it; a table row is ``a | b | c``. Where there is almost no
    text the pictures are read: a scan pasted into Word is a scan.

    Raises:
        UnsupportedMedia: a template or a macro document.
    """
    try:
        document = Document(BytesIO(data))
    except ValueError as error:
        if "content type" not in str(error):
            raise
        raise UnsupportedMedia("此 Word 文件是模板或含宏文档，请另存为普通 DOCX 后再导入。") from error
    body = document.element.body
    laid_out = next(body.iter(_RENDERED_BREAK), None) is not None
    lines = [
        *_distinct(_header_parts(document, "header")),
        *_block_lines(body, laid_out=laid_out),
        *_distinct(_header_parts(document, "footer")),
    ]
    text = cleaned("\n".join(lines)).strip("\n")
    reading.budget.take_characters(len(text))
    pictures = _pictures(document) if len("".join(text.split())) < LEAST_CHARACTERS else iter(())
    typed = (Page(0, piece) for piece in paged(text) if text.strip())
    scanned = (page for picture in pictures for page in image_pages(picture, reading))
    for page_no, page in enumerate(chain(typed, scanned), start=1):
        reading.budget.check_pages(page_no)
        yield replace(page, page_no=page_no)


def _pictures(document: Any) -> Iterator[bytes]:
    """Yield the pictures of the body in order; drawings (EMF, WMF) and linked files are left out."""
    for blip in document.element.body.iter(_PICTURE):
        part = document.part.related_parts.get(blip.get(_EMBEDDED))
        if part is not None and part.content_type in IMAGES:
            yield part.blob


def _header_parts(document: Any, kind: str) -> Iterator[str]:
    for section in document.sections:
        for name in (f"first_page_{kind}", kind, f"even_page_{kind}"):
            part = getattr(section, name)
            if not part.is_linked_to_previous:
                yield from _block_lines(part._element, laid_out=False)  # noqa: SLF001 - no public way


def _distinct(lines: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(line for line in lines if line.strip()))


def _block_lines(container: Any, *, laid_out: bool) -> Iterator[str]:
    """Yield one line per paragraph and table row; wrappers such as content controls are entered."""
    for child in container:
        if child.tag == _P:
            yield _paragraph(child, laid_out=laid_out)
            for box in _text_boxes(child):
                yield from _block_lines(box, laid_out=False)
        elif child.tag == _TABLE:
            yield from _table_lines(child)
        elif isinstance(child.tag, str) and child.tag not in _SKIPPED:
            yield from _block_lines(child, laid_out=laid_out)


def _table_lines(table: Any) -> Iterator[str]:
    for row in _nearest(table, _ROW):
        cells = (
            " ".join(_block_lines(cell, laid_out=False)).replace("\f", " ") for cell in _nearest(row, _CELL)
        )
        line = row_text(cells)
        if line:
            yield line


def _nearest(container: Any, tag: str) -> Iterator[Any]:
    """Yield descendants with ``tag``, not those inside another one of them."""
    for child in container:
        if child.tag == tag:
            yield child
        elif isinstance(child.tag, str) and child.tag not in _SKIPPED:
            yield from _nearest(child, tag)


def _text_boxes(paragraph: Any) -> Iterator[Any]:
    for box in paragraph.iter(_TEXT_BOX):
        outer = [a.tag for a in box.iterancestors()]
        inside = outer[: outer.index(_P)] if _P in outer else outer
        if _FALLBACK not in inside:
            yield box


def _paragraph(element: Any, *, laid_out: bool) -> str:
    return "".join(_characters(element, laid_out=laid_out))


def _characters(element: Any, *, laid_out: bool) -> Iterator[str]:
    for child in element:
        tag = child.tag
        if tag == _TEXT:
            yield child.text or ""
        elif tag == _BREAK:
            new_page = child.get(_TYPE) == "page" and not laid_out
            yield "\f" if new_page else "\n"
        elif tag == _RENDERED_BREAK:
            yield "\f" if laid_out else ""
        elif tag in _CHARACTERS:
            yield _CHARACTERS[tag]
        elif isinstance(tag, str) and tag not in _SKIPPED and tag != _TEXT_BOX:
            yield from _characters(child, laid_out=laid_out)
