"""Attributes of a person, reported but no identity: nation, faith, party, marriage, disability, sentence."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from models.privacy.detections import Detection, DetectionKind
from models.privacy.layout import Reading
from models.privacy.name_table import HAN

REPORT_ONLY = frozenset(
    {
        DetectionKind.ETHNICITY,
        DetectionKind.RELIGION,
        DetectionKind.POLITICS,
        DetectionKind.MARRIAGE,
        DetectionKind.CRIMINAL_RECORD,
        DetectionKind.DISABILITY,
    }
)
_OF_SOMEBODY = frozenset(
    {DetectionKind.PERSON, DetectionKind.RESIDENT_ID, DetectionKind.BIRTH_DATE, DetectionKind.OTHER_CERT}
)
_BEFORE, _BEHIND = 60, 20
_CELL_EDGES = frozenset(("", *" |\t\n┊│"))
_SEPARATORS = frozenset(",.。;:()|/\t\n ┊│→\"“”'")
_SPOKEN_OF = re.compile(r"(?:^|[\s,|/┊(])[男女](?:[\s,|/┊)]|$)|[他她]|本人|该[员同]")
_NOTHING = re.compile(r"(?!)")
_NEXT_LABEL = "性别|出|身份|籍|住|文化|政治|健康|婚|户|学历|职业|工作|电话"


@dataclass(frozen=True, slots=True)
class Attribute:
    """How one kind is written: behind a label, as a value under it, behind a verb, or between separators."""

    kind: DetectionKind
    label: re.Pattern[str]
    labelled: re.Pattern[str]
    value: re.Pattern[str]
    free: re.Pattern[str]
    cells: frozenset[str]
    bounded: bool
    verb: re.Pattern[str]
    not_after: re.Pattern[str]
    needs: tuple[str, ...]
    """A text without any of these is not searched; empty: every text is."""

    def may_be_in(self, text: str) -> bool:
        return not self.needs or any(word in text for word in self.needs)


@cache
def attributes() -> tuple[Attribute, ...]:
    """Return the rows of `person_attributes.toml`."""
    table = tomllib.loads((files("models") / "reference" / "person_attributes.toml").read_text("utf-8"))
    return tuple(_attribute(kind, table[kind.value]) for kind in sorted(REPORT_ONLY))


def _attribute(kind: DetectionKind, row: dict[str, str]) -> Attribute:
    words = row.get("words", "").split()
    short = [word.removesuffix(row["short_of"]) for word in words] if "short_of" in row else []
    penalty = row.get("penalty", "").replace("__TERM__", row.get("term", ""))
    pattern = row.get("pattern", "").replace("__PENALTY__", penalty)
    value = "|".join(part for part in (pattern, _alternation([*words, *short])) if part)
    cells = row.get("cells", "").split()
    alone = words if row.get("alone") == "*" else row.get("alone", "").split()
    return Attribute(
        kind=kind,
        label=re.compile(f"(?:{row['labels']})$") if "labels" in row else _NOTHING,
        labelled=re.compile(
            rf"(?:{row.get('labels')})[^{HAN}0-9A-Za-z\n]{{0,6}}({value})(?=[^{HAN}]|$|{_NEXT_LABEL})"
        )
        if "labels" in row
        else _NOTHING,
        value=re.compile(value),
        free=re.compile("|".join(part for part in (pattern, _alternation([*alone, *cells])) if part)),
        cells=frozenset(cells),
        bounded=not pattern,
        verb=re.compile(f'(?:{row["verbs"]})[:"“ ]?$') if row.get("verbs") else _NOTHING,
        not_after=re.compile(row["not_after"]),
        needs=tuple(row.get("needs", "").split()),
    )


def _alternation(words: Iterable[str]) -> str:
    """Return the words as alternatives, longest first, blanks allowed inside."""
    return "|".join(" {0,2}".join(map(re.escape, w)) for w in sorted(set(words), key=lambda w: (-len(w), w)))


def find_attributes(reading: Reading, found: Sequence[Detection]) -> Iterator[Detection]:
    """Yield the attributes in a text; ``found`` are its persons and numbers.

    Behind a label or in a cell under one no person is asked for: a filled form is about somebody.
    """
    near = _Nearness(reading.text, found)
    for attribute in attributes():
        if not attribute.may_be_in(reading.text):
            continue
        for match in attribute.labelled.finditer(reading.text):
            yield _made(attribute, *match.span(1), 0.85, "label")
        yield from _free(reading.text, attribute, near)
    for field in reading.fields:
        for attribute in _announced(field.label):
            if attribute.value.fullmatch(reading.text, field.start, field.end):
                yield _made(attribute, field.start, field.end, 0.85, "header")


@lru_cache(1024)
def _announced(label: str) -> tuple[Attribute, ...]:
    return tuple(attribute for attribute in attributes() if attribute.label.search(label))


def _free(text: str, attribute: Attribute, near: _Nearness) -> Iterator[Detection]:
    for match in attribute.free.finditer(text):
        start, end = match.span()
        if attribute.not_after.match(text, end) or not near(start, end):
            continue
        if attribute.verb.search(text, max(0, start - 8), start):
            yield _made(attribute, start, end, 0.65, "verb before")
        elif not attribute.bounded:
            yield _made(attribute, start, end, 0.7, "form")
        elif _stands_alone(text, start, end) and not _is_bare_word(text, match, attribute):
            yield _made(attribute, start, end, 0.7, "person near")


def is_attribute(value: str) -> bool:
    """Whether a value is the name of a nation, party, faith … and nothing else."""
    plain = "".join(value.split())
    return any(attribute.value.fullmatch(plain) for attribute in attributes())


def is_nation(value: str) -> bool:
    """Whether a value of three characters or more is the name of a nation, 族 or not (柯尔克孜)."""
    nations = next(a for a in attributes() if a.kind is DetectionKind.ETHNICITY)
    return len(value) > 2 and nations.value.fullmatch(value) is not None


def _is_bare_word(text: str, match: re.Match[str], attribute: Attribute) -> bool:
    """Whether a word that needs a cell for itself (群众) stands in a sentence."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return match.group() in attribute.cells and not (before in _CELL_EDGES and after in _CELL_EDGES)


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return (not before or before in _SEPARATORS) and (not after or after in _SEPARATORS)


def _made(attribute: Attribute, start: int, end: int, score: float, why: str) -> Detection:
    return Detection(start, end, attribute.kind, score, "attribute", (why,))


class _Nearness:
    """Whether somebody is spoken of within a line or two of a span."""

    def __init__(self, text: str, found: Sequence[Detection]) -> None:
        self._text = text
        self._ends = sorted(d.end for d in found if d.kind in _OF_SOMEBODY)
        self._starts = sorted(d.start for d in found if d.kind in _OF_SOMEBODY)

    def __call__(self, start: int, end: int) -> bool:
        before = bisect_left(self._ends, start + 1) - 1
        if before >= 0 and start - self._ends[before] <= _BEFORE:
            return True
        behind = bisect_left(self._starts, end)
        if behind < len(self._starts) and self._starts[behind] - end <= _BEHIND:
            return True
        first = max(0, start - _BEFORE + 1)
        line = max(self._text.rfind("\n", first, start) + 1, first)
        return _SPOKEN_OF.search(self._text, line, start) is not None
