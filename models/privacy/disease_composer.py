"""Names of diseases in running text: words of the dictionary put together, in one pass over the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import ahocorasick

from models.privacy.disease_names import Part, disease_parts

# Vertebrae and numbered fingers: L4、5, C5/6, 腰4/5, 第2; a number before a comma or a list point is none.
_LEVEL = re.compile(
    r"(?=[第LTCS腰颈胸骶\d一二三四五])"
    r"(?:第?[LTCS]\d{1,2}(?:[/、\-~一至][LTCS]?\d{1,2}){0,3}(?![\d.])"
    r"|[腰颈胸骶][\d一二三四五]{1,2}[/、\-~至][腰颈胸骶]?[\d一二三四五]{1,2}(?![\d.])"
    r"|第[\d、一二三四五六七八九十至—-]{1,7}"
    r"|(?<=[手足侧肋左右])[\d一二三四五][\-—、至到][\d一二三四五](?=[一-鿿]))"
)
_JOINT = re.compile("[及伴并](?<=[骨侧部节肺脑肾肝脏端膜].)")
# A lone position belongs to a name only together with what follows (中耳炎, not 工作中左手骨折).
_POSITIONS = frozenset("上下中前后内外侧间部性软腔指高低全半浅深顶偏非湿热干头血白火酸碱")
_WIDTH = 8
_MANY = 4096
"""Ends of modifiers that are kept; no word of the dictionary is nearly that long."""


class Composed(NamedTuple):
    """A half-open span; ``whole`` says that it is a name without any label."""

    start: int
    end: int
    whole: bool
    last: str
    """The word that ends it."""


@cache
def _automaton() -> Any:
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for word, part in disease_parts().items():
        automaton.add_word(word, len(word) * _WIDTH + int(part))
    automaton.make_automaton()
    return automaton


def compose(text: str) -> Iterator[Composed]:
    """Yield the names in ``text``, left to right; they may overlap or touch.

    A name is any number of modifiers and a word that ends a name; the longest run of modifiers counts.
    Time is linear: at most some ten words of the dictionary end at one character.
    """
    first: dict[int, int] = {}
    modifier, ending = int(Part.MODIFIER), int(Part.NAME | Part.HEAD)
    extra = _modifiers_by_form(text)
    at = 0
    for last, code in _automaton().iter(text):
        size, part = divmod(code, _WIDTH)
        end = last + 1
        start = end - size
        while at < len(extra) and extra[at][0] <= start:
            after, before, joint = extra[at]
            at += 1
            if not joint or before in first:
                _extend(first, before, after)
        if part & modifier:
            _extend(first, start, end)
            if len(first) > _MANY:
                first = {place: begin for place, begin in first.items() if place > end - _MANY // 2}
        if part & ending:
            begin = _without_position(text, first[start], start) if start in first else start
            if begin < start or size > 1:
                yield Composed(begin, end, bool(part & Part.NAME) or begin < start, text[start:end])


def is_part(word: str) -> bool:
    """Whether ``word`` can be part of the name of a disease."""
    return bool(_automaton().get(word, 0))


def is_name(word: str) -> bool:
    """Whether ``word`` is the name of a disease or a word that ends one."""
    return bool(_automaton().get(word, 0) & (Part.NAME | Part.HEAD))


def _extend(first: dict[int, int], start: int, end: int) -> None:
    begin = first.get(start, start)
    if begin < first.get(end, end):
        first[end] = begin


def _modifiers_by_form(text: str) -> list[tuple[int, int, bool]]:
    """Return (end, start, whether it joins two sites) of levels and joints, which no dictionary lists."""
    levels = [(match.end(), match.start(), False) for match in _LEVEL.finditer(text)]
    return sorted([*levels, *((match.end(), match.start(), True) for match in _JOINT.finditer(text))])


def _without_position(text: str, begin: int, head: int) -> int:
    """Return ``begin`` behind a lone position word that the next word does not need."""
    if begin < head and text[begin] in _POSITIONS:
        size = _longest(text, begin, head)
        if size == 1:
            return _without_position(text, begin + 1, head)
    return begin


def _longest(text: str, begin: int, head: int) -> int:
    automaton = _automaton()
    for end in range(head, begin, -1):
        if automaton.get(text[begin:end], 0) & Part.MODIFIER:
            return end - begin
    return 0
