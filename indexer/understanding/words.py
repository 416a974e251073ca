"""Words for insurances and materials, official and colloquial, read from `models/reference`."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from indexer.understanding.pieces import Piece, PieceKind
from models.archive.taxonomy import insurance_types, material_types


@dataclass(frozen=True, slots=True)
class Wording:
    """What a word stands for, as (kind, names); nothing for one that only looks like ours."""

    kind: PieceKind | None
    names: tuple[str, ...]


@cache
def question_words() -> Mapping[str, Any]:
    """Return the table `question_words.toml`."""
    return tomllib.loads((files("models") / "reference" / "question_words.toml").read_text("utf-8"))


@cache
def wordings() -> Mapping[str, Wording]:
    """Return every known word with its meaning; a word for a material is not also one for an insurance."""
    insurances: defaultdict[str, list[str]] = defaultdict(list)
    materials: defaultdict[str, list[str]] = defaultdict(list)
    for insurance in insurance_types().values():
        for word in insurance.said_as:
            insurances[word].append(insurance.name)
    for material in material_types().values():
        for word in {material.name, material.title, *material.said_as}:
            materials[word].append(material.name)
    for row in question_words()["word"]:
        for word in row["said"]:
            materials[word].extend(row.get("materials", ()))
            insurances[word].extend([row["insurance"]] if "insurance" in row else [])
    made = {word: Wording(None, ()) for word in question_words()["means_nothing"]}
    for kind, table in ((PieceKind.INSURANCE, insurances), (PieceKind.MATERIAL, materials)):
        made |= {word: Wording(kind, tuple(dict.fromkeys(names))) for word, names in table.items() if names}
    return made


def word_pieces(plain: str) -> Iterator[Piece]:
    """Yield the pieces that words for insurances and materials make, the longest word first at each place."""
    for start, end in spans_of(plain, wordings(), _longest()):
        wording = wordings()[plain[start:end]]
        if wording.kind is not None:
            yield Piece(wording.kind, start, end, wording.names, "、".join(wording.names))


def spans_of(plain: str, words: Mapping[str, object], longest: int) -> Iterator[tuple[int, int]]:
    """Yield spans of known words from left to right, the longest at each place, without overlaps."""
    start = 0
    while start < len(plain):
        for length in range(min(longest, len(plain) - start), 1, -1):
            if plain[start : start + length] in words:
                yield start, start + length
                start += length - 1
                break
        start += 1


@cache
def _longest() -> int:
    return max(map(len, wordings()))


def is_filler(word: str) -> bool:
    """Whether a word carries no matter of its own."""
    fillers: Sequence[str] = question_words()["empty"]
    return word in fillers
