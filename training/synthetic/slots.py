"""One made-up case: resolves the slots of templates, always to the same value within one document."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from models.archive.levels import Line
from models.privacy.detections import DetectionKind
from training.synthetic import wording
from training.synthetic.id_variants import variant_for, written
from training.synthetic.identities import Employer, Identities, Person
from training.synthetic.markup import Piece, Pieces, parsed, plain, unnamed
from training.synthetic.places import Place
from training.synthetic.vocabulary_lists import items_of, kind_of

_SHIFT = re.compile(r"(day|ym|year)([+-]\d+)?")
_RANGE = re.compile(r"(int|yuan):(\d+)-(\d+)(?::\w+)?")
_ROLE_AGES: Mapping[str, tuple[int, int]] = {"child": (0, 12), "doctor": (30, 58)}

_PERSON_PARTS: Mapping[str, tuple[str, DetectionKind | None]] = {
    "name": ("name", DetectionKind.PERSON),
    "id": ("resident_id", DetectionKind.RESIDENT_ID),
    "phone": ("phone", DetectionKind.PHONE),
    "card": ("bank_card", DetectionKind.BANK_CARD),
    "ssc": ("ssc_card", DetectionKind.SSC_CARD),
    "no": ("person_no", DetectionKind.PERSON_NO),
    "addr": ("address", DetectionKind.ADDRESS),
    "eth": ("ethnicity", DetectionKind.ETHNICITY),
    "sex": ("sex", None),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What is fixed before a document is written."""

    place: Place
    line: Line
    formed_on: date
    archive_no: str
    say_around: bool = False
    born: tuple[date, date] = (date(1960, 1, 1), date(1995, 12, 31))
    sex: str | None = None
    original_age: int = 60
    id_varies: bool = False
    poor_scan: bool = False
    defects: tuple[str, ...] = ()
    picks: Mapping[str, str] = field(default_factory=dict)


