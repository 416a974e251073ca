"""What the sequence model says is believed where the place allows it: a second look at its guesses alone."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from models.privacy.addresses import is_scene, trimmed
from models.privacy.attributes import is_attribute
from models.privacy.dates import is_date
from models.privacy.detections import Detection, DetectionKind
from models.privacy.labels import is_label
from models.privacy.layout import Reading
from models.privacy.name_places import places
from models.privacy.name_table import HAN, is_name_like, is_transliterated, surname_length
from models.privacy.names import is_name_label
from models.privacy.resolution import SEQUENCE
from models.text.segmentation import is_word

_SHORT = 80
_SURE = {DetectionKind.PERSON: 0.85, DetectionKind.BIRTH_DATE: 0.75}
"""Score from which a guess is believed wherever it stands; chosen on the development texts."""
_SOMEBODY = frozenset({DetectionKind.PERSON, DetectionKind.RESIDENT_ID})
_HAN_NAME = re.compile(rf"[{HAN} ]+")
_LABEL = re.compile(rf"([{HAN}]{{1,10}}(?:\([^()\n]{{0,8}}\))?)[: ]{{0,3}}$")
_JOINED = re.compile(r"[、/]\s?$")
_JOINS = re.compile(r"\s?[、/]")
_SURE_BEHIND = re.compile(
    r"[,(|/\t ]{1,4}(?:[男女]|[1-9]\d{14,17}|1[3-9]\d{9})|\([^()\n]{0,6}(?:章|签|印|代)"
)
_BEFORE_NUMBER = re.compile(r"\d\.?\Z")
_IN_NUMBER = re.compile(r"\.?\d")
_AMOUNT = re.compile(r"\d{1,3}\.(?:00|1[3-9]|[2-9]\d)|\d+\.\d+\.\d+\.\d+|\d{4}[年.]?[\-—~至]\d{4}年?")
_YEARS = re.compile(r"\d{4}年?[\-—~至]$")
_BORN_HERE = re.compile(r" ?(?:出生|生)")
_IN_ROW = re.compile(r" {2}|[|\t]")
_LONGEST_ROW = 1000
"""Characters of a line that are looked at: a table without line ends is not read again for every date."""


def plausible(reading: Reading, said: Sequence[Detection]) -> list[Detection]:
    """Return ``said`` without the guesses of the sequence model that their place speaks against.

    Names that are words and have no surname need a label, a list or a number beside them; whole cells under a
    header of something else are no names; amounts and parts of numbers are no dates.
    """
    others = [d for d in said if d.recognizer != SEQUENCE]
    people = {edge for d in said if d.kind is DetectionKind.PERSON for edge in (d.start, d.end)}
    born = sorted(d.start for d in others if d.kind is DetectionKind.BIRTH_DATE)
    if len(reading.text) > _SHORT and not any(d.kind in _SOMEBODY for d in said):
        # A long text about nobody: a notice, a price list, an inventory.
        said = [d for d in said if d.kind is not DetectionKind.BIRTH_DATE]
    return [*others, *_believed(reading, said, people, born)]


def _believed(
    reading: Reading, said: Sequence[Detection], people: set[int], born: Sequence[int]
) -> Iterator[Detection]:
    for guess in said:
        if guess.recognizer != SEQUENCE or is_attribute(reading.text[guess.start : guess.end]):
            continue
        doubtful = guess.score < _SURE.get(guess.kind, 1.0)
        if doubtful and guess.kind is DetectionKind.PERSON and not _may_be_person(reading, guess, people):
            continue
        if guess.kind is DetectionKind.BIRTH_DATE and (
            _is_part_of_a_number(reading.text, guess)
            or (doubtful and not _may_be_birth(reading, guess, born))
        ):
            continue
        if guess.kind is DetectionKind.ADDRESS and is_scene(reading.text, guess.start, guess.end):
            continue
        if guess.kind is DetectionKind.ADDRESS:
            start, end = trimmed(reading.text, guess.start, guess.end)
            yield replace(guess, start=start, end=end)
        else:
            yield guess


def _may_be_person(reading: Reading, guess: Detection, people: set[int]) -> bool:
    text, start, end = reading.text, guess.start, guess.end
    field = reading.field_at(start)
    if field is not None and (start, end) == (field.start, field.end) and field.kind not in {"", "PERSON"}:
        return False
    name = re.sub(r"\s", "", text[start:end])
    if is_label(name) or not is_name_like(name):
        return False
    if not _HAN_NAME.fullmatch(text[start:end]):
        return "·" in name or (" " in text[start:end].strip() and sum(c.isalpha() for c in name) >= 4)
    if surname_length(name) or (is_transliterated(name) and not is_word(name)):
        return True
    return _has_company(text, start, end, people) or not (is_word(name) or field is not None)


def _has_company(text: str, start: int, end: int, people: set[int]) -> bool:
    """Whether a label or kin word, a list of names, a number or a signature stands beside the span."""
    label = _LABEL.search(text, max(0, start - 20), start)
    if label and (is_name_label(label[1]) or label[1] in places().kin):
        return True
    before, after = _JOINED.search(text, max(0, start - 2), start), _JOINS.match(text, end)
    if (before and before.start() in people) or (after and after.end() in people):
        return True
    return _SURE_BEHIND.match(text, end) is not None


def _is_part_of_a_number(text: str, guess: Detection) -> bool:
    """Whether a guess is an amount, a span of years, or cut out of a longer number."""
    start, end = guess.start, guess.end
    return bool(
        _BEFORE_NUMBER.search(text, max(0, start - 2), start)
        or _IN_NUMBER.match(text, end)
        or _YEARS.search(text, max(0, start - 6), start)
        or _AMOUNT.fullmatch(text, start, end)
    )


def _may_be_birth(reading: Reading, guess: Detection, born: Sequence[int]) -> bool:
    text, start, end = reading.text, guess.start, guess.end
    if not is_date(text[start:end]):
        return False
    earliest = max(0, start - _LONGEST_ROW)
    line = max(text.rfind("\n", earliest, start) + 1, earliest)
    first = bisect_left(born, line)
    # One person is born once: behind the birth date of a row come other dates.
    field = reading.field_at(start)
    if first < len(born) and born[first] < start and (field is None or field.kind != "BIRTH_DATE"):
        return _BORN_HERE.match(text, end) is not None or not _IN_ROW.search(text, line, start)
    return field is None or field.kind in {"", "BIRTH_DATE", "DATE", "TEXT"}
