"""What all printed pages share: one frame, one style, tables; one file, no script run, nothing loaded."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

_SHORT = 8


def page(title: str, meta: Iterable[str], body: str, *, broad: bool = False) -> str:
    """Return a whole HTML document; ``meta`` are lines of plain text under the title, ``body`` is HTML.

    ``broad``: printed on A4 across, for tables of many columns.
    """
    return Template(template("frame.html")).substitute(
        title=escape(title),
        style=template("report.css"),
        meta="\n".join(f'<p class="meta">{escape(line)}</p>' for line in meta),
        body=body,
        kind="broad" if broad else "upright",
    )


def style_policy() -> str:
    """Return the content security policy that allows the page's own style and nothing else."""
    digest = hashlib.sha256(template("report.css").encode()).digest()
    own = base64.b64encode(digest).decode()
    return f"default-src 'none'; style-src 'sha256-{own}'; frame-ancestors 'none'"


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    empty: str = "没有。",
    unbroken: Collection[str] = (),
) -> str:
    """Return a table, columns of whole numbers to the right; the sentence ``empty`` where there is no row.

    ``unbroken``: headers of columns whose cells stay on one line however long they are.
    """
    listed = list(rows)
    if not listed:
        return f'<p class="note">{escape(empty)}</p>'
    number = [all(isinstance(row[i], int) for row in listed) for i in range(len(header))]
    kinds = [
        ' class="n"' if right else ' class="w"' if name in unbroken else ""
        for right, name in zip(number, header, strict=True)
    ]
    head = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>' for kind, name in zip(kinds, header, strict=True)
    )
    lines = (
        "<tr>"
        + "".join(
            f"<td{kind or _whole(str(cell))}>{escape(str(cell))}</td>"
            for kind, cell in zip(kinds, row, strict=True)
        )
        + "</tr>"
        for row in listed
    )
    whole = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f'<div class="wide"><table>{whole}</table></div>'


def _whole(cell: str) -> str:
    """Keep a short cell on one line."""
    return ' class="w"' if len(cell) <= _SHORT else ""


@cache
def template(name: str) -> str:
    return (files("api.reporting") / "templates" / name).read_text("utf-8")
