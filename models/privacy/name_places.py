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
from models.privacy.place_patterns import SPREAD, Place, place_patterns
from models.privacy.resolution import Taken
from models.privacy.searching import any_of, matches_from

_KIN_LETTERS = tuple("父母妻夫子女兄弟姐妹")
_SHORT_RUN = re.compile(rf"[{HAN}]{{2,4}}(?![{HAN}])")
_FACT = re.compile(r"[,(] ?(?:[男女\d]|(?:住|现住|家住)|[^,。;\n]{0,10}(?:证|出生|号|年))")


@dataclass(frozen=True, slots=True)
class Places:
    """The words of `name_places.toml` and the patterns they make."""

    role: re.Pattern[str]
    actions: frozenset[str]
    kin: frozenset[str]
    kin_first: re.Pattern[str]
    relative: re.Pattern[str]
    kin_starts: re.Pattern[str]
    """Where ``relative`` may match."""
    compounds: frozenset[str]
    patterns: tuple[Place, ...]


@cache
def places() -> Places:
    """Return the table, read once."""
    table = tomllib.loads((files("models") / "reference" / "name_places.toml").read_text("utf-8"))
    kin = frozenset(table["kin"].split())
    words = any_of(kin)
    return Places(
        role=re.compile(rf"[{HAN}][{''.join(table['role_ends'].split())}]$"),
        actions=frozenset(table["actions"].split()),
        kin=kin,
        kin_first=re.compile(words),
        relative=re.compile(
            rf"(?:(?<![{HAN}])|(?<=[其随携]))(?P<kin>{words})(?:[:是叫系为]|名叫| )?"
            rf"(?P<name>[{HAN}]{{2,4}}|{SPREAD})(?=[,、;。)(\s]|$)"
        ),
        kin_starts=re.compile(
            rf"[{''.join(sorted({word[0] for word in kin}))}](?:(?<![{HAN}].)|(?<=[其随携].))"
        ),
        compounds=frozenset(table["compounds"].split()),
        patterns=place_patterns(table),
    )


def find_placed_names(reading: Reading) -> Iterator[Detection]:
    """Yield names that their place gives away, words of daily use and names without a surname among them."""
    text = reading.text
    elsewhere = Taken(reading.places)
    for place in places().patterns:
        for match in place.matches(text):
            if may_be_name(match[1], strict=place.strict) and not elsewhere.overlaps(*match.span(1)):
                yield Detection(*match.span(1), DetectionKind.PERSON, place.score, "name-place", (place.why,))
    yield from _relatives(text)


def may_be_name(value: str, *, strict: bool) -> bool:
    """Whether a value at a place for names may be one; with a surname if ``strict``."""
    plain = "".join(value.split())
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
    table = places()
    matches = matches_from(table.kin_starts, table.relative, text)
    found = [match for match in matches if _is_relative(match)]
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
    run = _SHORT_RUN.match(text, kin.end(), limit)
    if run is None or not surname_length(run.group()) or not may_be_name(run.group(), strict=True):
        return start
    # 母高见 may be one name; 妻兰田玉 and 岳父温老根 are not.
    return kin.end()
