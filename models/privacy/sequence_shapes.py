"""What a guess of the sequence model must look like to be believed at all, by its characters alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from models.privacy.detections import DetectionKind as Kind
from models.privacy.name_table import HAN, is_name_like
from models.privacy.sequence_tags import NUMBERS, Guess

_CHINESE_NAME = re.compile(rf"[{HAN}](?:[ \t\r\n·.]{{0,4}}[{HAN}]){{1,14}}")
_FOREIGN_NAME = re.compile(r"[^\W\d_]+(?:[ ,.'’\-]{1,2}[^\W\d_]+){1,5}\.?")
_OFFICES = ("委员会", "公司", "派出所")
_LEAST_CHARACTERS: Mapping[Kind, int] = {
    Kind.RESIDENT_ID: 14,
    Kind.PHONE: 7,
    Kind.BANK_CARD: 8,
    Kind.SSC_CARD: 6,
    Kind.PERSON_NO: 5,
    Kind.OTHER_CERT: 4,
    Kind.PASSPORT: 7,
    Kind.USCC: 14,
    Kind.EMAIL: 6,
    Kind.PLATE: 5,
}
_MOST_ADDED = 8


def shaped(text: str, guess: Guess) -> Guess | None:
    """Return the guess, a number with all of its digits, or None if it cannot be what it says.

    A name has no marks or digits and more than one word unless it is Chinese; an address is no office.
    """
    if guess.kind in NUMBERS:
        return _whole(text, guess)
    value = text[guess.start : guess.end]
    if guess.kind is Kind.ADDRESS:
        return None if value.endswith(_OFFICES) else guess
    if guess.kind is not Kind.PERSON or _FOREIGN_NAME.fullmatch(value):
        return guess
    return guess if _CHINESE_NAME.fullmatch(value) and is_name_like(value) else None


def _whole(text: str, guess: Guess) -> Guess | None:
    """Return a number with the digits and letters that run on at its ends, if it is long enough."""
    start, end = guess.start, guess.end
    while start > 0 and _runs_on(text[start - 1]) and _runs_on(text[start]):
        start -= 1
    while end < len(text) and _runs_on(text[end]) and _runs_on(text[end - 1]):
        end += 1
    if guess.kind is Kind.PHONE and text[max(0, start - 1) : start] == "(" and ")" in text[start:end]:
        start -= 1
    value = text[start:end]
    if end - start > guess.end - guess.start + _MOST_ADDED:
        return None
    if sum(map(_runs_on, value)) < _LEAST_CHARACTERS[guess.kind] or not any(c.isdigit() for c in value):
        return None
    if guess.kind is Kind.EMAIL and "@" not in value:
        return None
    return replace(guess, start=start, end=end)


def _runs_on(character: str) -> bool:
    return character.isascii() and character.isalnum()
