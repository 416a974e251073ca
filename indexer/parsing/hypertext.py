"""HTML by lxml: blocks as lines, data tables as pipe rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from indexer.parsing.charset import decode
from indexer.parsing.limits import Budget
from indexer.parsing.page_text import CELL_SEPARATOR, cleaned, paged
from models.errors import DamagedFile

_DROPPED = frozenset({"script", "style", "noscript", "template", "iframe", "object", "svg", "head", "select"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "div", "dl", "dt",
     "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li",
     "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)  # fmt: skip
_XML_PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def html_pages(data: bytes, budget: Budget) -> Iterator[str]:
    """Yield the text of a page as a reader sees it, the title first.

    A table holding another table is layout: its cells are blocks. Nothing outside is fetched.
    """
    source = _XML_PROLOGUE.sub("", cleaned(decode(data).text).replace("\f", " "))
    budget.take_characters(len(source))
    # No network, no entities of the file's own, libxml2's depth and size guards left on.
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = html.document_fromstring(source, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise DamagedFile("网页文件无法解析，请用浏览器打开后另存为 PDF 再导入。") from error
    title = _SPACES.sub(" ", root.findtext(".//title") or "").strip()
    text = "".join(_tokens(root, _layout_tables(root)))
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    yield from paged(cleaned("\n".join(line for line in [title, *lines] if line.strip(" |"))))


def _layout_tables(root: Any) -> frozenset[Any]:
    outer: set[Any] = set()
    for table in root.iter("table"):
        for ancestor in table.iterancestors("table"):
            if ancestor in outer:
                break
            outer.add(ancestor)
    return frozenset(outer)


def _tokens(root: Any, layout: frozenset[Any]) -> Iterator[str]:
    """Yield text and separators in document order; iterative, as nesting is the file's choice."""
    walk = etree.iterwalk(root, events=("start", "end"))
    open_cells: list[bool] = []  # for each cell being read: does it belong to a data table?
    for event, element in walk:
        tag = element.tag
        dropped = tag in _DROPPED
        if event == "start":
            if dropped:
                walk.skip_subtree()
                continue
            if tag in {"td", "th"}:
                yield _cell_start(element, layout)
                open_cells.append(next(element.iterancestors("table"), None) not in layout)
            elif tag in _BLOCKS:
                yield _block_edge(open_cells)
            yield _SPACES.sub(" ", element.text or "")
            continue
        if tag in {"td", "th"} and open_cells:
            open_cells.pop()
        elif tag in _BLOCKS and not dropped:
            yield _block_edge(open_cells)
        yield _SPACES.sub(" ", element.tail or "")


def _block_edge(open_cells: list[bool]) -> str:
    return " " if open_cells and open_cells[-1] else "\n"


def _cell_start(cell: Any, layout: frozenset[Any]) -> str:
    if next(cell.iterancestors("table"), None) in layout:
        return "\n"
    first = cell.getprevious() is None
    return "" if first else CELL_SEPARATOR
