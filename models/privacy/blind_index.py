"""What a person is looked up by, made alike however it is written; the values that are never stored in clear.

A name or number of a document and one of a question meet where their keys are equal. Pure: what becomes
of a key (a keyed hash, salted) is the store's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import lru_cache

from models.archive.levels import Line
from models.privacy.checksums import (
    is_plausible_resident_id,
    is_resident_id,
    mended_number,
    resident_id_check_char,
)
from models.privacy.detections import DetectionKind
from models.text.normalisation import normalise
from models.text.script import simplified

HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Han characters as a class of a pattern, rare ones included; 〇 stands in names too."""
RULES = 2
"""Grows whenever a key, or the token made of it, comes out otherwise: older tokens are then made anew."""
LONGEST_NAME = 24
SHORTEST_NUMBER = 5
_REGION_DIGITS = 4
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
_HAN = re.compile(f"[{HAN}]")
_ONE = re.compile(f"[{HAN}0-9A-Za-z]")
_WORD = re.compile(r"[^\W\d_]+")
_INCOMPLETE = re.compile(r"[某*＊×○●□■?？]")
_SEVERAL = re.compile(r"[、，,;；/]|\s和\s")
_SIGN = re.compile(r"[0-9A-Z]")
_MOBILE = re.compile(r"(?:00)?86(1[3-9]\d{9})", re.ASCII)
_EXTENSION = re.compile(r"转|ext", re.IGNORECASE)
_OLD_ID, _NEW_ID = 15, 18
_DISABILITY_CERTIFICATE = re.compile(r"(\d{17}[\dX])[1-7][1-4][A-Z0-9]{0,2}", re.ASCII)
"""A resident ID, kind and grade of disability (GB/T 26341-2010), and a number of replacement."""


class Use(StrEnum):
    """What a key is a key of; names and numbers never meet."""

    NAME = "name"
    NUMBER = "number"


class PersonRole(IntEnum):
    """What a document has to do with the person; the lower, the closer."""

    HOLDER = 0
    """The catalogue says the document is this person's."""
    MENTIONED = 1


INDEXED = {
    DetectionKind.PERSON: Use.NAME,
    DetectionKind.RESIDENT_ID: Use.NUMBER,
    DetectionKind.PHONE: Use.NUMBER,
    DetectionKind.BANK_CARD: Use.NUMBER,
    DetectionKind.SSC_CARD: Use.NUMBER,
    DetectionKind.PERSON_NO: Use.NUMBER,
    DetectionKind.OTHER_CERT: Use.NUMBER,
    DetectionKind.PASSPORT: Use.NUMBER,
}
"""Detections by which a person is found; the others (address, diagnosis, birth) find nobody."""


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """One way in which a document is found by a person; the key is never shown in a repr."""

    use: Use
    key: str = field(repr=False)
    role: PersonRole


def entries_of(
    holder_name: str | None, holder_id: str | None, detected: Iterable[tuple[DetectionKind, str]]
) -> tuple[PersonEntry, ...]:
    """Return what a document is found by, each key once in its closest role, sorted.

    ``holder_name`` may name several. ``detected``: kind and value as it stands in the text.
    """
    closest = dict.fromkeys(_holder_keys(holder_name or "", holder_id or ""), PersonRole.HOLDER)
    for kind, value in detected:
        if kind in INDEXED:
            use = INDEXED[kind]
            for key in name_keys(value) if use is Use.NAME else stored_number_keys(value):
                closest.setdefault((use, key), PersonRole.MENTIONED)
    return tuple(PersonEntry(use, key, role) for (use, key), role in sorted(closest.items()))


def _holder_keys(name: str, number: str) -> Iterator[tuple[Use, str]]:
    yield from ((Use.NAME, key) for one in _SEVERAL.split(name) for key in name_keys(one))
    yield from ((Use.NUMBER, key) for key in stored_number_keys(number))


