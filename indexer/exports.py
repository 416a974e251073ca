"""A result list as a table for a spreadsheet: masked as shown, and harmless to open."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from indexer.answers import MaskedHit, Query
from indexer.search import Searcher
from models.access.policy import require
from models.access.principal import Duty, Principal, Role
from models.archive.regions import full_name
from models.errors import Forbidden

COLUMNS = (
    "序号",
    "档号",
    "题名",
    "险种",
    "材料类型",
    "年度",
    "行政区划",
    "区划名称",
    "页码",
    "摘录",
    "为何找到",
    "档案编号",
)
_NO_EXPORT = frozenset({Role.PRIVACY_OFFICER})
"""Sees detection reports and samples, never bulk export (roles, from 社会保险经办条例 arts. 35–38)."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(slots=True)
class Exports:
    """Hands a whole answer over as one table; audited as an export with every document in it."""

    searcher: Searcher
    clock: Callable[[], datetime]

    def table(self, query: Query, principal: Principal) -> str:
        """Return the answer as CSV: every page of it, best first, with a byte order mark for spreadsheets.

        Raises:
            Forbidden: the post may search and read, but not carry lists away.
        """
        require(principal, Duty.SEARCH, self.clock())
        require(principal, Duty.READ, self.clock())
        if principal.roles & _NO_EXPORT:
            raise Forbidden("隐私专员不能批量导出检索结果；请逐份查阅，或使用隐私报告。")
        return csv_of(self.searcher.everything(query, principal))


def csv_of(hits: Sequence[MaskedHit]) -> str:
    """Return hits as CSV (RFC 4180); no cell can be taken for a formula (OWASP, CSV injection)."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for number, hit in enumerate(hits, start=1):
        writer.writerow([str(number), *(safe_cell(cell) for cell in _cells(hit))])
    return out.getvalue()


def safe_cell(text: str) -> str:
    """Return the text so that a spreadsheet shows it and computes nothing: an apostrophe before a sign."""
    flat = text.replace("\x00", "")
    return f"'{flat}" if flat.lstrip(" \u3000").startswith(_FORMULA) or flat.startswith(_FORMULA) else flat


def _cells(hit: MaskedHit) -> Sequence[str]:
    return (
        hit.archive_no or "",
        hit.title,
        "、".join(hit.insurance_types),
        hit.material_type or "",
        str(hit.year) if hit.year else "",
        hit.region,
        full_name(hit.region),
        str(hit.page_no),
        hit.passage,
        "、".join(hit.reasons),
        hit.doc_id,
    )
