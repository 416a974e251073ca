"""Patterns of the places at which a name stands whatever it looks like, made of `name_places.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.privacy.name_table import HAN
from models.privacy.searching import Around, any_of

_NAME = rf"(?:[{HAN}]{{2,4}}|[{HAN}] {{1,4}}[{HAN}] {{1,4}}[{HAN}]|[{HAN}]{{1,2}} {{1,4}}[{HAN}]{{1,2}})"
_ID = r"[1-9]\d{5}[ \-]?(?:19|20)?\d{2}[ \-]?(?:0\d|1[0-2])[0-3]\d[ \-]?\d{3}(?:[\dXx](?!\d)|(?!\d))"
_DAY = r"(?:(?:19|20)?\d\d ?[年.\-/] ?)?\d{1,2} ?[月.\-/] ?\d{1,2} ?日?"
_FIRST = rf"(?<![{HAN}])"
SPREAD = (
    rf"(?:[{HAN}] {{1,6}}[{HAN}] {{1,6}}[{HAN}](?![{HAN}])|[{HAN}]{{2}} {{1,6}}[{HAN}]"
    rf"|[{HAN}] {{1,6}}[{HAN}]{{1,2}})"
)
_ID_START = r"[1-9](?<!\d.)\d{5}"
_LINE_START = r"(?<![^\n].)"
"""Behind the first sign of a line: faster than ^ before it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A pattern whose group 1 is the name, for places ``around`` which something easily found stands."""

    pattern: re.Pattern[str]
    around: Around | None
    score: float
    strict: bool
    """Whether a surname is asked for."""
    why: str

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        return self.around.matches(self.pattern, text) if self.around else self.pattern.finditer(text)


def place_patterns(table: Mapping[str, str]) -> tuple[Place, ...]:
    """Return the patterns made of the words of ``table``."""
    words = any_of(table["kin"].split())
    ends = "".join(table["role_ends"].split())
    also, quoted = table["also"], table["also_quoted"]
    shut = "[\"”」』'’]"
    rows = (
        (
            rf"{_FIRST}({_NAME})(?=[,(|/\t 、:]{{1,4}}(?:[男女][,|/\t 、]{{1,3}})?{_ID})",
            Around(re.compile(_ID_START), 24, 20),
            0.85,
            False,
            "ID after",
        ),
        (
            rf"[{HAN}]{{0,5}}[{ends}工]([{HAN}]{{2,3}})(?= ?[,(:|/]{{1,2}} ?(?:身份证号?码?:? ?)?{_ID})",
            Around(re.compile(_ID_START), 24, 20),
            0.8,
            False,
            "role before, ID after",
        ),
        (
            rf"{_FIRST}({_NAME})(?= ?\((?:{table['signed']})\))",
            Around(re.compile(rf"\((?:{table['signed']})\)"), 16),
            0.8,
            False,
            "signed",
        ),
        (
            rf"{_FIRST}({_NAME})(?= ?\((?:之?(?:{words})|户主)\))",
            Around(re.compile(rf"\((?:之?(?:{words})|户主)\)"), 16),
            0.8,
            False,
            "kin after",
        ),
        (
            rf"{_FIRST}({_NAME})(?=[\"”]?[,|\t┊][\"“ ]{{0,3}}(?:之?(?:{words}))[\"” ]{{0,3}}[,|\t┊])",
            Around(re.compile(rf"[,|\t┊][\"“ ]{{0,3}}(?:之?(?:{words}))[\"” ]{{0,3}}(?=[,|\t┊])"), 16, 1),
            0.8,
            False,
            "kin after",
        ),
        (
            rf"{_FIRST}({_NAME})(?= ?\((?:{also}|误|错|写作|音))",
            Around(re.compile(rf"\((?:{also}|误|错|写作|音)"), 16),
            0.8,
            False,
            "other name after",
        ),
        (
            rf"(?:{also})栏?(?:填写?|写[作为]?)?[:\"“「『]? ?({_NAME})(?![{HAN}])",
            None,
            0.8,
            False,
            "other name before",
        ),
        (
            rf"(?:{quoted})[为是成]?[:]?[\"“「『] ?({_NAME}) ?{shut}",
            Around(re.compile('["“「『]'), 8, 14),
            0.75,
            False,
            "other name before",
        ),
        (rf"(?:{quoted})[为是成]?[:]? ?({_NAME})(?=[,;。)]|$)", None, 0.7, True, "other name before"),
        (
            rf"(?:^|[|\t,、;。\n]|\d[.、)]| {{2}}) ?({SPREAD})(?= {{0,8}}[男女](?:性|[ ,、|\t\n]|$))",
            Around(re.compile("[男女]"), 32, 2),
            0.85,
            True,
            "sex after",
        ),
        (
            rf"(?m)(?:^|[。;] ?|(?<=  )){_FIRST}({_NAME}) {{1,12}}{_DAY} *$",
            Around(re.compile(rf"(?m) {_DAY} *$"), 32, 1),
            0.7,
            True,
            "signature",
        ),
        (rf"(?m) {_LINE_START} {{3,}}({_NAME}) {{1,12}}{_DAY} *$", None, 0.7, False, "signature"),
        (rf"(?m) {_LINE_START} {{7,}}({_NAME}) *$", None, 0.7, True, "signature"),
    )
    return tuple(
        Place(re.compile(pattern), around, score, strict, why) for pattern, around, score, strict, why in rows
    )
