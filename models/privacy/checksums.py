"""Check characters of the numbers that carry one, and the verdict on a number as read."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

_ID_WEIGHTS = tuple(pow(2, 17 - i, 11) for i in range(17))
_ID_CHECKS = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_USCC_FORM = re.compile(r"[1-9ANY][1-9]\d{6}[0-9A-HJ-NP-RTUWXY]{10}", re.ASCII)
_ID_FORM = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
# GB/T 2260: first two digits of every province-level division, Taiwan, Hong Kong and Macao included.
_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]", re.ASCII)
_FIRST_YEAR = 1850
_DOUBLED = str.maketrans("0123456789", "0246813579")
"""Twice a digit, the digits of that summed."""
_SEPARATORS = re.compile(r"[\s\-./_]")
_REPAIRS = str.maketrans(
    {
        **dict.fromkeys("OoQD", "0"),
        **dict.fromkeys("lI|", "1"),
        **dict.fromkeys("×✕Хх", "X"),
        "Z": "2",
        "S": "5",
        "B": "8",
    }
)


class Verdict(StrEnum):
    """What a check says about a number: none of these says that the number is in use."""

    VALID = "valid"
    REPAIRED = "repaired"
    """Valid once letters misread for digits (O, l, I, S, B, Z) are put right."""
    PLAUSIBLE = "plausible"
    """Province and date hold, the check character does not."""
    MATCHED = "matched"
    """The form holds; there is nothing else to check."""
    REFUTED = "refuted"


def compact(value: str) -> str:
    """Return ``value`` without blanks, dashes and dots, in upper case."""
    return _SEPARATORS.sub("", value).upper()


def mended_number(value: str) -> str:
    """Return ``value`` without separators, letters misread for digits put right, in upper case."""
    return _SEPARATORS.sub("", value).translate(_REPAIRS).upper()


def resident_id_check_char(body: str) -> str:
    """Return the check character of the 17 digits ``body`` (GB 11643-1999, ISO 7064 MOD 11-2).

    Raises:
        ValueError: ``body`` is not 17 ASCII digits.
    """
    if len(body) != 17 or not (body.isascii() and body.isdigit()):
        raise ValueError("17 digits needed")
    return _ID_CHECKS[sum(int(d) * w for d, w in zip(body, _ID_WEIGHTS, strict=True)) % 11]


def is_resident_id(value: str) -> bool:
    """Whether the 18 characters ``value`` are a well-formed number with the right check character.

    Province and birth date must exist. The county is not looked up: abolished ones live on in old numbers.
    """
    number = value.upper()
    return (
        _ID_FORM.fullmatch(number) is not None
        and is_plausible_resident_id(number)
        and resident_id_check_char(number[:17]) == number[17]
    )


def is_plausible_resident_id(number: str) -> bool:
    """Whether province and birth date of an 18- or 15-character number can exist."""
    if _PROVINCES.fullmatch(number[:2]) is None:
        return False
    birth = number[6:14] if len(number) == 18 else "19" + number[6:12]
    try:
        born = date(int(birth[:4]), int(birth[4:6]), int(birth[6:8]))
    except ValueError:
        return False
    return _FIRST_YEAR <= born.year <= 2100


def is_uscc(value: str) -> bool:
    """Whether ``value`` is a unified social credit code with the right check character (GB 32100-2015)."""
    code = value.upper()
    if _USCC_FORM.fullmatch(code) is None:
        return False
    total = sum(_USCC_ALPHABET.index(c) * w for c, w in zip(code, _USCC_WEIGHTS, strict=False))
    return _USCC_ALPHABET[(31 - total % 31) % 31] == code[17]


def is_luhn(value: str) -> bool:
    """Whether the digits ``value`` satisfy the Luhn formula (ISO/IEC 7812-1 annex B)."""
    if not (value.isascii() and value.isdigit()):
        return False
    digits = value[::-1]
    return (sum(map(int, digits[::2])) + sum(map(int, digits[1::2].translate(_DOUBLED)))) % 10 == 0


def resident_id_verdict(value: str) -> Verdict:
    """Judge an 18-character candidate as printed: separators and misread letters allowed."""
    mended = mended_number(value)
    if is_resident_id(mended):
        return Verdict.VALID if mended == compact(value) else Verdict.REPAIRED
    if _ID_FORM.fullmatch(mended) and is_plausible_resident_id(mended):
        return Verdict.PLAUSIBLE
    return Verdict.REFUTED


def old_resident_id_verdict(value: str) -> Verdict:
    """Judge a 15-digit candidate (before GB 11643-1999): province and date only."""
    mended = _SEPARATORS.sub("", value).translate(_REPAIRS)
    good = len(mended) == 15 and mended.isdigit() and is_plausible_resident_id(mended)
    return Verdict.PLAUSIBLE if good else Verdict.REFUTED


def damaged_resident_id_verdict(value: str) -> Verdict:
    """Judge a candidate that no repair makes right: still mostly digits, or not a number at all."""
    plain = compact(value)
    digits = sum(c.isdigit() for c in plain)
    return Verdict.MATCHED if digits >= 12 and digits * 10 >= len(plain) * 7 else Verdict.REFUTED


def disability_certificate_verdict(value: str) -> Verdict:
    """Judge 20 digits: a resident ID, kind 1–7 and grade 1–4 (GB/T 26341-2010) of a 残疾人证."""
    plain = compact(value)[:20]
    good = is_resident_id(plain[:18]) and plain[18:19] in "1234567" and plain[19:20] in "1234"
    return Verdict.VALID if good and len(plain) == 20 else Verdict.REFUTED


def uscc_verdict(value: str) -> Verdict:
    """Judge a unified social credit code as printed."""
    return Verdict.VALID if is_uscc(compact(value)) else Verdict.PLAUSIBLE


def card_verdict(value: str) -> Verdict:
    """Judge a bank card number as printed."""
    return Verdict.VALID if is_luhn(compact(value)) else Verdict.PLAUSIBLE
