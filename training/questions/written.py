"""Short texts written by hand, as people ask, note and head things; read from the TSV files beside this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from models.archive.taxonomy import insurance_types
from models.errors import InvalidInput

FILES = ("written.tsv", "written_more.tsv", "written_third.tsv", "written_fourth.tsv", "written_fifth.tsv")
_BLOCK = 10
"""Neighbouring lines speak of one matter: so many of them stay on one side of every split."""


@dataclass(frozen=True, slots=True)
class WrittenText:
    """One line; ``kind`` is question, term, note, headline or narrative; ``group`` is its block of lines."""

    text: str
    label: str
    secondary: tuple[str, ...]
    kind: str
    group: str


def written_texts() -> Iterator[WrittenText]:
    """Yield every hand-written text once, in file order.

    Raises:
        InvalidInput: a line has not four fields, or a label that is not in the taxonomy.
    """
    seen: set[str] = set()
    for name in FILES:
        table = (files("training") / "questions" / name).read_text("utf-8")
        for number, line in enumerate(table.splitlines()):
            if line and not line.startswith("#"):
                made = _read(line, name, number)
                if made.text not in seen:
                    seen.add(made.text)
                    yield made


def _read(line: str, name: str, number: int) -> WrittenText:
    fields = line.split("\t")
    if len(fields) != 4:
        raise InvalidInput(f"{name} 第 {number + 1} 行不是四列。")
    label, also, kind, text = fields
    secondary = tuple(also.split("、")) if also else ()
    if not {label, *secondary} <= set(insurance_types()):
        raise InvalidInput(f"{name} 第 {number + 1} 行的险种不在险种表里。")
    return WrittenText(text, label, secondary, kind, f"{name.removesuffix('.tsv')}:{number // _BLOCK}")
