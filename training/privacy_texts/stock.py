"""The word stock of ``vocabulary.toml`` and biased draws from it."""

from __future__ import annotations

import gzip
import random
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TypeVar

from models.archive import regions

Item = TypeVar("Item")


@cache
def stock(section: str, name: str) -> tuple[str, ...]:
    """Return the items of one list; KeyError if there is none of that name."""
    return _lists()[section][name]


@cache
def _lists() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    text = (files("training.privacy_texts") / "vocabulary.toml").read_text("utf-8")
    return {
        section: {name: tuple(str(items).split()) for name, items in lists.items()}
        for section, lists in tomllib.loads(text).items()
    }


def pick(rng: random.Random, section: str, name: str) -> str:
    """Return one item of a list, all alike."""
    return rng.choice(stock(section, name))


def early(rng: random.Random, items: Sequence[Item], bias: float = 1.8) -> Item:
    """Return one of ``items``, the first ones more often; a bias of 1 is none."""
    return items[int(rng.random() ** bias * len(items))]


@cache
def general_words() -> tuple[str, ...]:
    """Return the words of the lexical statistics, in order."""
    packed = (files("models.reference") / "lexical_statistics.tsv.gz").read_bytes()
    rows = (line.split("\t") for line in gzip.decompress(packed).decode("utf-8").splitlines())
    return tuple(sorted(row[1] for row in rows if row[0] == "words"))


@cache
def daily_characters() -> str:
    """Return the 3,755 characters of GB/T 2312-1980, first level."""
    codes = ((row, cell) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return "".join(bytes(code).decode("gb2312", "ignore") for code in codes)


@cache
def divisions(length: int) -> tuple[str, ...]:
    """Return the codes of one level (2 province, 4 prefecture, 6 county, 9 township), in order."""
    return tuple(sorted(code for code in regions.names() if len(code) == length))
