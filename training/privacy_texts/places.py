"""Another address for an address: other names and numbers in the same pattern, or one of the generator."""

from __future__ import annotations

import random
import re
from functools import cache

from models.archive import regions
from training.privacy_texts.addresses import address, village
from training.privacy_texts.stock import divisions, pick

_NAMED = re.compile(
    r"(?P<stem>[一-鿿]{2,4}?)(?P<head>省|自治区|市|自治县|县|区|街道|镇|乡|大队|村|社区|大道|路|街|巷|小区|新村|苑)"
)
_NUMBER = re.compile(r"\d+|[一二三四五六七八九十]{1,3}(?=[号组社队弄楼栋幢单元])")
_COUNTED = "一二三四五六七八九"
_FRESH = 0.3
_RENAMED = 0.75
_BLANK = re.compile(r"\s")


def another_place(value: str, rng: random.Random) -> str:
    """Return an address in the pattern of ``value``; a long one is now and then made up from scratch."""
    if len(value) >= 8 and not _BLANK.search(value) and rng.random() < _FRESH:
        return address(rng)
    renamed = _NAMED.sub(lambda match: _stem(match["stem"], match["head"], rng) + match["head"], value)
    return _NUMBER.sub(lambda match: _number(match[0], rng), renamed)


def _number(found: str, rng: random.Random) -> str:
    if not found.isascii():
        return rng.choice(_COUNTED)
    first = rng.choice("123456789")
    return first + "".join(rng.choice("0123456789") for _ in found[1:])


def _stem(stem: str, head: str, rng: random.Random) -> str:
    if rng.random() >= _RENAMED:
        return stem
    if head in {"省", "自治区", "市", "自治县", "县", "区"}:
        return rng.choice(_divisions_in(head) or (stem,))
    if head in {"街道", "镇", "乡"}:
        return rng.choice(_towns())
    if head in {"村", "大队", "社区"}:
        return village(rng).removesuffix("村")
    if head in {"小区", "新村", "苑"}:
        return pick(rng, "words", "estates")[:2]
    return pick(rng, "words", "road_first")


@cache
def _divisions_in(head: str) -> tuple[str, ...]:
    """Return what stands before ``head`` in the names of provinces, prefectures and counties."""
    names = (regions.names()[code] for length in (2, 4, 6) for code in divisions(length))
    return tuple(sorted({n.removesuffix(head) for n in names if n.endswith(head) and len(n) > len(head) + 1}))


@cache
def _towns() -> tuple[str, ...]:
    names = (regions.names()[code] for code in divisions(9))
    return tuple(sorted({name.removesuffix("街道").rstrip("镇乡") for name in names if len(name) > 2}))
