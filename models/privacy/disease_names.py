"""The dictionary of disease names: `disease_names.txt` spelt out, and the parts that names are made of."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from enum import IntFlag
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

from models.text.normalisation import Replacer

_TOKEN = re.compile(r"(?:\([^()]*\)|[^\s()])+")
_PART = re.compile(r"\(([^()]*)\)|([^()]+)")
_FREE = "*"
# 术后 dates a disease; it is no part of its name.
_AFTERWARDS = re.compile("术后(?:状态)?$")
_SHORTEST_PREFIX = 2
_NO_PREFIX = re.compile("^伴|的$|^医院$")


class Part(IntFlag):
    """What a word can be within the name of a disease, an injury or an operation."""

    MODIFIER = 1
    """Side, site, cause, course, stage, way of operating: stands before."""
    NAME = 2
    """A name of its own."""
    HEAD = 4
    """A name only behind a modifier (手 + 擦伤), or where a label announces one."""


_MODIFIER, _NAME, _HEAD = int(Part.MODIFIER), int(Part.NAME), int(Part.HEAD)
_PARTS = tuple(Part(number) for number in range(8))
"""Every sum of parts, by its number."""


def spelt_out(token: str) -> Iterator[str]:
    """Yield the names that ``token`` stands for: (急性|慢性|)胃炎 gives three."""
    for chosen in product(*_groups(token)):
        yield "".join(chosen)


def disease_names() -> Iterator[str]:
    """Yield every whole name of the dictionary, some of them more than once."""
    for token in _tokens():
        if not token.startswith(_FREE):
            yield from (name for name in spelt_out(token) if len(name) > 1 and not _AFTERWARDS.search(name))


@cache
def disease_toml() -> Mapping[str, Any]:
    """Return `diseases.toml` as read."""
    return tomllib.loads((files("models") / "reference" / "diseases.toml").read_text("utf-8"))


@cache
def plain_letters() -> Replacer:
    """Return what makes misread and traditional characters of disease names plain, one for one."""
    return Replacer({pair[0]: pair[1] for pair in disease_toml()["look_alikes"].split()})


def disease_parts() -> dict[str, Part]:
    """Return every word of disease names with what it can be.

    What stands before a head in a whole name (孔源性 in 孔源性视网膜脱离) stands before other heads too.
    """
    table = disease_toml()
    # Plain numbers while collecting: 50,000 sums of flags take a third of a second at every start.
    parts: dict[str, int] = dict.fromkeys(table["modifiers"].split(), _MODIFIER)
    heads = frozenset(table["heads"].split())
    for word in heads:
        parts[word] = parts.get(word, 0) | _NAME
    for name in disease_names():
        parts[name] = parts.get(name, 0) | _NAME
        for size in range(_SHORTEST_PREFIX, len(name)):
            if name[size:] in heads and len(name) - size > 1 and not _NO_PREFIX.search(name[:size]):
                parts[name[:size]] = parts.get(name[:size], 0) | _MODIFIER
    for before, last in _free():
        for word in before:
            parts[word] = parts.get(word, 0) | _MODIFIER
        for word in last:
            parts[word] = parts.get(word, 0) | _HEAD
    for word in ("", *table["not_parts"].split()):
        parts.pop(word, None)
    return {word: _PARTS[number] for word, number in parts.items()}


def _free() -> Iterator[tuple[list[str], list[str]]]:
    """Yield what may stand before, and the heads, of every token whose parts combine freely."""
    for token in _tokens():
        if token.startswith(_FREE):
            *before, last = _groups(token[1:])
            yield (
                [word for group in before for word in group],
                [word for word in last if not _AFTERWARDS.search(word)],
            )


@cache
def _tokens() -> tuple[str, ...]:
    text = (files("models") / "reference" / "disease_names.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith(("#", "[")))
    return tuple(token for line in lines for token in _TOKEN.findall(line))


def _groups(token: str) -> list[list[str]]:
    return [choice.split("|") if not plain else [plain] for choice, plain in _PART.findall(token)]
