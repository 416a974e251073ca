"""Reports as plain JSON values; names of fields are those of the report types."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum

from indexer.store.reviews_port import StoredFinding
from models.privacy.classes import class_of
from models.privacy.detections import DetectionKind
from models.privacy.report import ARCHIVE_REPORT, ArchiveReport, DocumentReport, ReviewState, Totals


def report_value(report: ArchiveReport | DocumentReport) -> dict[str, object]:
    """Return the report as JSON; kinds and states carry their Chinese names."""
    identifier = report.doc_id if isinstance(report, DocumentReport) else ARCHIVE_REPORT
    value = plain(report)
    return {"report_id": identifier, **(value if isinstance(value, dict) else {})}


def plain(value: object) -> object:
    """Return dataclasses as objects, times as ISO text, shares rounded to four places."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        made = {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return made | _names(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return round(value, 4) if isinstance(value, float) else value


def regression_lines(pairs: Iterable[tuple[str, StoredFinding]]) -> list[str]:
    """Return one JSON line per corrected span: where and of what kind, never what."""
    return [
        json.dumps(
            {
                "doc_id": doc_id,
                "page_no": stored.page_no,
                "start": stored.detection.start,
                "end": stored.detection.end,
                "kind": stored.detection.kind.value,
                "verdict": stored.verdict.value if stored.verdict else "",
            }
        )
        for doc_id, stored in pairs
    ]


def _names(value: object) -> dict[str, object]:
    names: dict[str, object] = {}
    kind, state = getattr(value, "kind", None), getattr(value, "state", None)
    if isinstance(kind, DetectionKind):
        names["kind_name"] = class_of(kind).name
    if isinstance(state, ReviewState):
        names["state_name"] = state.label
    if isinstance(value, Totals):
        names["all"] = value.all
    return names
