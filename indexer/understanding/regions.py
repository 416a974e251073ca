"""Regions named in a question, in full or by alias (大足区, 大足, 龙岗街道).

One name belongs to several places. The other regions of the question decide, then the asker's own
prefixes; what is still open stands for all of them. Nothing here looks at a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from indexer.understanding.pieces import Piece, PieceKind
from indexer.understanding.words import question_words, spans_of
from models.archive.regions import full_name, is_pseudo, names

_SUFFIX = re.compile(r"(?:维吾尔自治区|壮族自治区|回族自治区|自治区|特别行政区|地区|林区|[省市盟区县旗])$")
_NATIONAL = re.compile(r"^(.{2,}?)(?:[^族]{1,4}族)+自治[州县旗]$")
_STREET = re.compile(r"(?:街道|地区|[镇乡])$")
_TOO_MANY = 12
"""Places of one name above which the name says nothing (城关镇)."""
_OWN_STREETS_FROM = 6
"""Digits of an own prefix from which streets are known without their suffix."""


def region_pieces(plain: str, own: Sequence[str] = ()) -> list[Piece]:
    """Return the regions a normalised question names; ``own`` are the asker's region prefixes."""
    near = tuple(p for p in own if len(p) >= _OWN_STREETS_FROM)
    known = _known(near)
    found = [(s, e, known[plain[s:e]]) for s, e in spans_of(plain, known, _longest(near))]
    named = [codes for *_, codes in found]
    chosen = [(s, e, _narrowed(codes, named, own)) for s, e, codes in found]
    return [
        Piece(PieceKind.REGION, start, end, codes, _meaning(codes))
        for start, end, codes in chosen
        if 0 < len(codes) <= _TOO_MANY
    ]


def is_region_word(word: str) -> bool:
    """Whether a word names a place, in full or by alias, as everybody says it."""
    return word in _everywhere()


def most_specific(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """Return the codes all pieces together speak of: 大足区龙岗街道 is the street, not the district."""
    codes = {code for piece in pieces for code in piece.values}
    return tuple(sorted(c for c in codes if not any(d != c and d.startswith(c) for d in codes)))


def _narrowed(
    codes: tuple[str, ...], named: Sequence[tuple[str, ...]], own: Sequence[str]
) -> tuple[str, ...]:
    if len(codes) == 1:
        return codes
    others = [c for group in named if group != codes and len(group) == 1 for c in group]
    for within in (others, list(own)):
        inside = tuple(c for c in codes if any(c.startswith(p) or p.startswith(c) for p in within if p))
        if inside:
            return inside
    return codes


def _meaning(codes: tuple[str, ...]) -> str:
    shown = "、".join(full_name(code) for code in codes[:3])
    return shown if len(codes) <= 3 else f"{shown}等 {len(codes)} 处同名"


@cache
def _known(own: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    made = dict(_everywhere())
    for code in _streets_in(own):
        alias = _STREET.sub("", names()[code])
        if _speaks(alias):
            _put(made, alias, code)
    return made


@cache
def _longest(own: tuple[str, ...]) -> int:
    """Characters of the longest name; of 39,000, so it is not counted for every question."""
    return max(map(len, _known(own)))


def _streets_in(prefixes: tuple[str, ...]) -> Iterator[str]:
    return (code for code in names() if len(code) == 9 and code.startswith(prefixes))


@cache
def _everywhere() -> Mapping[str, tuple[str, ...]]:
    """Return what every asker may say; 45,000 names at each start of a command, so nothing is done twice."""
    made: dict[str, tuple[str, ...]] = {}
    for word, code in _spelled():
        _put(made, word, code)
    return made


def _put(made: dict[str, tuple[str, ...]], word: str, code: str) -> None:
    codes = made.get(word, ())
    if code not in codes:
        made[word] = (*codes, code)


def _spelled() -> Iterator[tuple[str, str]]:
    for code, name in names().items():
        if len(name) < 2 or is_pseudo(code):
            continue  # 市辖区 and the like stand for no place
        yield name, code
        if len(code) <= 6:
            nations = _NATIONAL.match(name)
            alias = nations[1] if nations else _SUFFIX.sub("", name)
            if alias != name and _speaks(alias):
                yield alias, code


def _speaks(alias: str) -> bool:
    return len(alias) >= 2 and alias not in question_words()["not_regions"]