class Case:
    """People, dates, amounts and choices of one document, made when first asked for."""

    def __init__(self, setting: Setting, rng: random.Random, facts: Mapping[str, Callable[[Case], Piece]]):
        self.setting = setting
        self.rng = rng
        self.identities = Identities(rng)
        self.date_style = rng.choice(wording.DATE_STYLES)
        self.id_variant: str | None = None
        self._facts = facts
        self._known: dict[str, Pieces] = {}
        self._people: dict[str, Person] = {}
        self._employer: Employer | None = None
        self._numbers: dict[str, int] = {}

    def fill(self, template: str) -> Pieces:
        """Return the template with every slot resolved."""
        out: list[Piece] = []
        for text, is_slot in parsed(template, self.setting.say_around):
            if is_slot:
                out.extend(self.slot(text))
            else:
                out.append((text, None))
        return tuple(out)

    def slot(self, name: str) -> Pieces:
        """Return the value of one slot; KeyError for a name nobody knows."""
        if name not in self._known:
            self._known[name] = self._said(self._resolve(name))
        return self._known[name]

    def used(self, name: str) -> bool:
        """Whether the slot has been written anywhere in the document."""
        return name in self._known

    def _said(self, pieces: Pieces) -> Pieces:
        if not self.setting.say_around:
            return pieces
        return tuple((text if kind else unnamed(text), kind) for text, kind in pieces)

    def _resolve(self, name: str) -> Pieces:
        if name in self.setting.picks:
            kind = kind_of(name)
            return ((self.setting.picks[name], kind),) if kind else self.fill(self.setting.picks[name])
        if name in self._facts:
            piece = self._facts[name](self)
            return self.fill(piece[0]) if "{" in piece[0] else (piece,)
        head, _, part = name.partition(".")
        if head in ROLES:
            return (self._person_part(head, part or "name"),)
        if head == "employer":
            return (self._employer_part(part or "name"),)
        return self._computed(name)

    def _computed(self, name: str) -> Pieces:
        if found := _SHIFT.fullmatch(name):
            return plain(self._date(found.group(1), int(found.group(2) or 0)))
        if found := _RANGE.fullmatch(name):
            drawn = self.rng.randint(int(found.group(2)), int(found.group(3)))
            if found.group(1) == "int":
                return plain(str(drawn))
            return plain(money(drawn * 100 + self.rng.randrange(100)))
        return self._from_list(name)

    def _from_list(self, name: str) -> Pieces:
        base = name.rstrip("23456789")
        chosen = {text for known, v in self._known.items() if known.startswith(base) for text, _ in v}
        items = items_of(base)
        item = next((i for i in self.rng.sample(items, min(4, len(items))) if i not in chosen), items[0])
        kind = kind_of(base)
        return ((item, kind),) if kind else self.fill(item)

    def _date(self, unit: str, shift: int) -> str:
        day = self.setting.formed_on
        if unit == "day":
            return self.written(day + timedelta(days=shift))
        if unit == "ym":
            return wording.written_month(wording.shift_months(day, shift), self.date_style)
        return str(day.year + shift)

    def written(self, day: date) -> str:
        return wording.written_date(day, self.date_style)

    def person(self, role: str) -> Person:
        """Return the person in ``role``; the holder's age and sex follow the setting."""
        if role not in self._people:
            self._people[role] = self._new_person(role)
        return self._people[role]

    def _new_person(self, role: str) -> Person:
        region = self.setting.place.residence
        if role == "holder":
            return self.identities.person(born=self.setting.born, region=region, sex=self.setting.sex)
        holder = self.person("holder")
        if role == "spouse":
            near = (holder.birth - timedelta(days=1500), holder.birth + timedelta(days=1500))
            return self.identities.person(born=near, region=region, sex="女" if holder.sex == "男" else "男")
        if role in ("agent", "relative"):
            return self._kinsman(holder)
        low, high = _ROLE_AGES.get(role, (24, 58))
        year = self.setting.formed_on.year
        born = (date(year - high, 1, 1), date(year - low - 1, 12, 28))
        if role == "child":
            born = (born[0], self.setting.formed_on - timedelta(days=20))
        return self.identities.person(born=born, region=region)

    def kin(self) -> str:
        """Return what the agent or relative is to the holder; parents and children only where ages allow."""
        holder = self.person("holder")
        age = (self.setting.formed_on - holder.birth).days // 365
        kinds = ["丈夫" if holder.sex == "女" else "妻子", "兄弟", "姐姐"] if age > 22 else ["父亲", "母亲"]
        kinds += ["父亲", "母亲"] * (22 < age < 50) + ["儿子", "女儿"] * (age > 44)
        return kinds[self.number("kin", lambda: self.rng.randrange(len(kinds)))]

    def _kinsman(self, holder: Person) -> Person:
        kin = self.kin()
        years = {"父亲": -26, "母亲": -24, "儿子": 25, "女儿": 26}.get(kin, 0)
        birth = wording.shift_months(holder.birth, 12 * years)
        near = (birth - timedelta(days=700), birth + timedelta(days=700))
        sex = "女" if kin in ("妻子", "姐姐", "母亲", "女儿") else "男"
        return self.identities.person(born=near, region=self.setting.place.residence, sex=sex)

    def _person_part(self, role: str, part: str) -> Piece:
        person = self.person(role)
        if part == "birth":
            return self._birth(person, role)
        if part == "age":
            return (str((self.setting.formed_on - person.birth).days * 100 // 36525), None)
        attribute, kind = _PERSON_PARTS[part]
        value = str(getattr(person, attribute))
        if role == "holder" and part == "id" and self.setting.id_varies:
            self.id_variant = variant_for(value, self.rng)
            value = written(value, self.id_variant, self.rng)
        if role == "holder" and part == "sex" and "sex_mismatch" in self.setting.defects:
            value = "女" if value == "男" else "男"
        return (value, kind)

    def _birth(self, person: Person, role: str) -> Piece:
        day = person.birth
        if role == "holder" and "birth_mismatch" in self.setting.defects:
            day += timedelta(days=self.rng.choice((30, 61, 365, -365)))
        elif self.rng.random() < 0.1:
            return (self.rng.choice(wording.short_birth_dates(day)), DetectionKind.BIRTH_DATE)
        return (self.written(day), DetectionKind.BIRTH_DATE)

    def employer(self) -> Employer:
        """Return the holder's employer."""
        if self._employer is None:
            place = self.setting.place
            self._employer = self.identities.employer(place.residence, place.area)
        return self._employer

    def _employer_part(self, part: str) -> Piece:
        employer = self.employer()
        if part == "uscc" and self.setting.formed_on.year < 2016:
            return (employer.organisation_code, None)
        kinds = {"addr": DetectionKind.ADDRESS, "phone": DetectionKind.PHONE, "uscc": DetectionKind.USCC}
        attribute = {"addr": "address"}.get(part, part)
        return (str(getattr(employer, attribute)), kinds.get(part))

    def number(self, key: str, draw: Callable[[], int]) -> int:
        """Return the number called ``key``, drawn once."""
        if key not in self._numbers:
            self._numbers[key] = draw()
        return self._numbers[key]


ROLES = frozenset(
    ("holder", "spouse", "child", "relative", "agent", "witness", "witness2", "clerk", "reviewer", "doctor",
     "leader", "legal")
)  # fmt: skip
"""Parts people play in a document."""


def money(cents: int) -> str:
    """Return an amount in yuan with two decimals and no separators."""
    return f"{cents // 100}.{cents % 100:02d}"
