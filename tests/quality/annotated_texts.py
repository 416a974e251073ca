"""Annotated texts of the quality sets: JSON lines with offsets, or marked text (`privacy_texts.marked`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.privacy_texts.marked import parse

Span = tuple[int, int, str]
_HELD_OUT_NAME = "fresh_test"


@dataclass(frozen=True, slots=True)
class Row:
    """One annotated text; spans are half-open, in code points, with the name of the kind."""

    id: str
    text: str
    spans: frozenset[Span]
    form: str


def read_rows(path: Path) -> list[Row]:
    """Return the annotated texts of ``path``: ``.txt`` is marked text, anything else JSON lines."""
    source = path.read_text("utf-8")
    return list(_marked(source) if path.suffix == ".txt" else _json_lines(source))


def _marked(source: str) -> Iterator[Row]:
    for text in parse(source):
        spans = frozenset((start, end, kind.value) for start, end, kind in text.spans)
        yield Row(text.text_id, text.text, spans, text.form)


def _json_lines(source: str) -> Iterator[Row]:
    for line in source.splitlines():
        raw = json.loads(line)
        spans = frozenset((int(a), int(b), str(kind)) for a, b, kind in raw["spans"])
        yield Row(raw["id"], raw["text"], spans, raw["form"])


def is_held_out(path: Path) -> bool:
    """Whether only figures may be read off ``path``."""
    return _HELD_OUT_NAME in path.resolve().name