def name_keys(name: str) -> tuple[str, ...]:
    """Return the one key of a name; nothing where it is no whole name (张某, 张*, one character)."""
    key = name_key(name)
    return (key,) if key and not _INCOMPLETE.search(name) else ()


def name_key(name: str) -> str:
    """Return the name as it is compared, '' for less than two characters or more than `LONGEST_NAME`.

    Width, blanks, name dots, variant selectors and traditional characters are evened out; a Latin name is
    its words in lower case without accents, in the order of the alphabet (family name first or last).
    """
    plain = "".join(map(_even, normalise(_whole(name))))
    if _HAN.search(plain):
        key = "".join(_ONE.findall(plain)).lower()
    else:
        parts = unicodedata.normalize("NFKD", plain.replace("'", "").replace("\u2019", ""))
        bare = "".join(c for c in parts if not unicodedata.combining(c)).casefold()
        key = " ".join(sorted(_WORD.findall(bare)))
    return key if 2 <= len(key) <= LONGEST_NAME * (1 if _HAN.search(key) else 2) else ""


def number_key(number: str) -> str:
    """Return the number as it is compared, '' where it has less than `SHORTEST_NUMBER` signs.

    Width, case, blanks and dashes are evened out, 86 before a mobile number left away, and a resident ID
    of 15 digits completed to the one of 18 that its holder has today (GB 11643-1999, 4.3: 19 and a check
    character; who was born before 1900 had an order number of 996 to 999 and is not linked).
    """
    plain = "".join(_SIGN.findall(_EXTENSION.split(_ex(normalise(number)).upper())[0]))
    mobile = _MOBILE.fullmatch(plain)
    if mobile:
        return mobile[1]
    if len(plain) == _OLD_ID and plain.isdigit() and plain[12:] < "996" and is_plausible_resident_id(plain):
        body = f"{plain[:6]}19{plain[6:]}"
        return body + resident_id_check_char(body)
    return plain if len(plain) >= SHORTEST_NUMBER and any(c.isdigit() for c in plain) else ""


def asked_number_keys(number: str) -> tuple[str, ...]:
    """Return the keys a number of a question is looked up by: as typed, and with letters put right."""
    typed = number_key(number)
    mended = mended_number(_ex(normalise(number)))
    also = (mended,) if len(mended) == _NEW_ID and mended != typed and is_resident_id(mended) else ()
    return tuple(key for key in (typed, *also) if key)


def stored_number_keys(number: str) -> tuple[str, ...]:
    """Return the keys a stored number is found by: 残疾人证 also by the resident ID in it."""
    keys = asked_number_keys(number)
    certificate = _DISABILITY_CERTIFICATE.fullmatch(keys[0]) if keys else None
    return (*keys, certificate[1]) if certificate and is_resident_id(certificate[1]) else keys


def bucket_of(lines: Iterable[Line | str], region: str) -> str:
    """Return what a document's keys are salted with: its lines and the first digits of its region (地市)."""
    return f"{','.join(sorted(str(line) for line in lines))}/{region[:_REGION_DIGITS]}"


def _ex(text: str) -> str:
    """Return the text with every sign that stands for the X of a check character as X."""
    return text.translate(_X)


_X = str.maketrans(dict.fromkeys("×✕Хх", "X"))


def _whole(text: str) -> str:
    """Join the halves of surrogate pairs that a decoder left apart, and leave out what is not seen."""
    if any("\ud800" <= c <= "\udfff" for c in text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _INVISIBLE.sub("", text)


@lru_cache(maxsize=20_000)
def _even(character: str) -> str:
    """Return a character in its compatible, simplified form.

    One at a time, for what a character becomes must not depend on its neighbours (乾 in 乾隆): a name has
    other ones in a question than in a document.
    """
    plain = unicodedata.normalize("NFKC", character)
    return simplified(plain if len(plain) == 1 else character)
