"""Names in running text without a label: heading a clause, spaced out, transliterated, in other scripts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.archive import regions
from models.privacy.attributes import is_nation
from models.privacy.detections import Detection, DetectionKind
from models.privacy.labels import is_label
from models.privacy.layout import Reading
from models.privacy.name_table import HAN, is_name_like, name_table, surname, surname_length
from models.privacy.resolution import Taken
from models.privacy.searching import Around, any_of
from models.text.segmentation import is_word

_GIVEN = rf"(?![男女之的])[{HAN}]"
_WIDE = rf"(?:[{HAN}]{{1,2}} {{2,4}}{_GIVEN}(?: {{2,4}}{_GIVEN})?|[{HAN}] {{1,4}}{_GIVEN} {{1,4}}{_GIVEN})"
_CYRILLIC = re.compile(r"[А-ЯЁ](?<![А-Яа-яЁё].)[а-яё]+(?:[ \-](?:[А-ЯЁ][а-яё]+|(?:[А-ЯЁ]\.){1,2})){1,3}")
_CYRILLIC_LETTER = re.compile("[А-ЯЁ]")
_CYRILLIC_ALONE = re.compile(r"[А-ЯЁ](?<=\(.)[а-яё]{2,}(?=\))")
_LATIN = re.compile(
    r"([A-Z](?<![A-Za-z.@/].)[a-zà-ÿ]+(?:[ \-'][A-Z][a-zà-ÿ]+){1,3})"
    rf"(?= ?[,(] ?(?:[{HAN}]{{1,6}}[人籍]|[男女]|护照|passport|国籍))"
)
_RANK = re.compile("(?:自治)?[省市区县旗州盟]$", re.MULTILINE)
_WHOLE = 0.92


@dataclass(frozen=True, slots=True)
class Clauses:
    """What stands around a full name, and the letters of transliterated ones."""

    head: re.Pattern[str]
    around_head: Around
    wide: re.Pattern[str]
    around_wide: Around
    stretch: re.Pattern[str]
    shared: re.Pattern[str]
    shared_end: re.Pattern[str]
    """What no match of ``shared`` is without."""


@cache
def clauses() -> Clauses:
    """Return the patterns made of `name_places.toml` and the surnames."""
    table = tomllib.loads((files("models") / "reference" / "name_places.toml").read_text("utf-8"))
    names = name_table()
    usual = names.common - names.doubtful
    firm = "".join(sorted(usual))
    given = rf"(?:(?![{table['function_letters']}])[{HAN}])"
    compound = any_of(names.compound)
    letters = "".join(sorted(names.transliteration))
    return Clauses(
        head=re.compile(
            rf"(?:(?<![{HAN}])|(?<=[叫])|(?P<before>{table['said_before']}))"
            rf"(?P<name>{compound}{given}{{1,2}}|[{firm}]{given}{{1,2}}?)(?={table['said_behind']})"
        ),
        around_head=Around(
            re.compile(rf"{surname(usual, names.compound)}{given}{{1,2}}?(?={table['said_behind']})"),
            before=8,
            behind=12,
        ),
        wide=re.compile(
            rf"(?<![{HAN}]){_WIDE}(?= {{0,4}}(?:[^{HAN}:\s]|$|\n| [{HAN}]{{2}}|[男女](?![{HAN}])))"
        ),
        # The first blank of a name: one or two characters before it, at most 17 from it on to look at.
        around_wide=Around(re.compile(rf" (?<=[{HAN}] )(?= {{0,3}}[{HAN}])"), before=2, behind=17),
        stretch=re.compile(
            # What stands before is asked of the second place: that is faster than of the first.
            rf"[{letters}](?:(?<![{HAN}·].)|(?<=[工人员父母妻夫子女兄弟姐妹属者叫由向].))[{letters}]{{3,8}}"
            rf"(?:(?![{HAN}·])|(?=[之本同因于的系称已您老按在说到来]))"
        ),
        shared=re.compile(
            rf"(?<![{HAN}])[“\"]?[{HAN}]{{2,6}}[”\"]?"
            rf"(?:、[“\"]?[{HAN}]{{2,6}}[”\"]?|[“\"][{HAN}]{{2,6}}[”\"]){{1,12}}"
            rf"(?<=[{HAN}”\"])(?:(?<=等)|[一二两三四五六七八九十\d]{{1,3}}[个家处])(?:{table['no_persons']})"
        ),
        shared_end=re.compile(f"[等个家处](?:{table['no_persons']})"),
    )


def find_clause_names(reading: Reading) -> Iterator[Detection]:
    """Yield names that open a clause and do something there, and names written wide or in other scripts."""
    elsewhere, tagged = Taken(reading.places), Taken(reading.names)
    for start, end, score, why in _candidates(reading.text):
        if not elsewhere.overlaps(start, end):
            # The model saw a part of it: the whole is the name.
            sure = _WHOLE if tagged.overlaps(start, end) else score
            yield Detection(start, end, DetectionKind.PERSON, sure, "name-clause", (why,))


def _candidates(text: str) -> Iterator[tuple[int, int, float, str]]:
    for match in clauses().around_head.matches(clauses().head, text):
        name = match["name"]
        if _is_full(name) and not _hides_word(text, match):
            yield *match.span("name"), 0.72, "clause"
    for match in clauses().around_wide.matches(clauses().wide, text):
        plain = "".join(match.group().split())
        if _is_full(plain) and not is_label(plain):
            yield *match.span(), 0.72, "written wide"
    for match in clauses().stretch.finditer(text):
        if _is_foreign(match.group()):
            yield *match.span(), 0.7, "transliterated"
    cyrillic = (_CYRILLIC, _CYRILLIC_ALONE) if _CYRILLIC_LETTER.search(text) else ()
    for pattern in (*cyrillic, _LATIN):
        for match in pattern.finditer(text):
            yield *match.span(), 0.75, "other script"


def _is_full(name: str) -> bool:
    surname = surname_length(name)
    if not surname or not 2 <= len(name) <= surname + 2 or name_table().organisation.search(name):
        return False
    return (
        is_name_like(name)
        and not is_word(name)
        and not (len(name) == 3 and is_word(name[1:]) and is_word(name[:2]))
    )


def _hides_word(text: str, match: re.Match[str]) -> bool:
    """Whether the end of the name and what follows make a word (于今 in 于今后)."""
    end = match.end("name")
    return is_word(text[end - 1 : end + 1]) and len(match["name"]) > 2


def _is_foreign(stretch: str) -> bool:
    place = any(stretch[:size] in _places() for size in range(2, len(stretch) + 1))
    return not place and not is_word(stretch[:2]) and not is_word(stretch[-2:])


@cache
def _places() -> frozenset[str]:
    # All lines in one substitution: one call for each of the many thousand names takes a quarter of a second.
    lines = _RANK.sub("", "\n".join(regions.names().values()))
    return frozenset(name for name in lines.split("\n") if len(name) >= 2)


def without_shops(reading: Reading, said: Sequence[Detection]) -> list[Detection]:
    """Return ``said`` without names that stand in a list of shops or villages, or are names of nations."""
    text = reading.text
    shared = clauses().shared.finditer(text) if clauses().shared_end.search(text) else ()
    lists = Taken(match.span() for match in shared)
    return [
        d
        for d in said
        if d.kind is not DetectionKind.PERSON
        or d.recognizer == "name-label"
        or not (lists.overlaps(d.start, d.end) or is_nation(text[d.start : d.end]))
    ]
