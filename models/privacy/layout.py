"""A text with its layout: which label or column header a value stands under.

`grid` cuts lines into cells, `labels` knows what a label announces, `tables` and `assembler` put the two
together; field extraction may use the same `rows`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from models.privacy.assembler import Assembler
from models.privacy.grid import Span, lines_of
from models.privacy.labels import label_kind
from models.privacy.tables import Cell, Header, Row
from models.text.normalisation import normalise

__all__ = ["WINDOW", "Field", "Reading", "Span", "labelled", "laid_out", "read"]

WINDOW = 16
_STOP = re.compile(r"[。;!?\n]")
_BLANK = re.compile(r"\s+")
# At the beginning, or behind a blank or mark; to ask that of the second place is faster than of the first.
# Nothing is taken back (+): what would be given up is no colon either.
_LABELLED = re.compile(
    r"([一-鿿](?<![^\s|,;。(].)[ ]{0,4}+(?:[一-鿿][ ]{0,4}+){0,11}+(?:\([^()\n]{0,10}\))?+)"
    r" {0,2}+: {0,3}+(?=\S)"
)


class Field(NamedTuple):
    """A value under a label: half-open span of the value, blanks trimmed; ``label`` without blanks."""

    label: str
    start: int
    end: int

    @property
    def kind(self) -> str:
        """What the label announces: a `DetectionKind`, SEX, DATE, AMOUNT, INDEX, TEXT, or "" if unknown."""
        return label_kind(self.label)


@dataclass(frozen=True)
class Reading:
    """A text as the recognizers see it: normalised, with its fields and what the name model said.

    ``names`` and ``places`` are spans of persons and of places or organisations; empty without a model.
    ``rows`` are the records of its tables; ``header`` is the one still open at the end (its rows may go on
    on the next page); ``loose`` are runs of lines of several cells under no header.
    """

    text: str
    fields: tuple[Field, ...]
    names: tuple[Span, ...] = ()
    places: tuple[Span, ...] = ()
    rows: tuple[Row, ...] = ()
    header: Header = ()
    loose: tuple[tuple[tuple[Span, ...], ...], ...] = ()

    @cached_property
    def _starts(self) -> list[int]:
        return [field.start for field in self.fields]

    @cached_property
    def _name_ends(self) -> dict[int, int]:
        return dict(self.names)

    def name_at(self, start: int) -> int | None:
        """Return where the name ends that the model tagged from ``start`` on."""
        return self._name_ends.get(start)

    def field_at(self, position: int) -> Field | None:
        """Return the table cell or form value that covers ``position``."""
        i = bisect_right(self._starts, position) - 1
        if i >= 0 and position < self.fields[i].end:
            return self.fields[i]
        return None

    def context(self, start: int, window: int = WINDOW) -> str:
        """Return the label of the cell and up to ``window`` characters before ``start``, same sentence."""
        field = self.field_at(start)
        first = max(0, start - window)
        if field is not None and field.start >= first:
            return f"{field.label}:{self.text[field.start : start]}"
        before: str = _STOP.split(self.text[first:start])[-1]
        return before if field is None else f"{field.label}:{before}"


def read(text: str, names: Sequence[Span] = (), places: Sequence[Span] = (), header: Header = ()) -> Reading:
    """Return ``text`` normalised and laid out; offsets stay those of ``text``.

    ``header`` is that of a table which began on an earlier page of the same document.
    """
    return laid_out(normalise(text), names, places, header)


def laid_out(
    plain: str, names: Sequence[Span] = (), places: Sequence[Span] = (), header: Header = ()
) -> Reading:
    """Do what `read` does, with a text that is normalised already."""
    assembler = Assembler(header)
    cells: list[Cell] = []
    for line in lines_of(plain):
        cells.extend(assembler.feed(line))
    cells.extend(assembler.flush())
    fields = [Field(*cell) for cell in sorted(cells, key=itemgetter(1))]
    last = assembler.headers[-1] if assembler.headers else ()
    loose = tuple(map(tuple, assembler.loose))
    return Reading(plain, tuple(fields), tuple(names), tuple(places), tuple(assembler.rows), last, loose)


def labelled(text: str) -> Iterator[tuple[str, int]]:
    """Yield (label without blanks, start of the value) for each 标签：值 of normalised ``text``."""
    for match in _LABELLED.finditer(text):
        yield _BLANK.sub("", match[1]), match.end()
