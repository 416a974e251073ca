"""Made-up people and employers whose numbers look valid and belong to nobody.

Resident ids carry the code of a real province and a county code that is not assigned; mobile numbers
come from segments not given out, landlines start with 9 behind the area code, bank cards use an issuer
number that no bank holds. Check characters are right everywhere.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from models.archive import regions

_UNUSED_MOBILE = ("142", "143", "154", "160", "161", "163", "164", "168", "169", "179")
_FICTITIOUS_BIN = "629990"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up person; ``sex`` is 男 or 女, ``resident_id`` agrees with it and with ``birth``."""

    name: str
    sex: str
    birth: date
    resident_id: str
    phone: str
    bank_card: str
    ssc_card: str
    person_no: str
    address: str
    ethnicity: str


@dataclass(frozen=True, slots=True)
class Employer:
    """One made-up employer; ``uscc`` has 18 characters, ``organisation_code`` is its 9-character core."""

    name: str
    uscc: str
    organisation_code: str
    address: str
    phone: str


@cache
def vocabulary() -> dict[str, Any]:
    """Return the parts of names, roads and employers."""
    return tomllib.loads((files("training.synthetic") / "vocabulary" / "names.toml").read_text("utf-8"))


@cache
def unassigned_counties(province: str) -> tuple[str, ...]:
    """Return six-digit codes of real prefectures of ``province`` whose county part is assigned to nobody."""
    known = regions.names()
    prefectures = [code for code in known if len(code) == 4 and code.startswith(province)]
    return tuple(f"{p}{c}" for p in prefectures for c in (96, 97, 98, 99) if f"{p}{c}" not in known)


def resident_id_check(body: str) -> str:
    """Return the check character of 17 digits. Source: GB 11643-1999, ISO 7064 MOD 11-2."""
    total = sum(int(digit) * (2 ** (17 - i) % 11) for i, digit in enumerate(body))
    return "10X98765432"[total % 11]


def luhn_check(body: str) -> str:
    """Return the Luhn digit that completes ``body``. Source: ISO/IEC 7812-1 annex B."""
    total = 0
    for i, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if i % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def uscc_check(body: str) -> str:
    """Return the check character of 17 characters. Source: GB 32100-2015, MOD 31-3."""
    total = sum(_USCC_ALPHABET.index(c) * (3**i % 31) for i, c in enumerate(body))
    return _USCC_ALPHABET[-total % 31]


def organisation_check(body: str) -> str:
    """Return the check character of 8 characters. Source: GB 11714-1997."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(_ORGANISATION_ALPHABET.index(c) * w for c, w in zip(body, weights, strict=True))
    return "0123456789X0"[(11 - total % 11) % 11]


class Identities:
    """A source of made-up identities; the same ``rng`` state gives the same people."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def person(self, *, born: tuple[date, date], region: str = "500111", sex: str | None = None) -> Person:
        """Return a new person born within ``born`` (both days included), living in ``region``."""
        rng = self._rng
        sex = sex or rng.choice("男女")
        first, last = born
        birth = first + timedelta(days=rng.randint(0, max(0, (last - first).days)))
        name = self.name(sex)
        minority = "·" in name or name in vocabulary()["minority_plain"]
        nations = vocabulary()["minority_ethnicities" if minority else "ethnicities"]
        return Person(
            name=name,
            sex=sex,
            birth=birth,
            resident_id=self.resident_id(birth, sex, region[:2]),
            phone=self.mobile(),
            bank_card=self.bank_card(),
            ssc_card=rng.choice("ABCDEFGH") + f"{rng.randrange(10**8):08d}",
            person_no=f"{rng.randint(1, 9)}{rng.randrange(10**9):09d}",
            address=self.address(region),
            ethnicity=rng.choice(nations),
        )

    def name(self, sex: str = "男") -> str:
        """Return a name of two to four characters, now and then with ·, rare or double surname."""
        rng, words = self._rng, vocabulary()
        draw = rng.random()
        if draw < 0.07:
            return str(rng.choice(words["common_names"]))
        if draw < 0.10:
            return str(rng.choice(words["minority_names"]))
        if draw < 0.11:
            return str(rng.choice(words["minority_plain"]))
        given = self._given(words["given_male" if sex == "男" else "given_female"])
        if draw < 0.15:
            return str(rng.choice(words["double_surnames"])) + given
        if draw < 0.17:
            return str(rng.choice(words["rare_surnames"])) + given
        common = words["surnames"]
        return str(common[int(rng.random() ** 1.7 * len(common))]) + given

    def _given(self, characters: str) -> str:
        rng, words = self._rng, vocabulary()
        pool = characters if rng.random() < 0.8 else words["given_any"]
        given: str = rng.choice(pool)
        if rng.random() < 0.72:
            given += rng.choice(words["rare_given"] if rng.random() < 0.06 else characters)
        return given

    def resident_id(self, birth: date, sex: str, province: str) -> str:
        """Return 18 characters with right check character and an unassigned county code."""
        rng = self._rng
        serial = rng.randrange(100) * 10 + rng.choice((1, 3, 5, 7, 9) if sex == "男" else (0, 2, 4, 6, 8))
        body = f"{rng.choice(unassigned_counties(province))}{birth:%Y%m%d}{serial:03d}"
        return body + resident_id_check(body)

    def mobile(self) -> str:
        return f"{self._rng.choice(_UNUSED_MOBILE)}{self._rng.randrange(10**8):08d}"

    def landline(self, area: str) -> str:
        digits = 7 if area in ("020", "023", "028", "0755") else 6
        return f"{area}-9{self._rng.randrange(10**digits):0{digits}d}"

    def bank_card(self) -> str:
        length = self._rng.choice((16, 19, 19))
        body = _FICTITIOUS_BIN + "".join(self._rng.choice("0123456789") for _ in range(length - 7))
        return body + luhn_check(body)

    def address(self, region: str) -> str:
        """Return an address in ``region`` down to the door; roads, estates and villages are made up."""
        rng, words = self._rng, vocabulary()
        place = regions.full_name(region)
        if rng.random() < 0.25:
            return f"{place}{rng.choice(words['villages'])}{rng.randint(1, 12)}组{rng.randint(1, 180)}号"
        road = f"{place}{rng.choice(words['roads'])}{rng.randint(1, 399)}号"
        if rng.random() < 0.6:
            road += rng.choice(words["estates"]) + f"{rng.randint(1, 30)}栋{rng.randint(1, 4)}单元"
            road += f"{rng.randint(1, 33)}-{rng.randint(1, 8)}"
        return road

    def employer(self, region: str, area: str) -> Employer:
        """Return a made-up employer seated in ``region``."""
        rng, parts = self._rng, vocabulary()["employers"]
        seat = regions.full_name(region[:6]) if region[2:6] != "0000" else regions.full_name(region[:2])
        head = rng.choice((seat, seat[:2], ""))
        core = f"{rng.choice(_USCC_ALPHABET[10:18])}{rng.choice(_USCC_ALPHABET)}{rng.randrange(10**6):06d}"
        code = core + organisation_check(core)
        county = rng.choice(unassigned_counties(region[:2]))
        body = f"91{county}M{code[1:]}" if code[-1] == "X" else f"91{county}{code}"
        return Employer(
            name=head + rng.choice(parts["stems"]) + rng.choice(parts["trades"]) + rng.choice(parts["forms"]),
            uscc=body + uscc_check(body),
            organisation_code=f"{code[:8]}-{code[8]}",
            address=self.address(region),
            phone=self.landline(area),
        )
