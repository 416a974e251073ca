"""Names by the place they stand in: beside a number, in a family, in a signature, behind 又名."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.privacy.detections import Detection, DetectionKind
from models.privacy.labels import is_label, kin_words
from models.privacy.layout import Reading
from models.privacy.name_table import HAN, is_name_like, is_transliterated, name_table, surname_length
from models.privacy.resolution import Taken

_NAME = rf"(?:[{HAN}]{{2,4}}|[{HAN}] {{1,4}}[{HAN}] {{1,4}}[{HAN}]|[{HAN}]{{1,2}} {{1,4}}[{HAN}]{{1,2}})"
_ID = r"[1-9]\d{5}[ \-]?(?:19|20)?\d{2}[ \-]?(?:0\d|1[0-2])[0-3]\d[ \-]?\d{3}(?:[\dXx](?!\d)|(?!\d))"
_DAY = r"(?:(?:19|20)?\d\d ?[年.\-/] ?)?\d{1,2} ?[月.\-/] ?\d{1,2} ?日?"
_FIRST = rf"(?<![{HAN}])"
_SPREAD = (
    rf"(?:[{HAN}] {{1,6}}[{HAN}] {{1,6}}[{HAN}](?![{HAN}])|[{HAN}]{{2}} {{1,6}}[{HAN}]"
    rf"|[{HAN}] {{1,6}}[{HAN}]{{1,2}})"
)
_KIN_LETTERS = tuple("父母妻夫子女兄弟姐妹")
_FACT = re.compile(r"[,(] ?(?:[男女\d]|(?:住|现住|家住)|[^,。;\n]{0,10}(?:证|出生|号|年))")


@dataclass(frozen=True, slots=True)
class Places:
    """The words of `name_places.toml` and the patterns they make."""

    role: re.Pattern[str]
    actions: frozenset[str]
    kin: frozenset[str]
    kin_first: re.Pattern[str]
    relative: re.Pattern[str]
    compounds: frozenset[str]
    patterns: tuple[tuple[re.Pattern[str], float, bool, str], ...]
    """Pattern whose group 1 is the name, score 0–1, whether a surname is asked for, evidence."""


@cache
def places() -> Places:
    """Return the table, read once."""
    table = tomllib.loads((files("models") / "reference" / "name_places.toml").read_text("utf-8"))
    kin = frozenset(table["kin"].split())
    words = "|".join(sorted(kin, key=len, reverse=True))
    ends = "".join(table["role_ends"].split())
    also, quoted = table["also"], table["also_quoted"]
    shut = "[\"”」』'’]"
    rows = (
        (
            rf"{_FIRST}({_NAME})(?=[,(|/\t 、:]{{1,4}}(?:[男女][,|/\t 、]{{1,3}})?{_ID})",
            0.85,
            False,
            "ID after",
        ),
        (
            rf"[{HAN}]{{0,5}}[{ends}工]([{HAN}]{{2,3}})(?= ?[,(:|/]{{1,2}} ?(?:身份证号?码?:? ?)?{_ID})",
            0.8,
            False,
            "role before, ID after",
        ),
        (rf"{_FIRST}({_NAME})(?= ?\((?:{table['signed']})\))", 0.8, False, "signed"),
        (rf"{_FIRST}({_NAME})(?= ?\((?:之?(?:{words})|户主)\))", 0.8, False, "kin after"),
        (
            rf"{_FIRST}({_NAME})(?=[\"”]?[,|\t┊][\"“ ]{{0,3}}(?:之?(?:{words}))[\"” ]{{0,3}}[,|\t┊])",
            0.8,
            False,
            "kin after",
        ),
        (rf"{_FIRST}({_NAME})(?= ?\((?:{also}|误|错|写作|音))", 0.8, False, "other name after"),
        (
            rf"(?:{also})栏?(?:填写?|写[作为]?)?[:\"“「『]? ?({_NAME})(?![{HAN}])",
            0.8,
            False,
            "other name before",
        ),
        (rf"(?:{quoted})[为是成]?[:]?[\"“「『] ?({_NAME}) ?{shut}", 0.75, False, "other name before"),
        (rf"(?:{quoted})[为是成]?[:]? ?({_NAME})(?=[,;。)]|$)", 0.7, True, "other name before"),
        (
            rf"(?:^|[|\t,、;。\n]|\d[.、)]| {{2}}) ?({_SPREAD})(?= {{0,8}}[男女](?:性|[ ,、|\t\n]|$))",
            0.85,
            True,
            "sex after",
        ),
        (rf"(?m)(?:^|[。;] ?|(?<=  )){_FIRST}({_NAME}) {{1,12}}{_DAY} *$", 0.7, True, "signature"),
        (rf"(?m)^ {{4,}}({_NAME}) {{1,12}}{_DAY} *$", 0.7, False, "signature"),
        (rf"(?m)^ {{8,}}({_NAME}) *$", 0.7, True, "signature"),
    )
    return Places(
        role=re.compile(rf"[{HAN}][{ends}]$"),
        actions=frozenset(table["actions"].split()),
        kin=kin,
        kin_first=re.compile(words),
        relative=re.compile(
            rf"(?:(?<![{HAN}])|(?<=[其随携]))(?P<kin>{words})(?:[:是叫系为]|名叫| )?"
            rf"(?P<name>[{HAN}]{{2,4}}|{_SPREAD})(?=[,、;。)(\s]|$)"
        ),
        compounds=frozenset(table["compounds"].split()),
        patterns=tuple((re.compile(pattern), score, strict, why) for pattern, score, strict, why in rows),
    )


def find_placed_names(reading: Reading) -> Iterator[Detection]:
    """Yield names that their place gives away, words of daily use and names without a surname among them."""
    text = reading.text
    elsewhere = Taken(reading.places)
    for pattern, score, strict, why in places().patterns:
        for match in pattern.finditer(text):
            if may_be_name(match[1], strict=strict) and not elsewhere.overlaps(*match.span(1)):
                yield Detection(*match.span(1), DetectionKind.PERSON, score, "name-place", (why,))
    yield from _relatives(text)


def may_be_name(value: str, *, strict: bool) -> bool:
    """Whether a value at a place for names may be one; with a surname if ``strict``."""
    plain = re.sub(r"\s", "", value)
    surname = surname_length(plain)
    if not is_name_like(plain, firm=True) or is_label(plain) or plain in kin_words() | places().kin:
        return False
    if name_table().organisation.search(plain) or plain.endswith("族") or plain in places().actions:
        return False
    if surname:
        return len(plain) <= surname + 2 and (not strict or is_name_like(plain))
    return not strict and (len(plain) <= 3 or is_transliterated(plain)) and is_name_like(plain)


def _relatives(text: str) -> Iterator[Detection]:
    """Yield the names behind kin words; without a surname only beside another one or before a fact."""
    found = [match for match in places().relative.finditer(text) if _is_relative(match)]
    spans = {match.start() for match in found}
    ends = {match.end() for match in found}
    for match in found:
        start, end = match.span("name")
        # 妻温馨、子闻一: the neighbour begins or ends one mark further on.
        beside = match.start() - 1 in ends or end + 1 in spans
        known = surname_length(match["name"]) > 0 and is_name_like(match["name"])
        if known or beside or _FACT.match(text, end):
            yield Detection(
                start, end, DetectionKind.PERSON, 0.82 if known else 0.7, "name-place", ("kin before",)
            )


def _is_relative(match: re.Match[str]) -> bool:
    kin, name = match["kin"], match["name"]
    word = match.start("name") == match.end("kin") and kin + name[0] in places().compounds
    return not word and not name.startswith(_KIN_LETTERS) and may_be_name(name, strict=False)


def is_role(label: str) -> bool:
    """Whether a label says who somebody is or what somebody did to the paper: 被评定人, 核稿, 一助."""
    return label in places().actions or places().role.search(label) is not None


def skip_kin(text: str, start: int, limit: int) -> int:
    """Return where the name begins behind a kin word that stands before it in a list (、子闻一)."""
    kin = places().kin_first.match(text, start, limit)
    if kin is None:
        return start
    run = re.compile(rf"[{HAN}]{{2,4}}(?![{HAN}])").match(text, kin.end(), limit)
    if run is None or not surname_length(run.group()) or not may_be_name(run.group(), strict=True):
        return start
    # 母高见 may be one name; 妻兰田玉 and 岳父温老根 are not.
    return kin.end()
