"""Patterns of the places at which a name stands whatever it looks like, made of `name_places.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.privacy.name_table import HAN
from models.privacy.searching import Around, any_of, matches_from

_NAME = rf"(?:[{HAN}]{{2,4}}|[{HAN}] {{1,4}}[{HAN}] {{1,4}}[{HAN}]|[{HAN}]{{1,2}} {{1,4}}[{HAN}]{{1,2}})"
_ID = r"[1-9]\d{5}[ \-]?(?:19|20)?\d{2}[ \-]?(?:0\d|1[0-2])[0-3]\d[ \-]?\d{3}(?:[\dXx](?!\d)|(?!\d))"
_DAY = r"(?:(?:19|20)?\d\d ?[年.\-/] ?)?\d{1,2} ?[月.\-/] ?\d{1,2} ?日?"
_FIRST = rf"(?<![{HAN}])"
SPREAD = (
    rf"(?:[{HAN}] {{1,6}}[{HAN}] {{1,6}}[{HAN}](?![{HAN}])|[{HAN}]{{2}} {{1,6}}[{HAN}]"
    rf"|[{HAN}] {{1,6}}[{HAN}]{{1,2}})"
)
_ID_START = r"[1-9](?<!\d.)\d{5}[ \-]?(?:19|20)?\d{2}[ \-]?(?:0\d|1[0-2])[0-3]\d"
_LINE_START = r"(?<![^\n].)"
"""Behind the first sign of a line: faster than ^ before it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A pattern whose group 1 is the name; ``around`` or ``starts`` say where alone it can match."""

    pattern: re.Pattern[str]
    why: str
    score: float
    strict: bool = False
    """Whether a surname is asked for."""
    around: Around | None = None
    """The neighbourhood of something easily found."""
    starts: re.Pattern[str] | None = None
    """The first character of every match."""

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        if self.around:
            return self.around.matches(self.pattern, text)
        if self.starts:
            return matches_from(self.starts, self.pattern, text)
        return self.pattern.finditer(text)


def place_patterns(table: Mapping[str, str]) -> tuple[Place, ...]:
    """Return the patterns made of the words of ``table``."""
    return (
        *_beside_numbers("".join(table["role_ends"].split())),
        *_before_brackets(table["signed"], any_of(table["kin"].split()), table["also"]),
        *_behind_words(table),
        *_by_layout(),
    )


def _beside_numbers(role_ends: str) -> Iterator[Place]:
    """Yield the places before a resident ID."""
    near = Around(re.compile(_ID_START), 24, 20)
    behind = rf"(?=[,(|/\t 、:]{{1,4}}(?:[男女][,|/\t 、]{{1,3}})?{_ID})"
    yield Place(re.compile(rf"{_FIRST}({_NAME}){behind}"), "ID after", 0.85, around=near)
    role = rf"[{HAN}]{{0,5}}[{role_ends}工]([{HAN}]{{2,3}})(?= ?[,(:|/]{{1,2}} ?(?:身份证号?码?:? ?)?{_ID})"
    yield Place(re.compile(role), "role before, ID after", 0.8, around=near)


def _before_brackets(signed: str, kin: str, also: str) -> Iterator[Place]:
    """Yield the places before what brackets, or a cell, say of the person."""
    whole = (rf"\((?:{signed})\)", "signed"), (rf"\((?:之?(?:{kin})|户主)\)", "kin after")
    for behind, why in whole:
        yield _before(behind, f" ?{behind}", why, 16)
    cell = rf"[,|\t┊][\"“ ]{{0,3}}(?:之?(?:{kin}))[\"” ]{{0,3}}"
    yield _before(rf"{cell}(?=[,|\t┊])", rf"[\"”]?{cell}[,|\t┊]", "kin after", 16, 1)
    other = rf"\((?:{also}|误|错|写作|音)"
    yield _before(other, f" ?{other}", "other name after", 16)


def _before(landmark: str, behind: str, why: str, *reach: int) -> Place:
    """Return the place of a name that ``behind`` follows, within ``reach`` of the ``landmark`` in it."""
    pattern = re.compile(rf"{_FIRST}({_NAME})(?={behind})")
    return Place(pattern, why, 0.8, around=Around(re.compile(landmark), *reach))


def _behind_words(table: Mapping[str, str]) -> Iterator[Place]:
    """Yield the places behind words that say a further name comes."""
    also = rf"(?:{table['also']})栏?(?:填写?|写[作为]?)?[:\"“「『]? ?({_NAME})(?![{HAN}])"
    yield Place(re.compile(also), "other name before", 0.8)
    said, why = rf"(?:{table['also_quoted']})[为是成]?[:]?", "other name before"
    quoted = rf"{said}[\"“「『] ?({_NAME}) ?[\"”」』'’]"
    yield Place(re.compile(quoted), why, 0.75, around=Around(re.compile('["“「『]'), 8, 14))
    first = re.compile(f"[{table['also_quoted_first']}]")
    yield Place(re.compile(rf"{said} ?({_NAME})(?=[,;。)]|$)"), why, 0.7, strict=True, starts=first)


def _by_layout() -> Iterator[Place]:
    """Yield the places in a row before 男 or 女 and in a line by themselves, with a day or without."""
    row = rf"(?:^|[|\t,、;。\n]|\d[.、)]| {{2}}) ?({SPREAD})(?= {{0,8}}[男女](?:性|[ ,、|\t\n]|$))"
    sex = Around(re.compile("[男女]"), 32, 2)
    yield Place(re.compile(row), "sex after", 0.85, strict=True, around=sex)
    dated = rf"(?m)(?:^|[。;] ?|(?<=  )){_FIRST}({_NAME}) {{1,12}}{_DAY} *$"
    day = Around(re.compile(rf"(?m) {_DAY} *$"), 32, 1)
    yield Place(re.compile(dated), "signature", 0.7, strict=True, around=day)
    apart = rf"(?m) {_LINE_START} {{3,}}({_NAME}) {{1,12}}{_DAY} *$"
    yield Place(re.compile(apart), "signature", 0.7)
    alone = rf"(?m) {_LINE_START} {{7,}}({_NAME}) *$"
    yield Place(re.compile(alone), "signature", 0.7, strict=True)
