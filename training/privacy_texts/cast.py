"""The people and facts of one made-up document; every slot of the grammar is resolved here."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date, timedelta

from models.privacy.detections import DetectionKind as Kind
from training.privacy_texts import addresses, dates
from training.privacy_texts.ailments import ailment, procedure
from training.privacy_texts.names import STYLES, NameMaker
from training.privacy_texts.stock import general_words, pick
from training.synthetic.id_variants import variant_for, written
from training.synthetic.identities import Identities, Person
from training.synthetic.markup import Piece

_BOUND = re.compile(r"([a-z])([1-9])")
_KINDS = {
    "n": Kind.PERSON,
    "b": Kind.BIRTH_DATE,
    "i": Kind.RESIDENT_ID,
    "t": Kind.PHONE,
    "a": Kind.ADDRESS,
    "k": Kind.BANK_CARD,
    "s": Kind.SSC_CARD,
    "o": Kind.PERSON_NO,
    "c": Kind.OTHER_CERT,
    "u": Kind.PASSPORT,
}
_LISTS = (
    "jobs",
    "titles",
    "relations",
    "banks",
    "nations",
    "schooling",
    "politics",
    "notes",
    "towns",
    "organ_names",
    "symptoms",
    "drugs",
    "surname_places",
)


class Cast:
    """People are made when first named and stay the same within the document."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._identities = Identities(rng)
        self._names = NameMaker(rng, rng.choice(STYLES))
        self._people: dict[str, tuple[Person, str]] = {}
        self._fashion = rng.choice((dates.WHOLE, dates.WHOLE, dates.WHOLE, dates.MONTHLY, dates.SHORT))
        self._year = rng.randint(1958, 2025)
        self._blank_names = rng.random() < 0.06
        self._sick = ailment
        self._makers = self._plain_makers()

    def slot(self, name: str) -> Piece:
        """Return the value of one slot; KeyError for a name nobody knows."""
        if bound := _BOUND.fullmatch(name):
            return self._of_person(bound[1], bound[2])
        if name in _KINDS:
            return self._of_person(name, self._stranger())
        if name in {"x", "e", "g"}:
            return self._of_person(name, self._stranger())
        if name in _LISTS:
            return pick(self.rng, "words", name), None
        return self._makers[name]()

    def _stranger(self) -> str:
        return f"stranger {len(self._people)}"

    def _person(self, key: str) -> tuple[Person, str]:
        if key not in self._people:
            rng = self.rng
            oldest = max(1900, self._year - 90)
            born = (
                date(oldest, 1, 1),
                date(max(oldest + 1, self._year - (0 if rng.random() < 0.1 else 17)), 12, 28),
            )
            person = self._identities.person(born=born)
            self._people[key] = person, self._names.name(person.sex)
        return self._people[key]

    def _of_person(self, letter: str, key: str) -> Piece:
        person, name = self._person(key)
        rng = self.rng
        values: dict[str, Callable[[], str]] = {
            "n": lambda: self._written_name(name),
            "b": lambda: dates.birth_text(rng, person.birth, self._fashion),
            "i": lambda: self._written_id(person.resident_id),
            "t": lambda: self._phone(person.phone),
            "a": lambda: addresses.address(rng),
            "k": lambda: person.bank_card if rng.random() < 0.7 else _grouped(person.bank_card),
            "s": lambda: person.ssc_card,
            "o": lambda: person.person_no,
            "c": self._certificate,
            "u": lambda: rng.choice("EGPKHM") + f"{rng.randrange(10**8):08d}",
            "x": lambda: person.sex,
            "e": lambda: person.ethnicity if rng.random() < 0.6 else person.ethnicity.removesuffix("族"),
            "g": lambda: str(max(0, self._year - person.birth.year)),
        }
        return values[letter](), _KINDS.get(letter)

    def _written_name(self, name: str) -> str:
        if self._blank_names and 2 <= len(name) <= 3 and self.rng.random() < 0.8:
            return self.rng.choice((" ", "  ", "　")).join(name)
        return name

    def _written_id(self, number: str) -> str:
        draw = self.rng.random()
        if draw < 0.72:
            return number
        if draw < 0.84:
            return written(number, variant_for(number, self.rng), self.rng)
        if draw < 0.9:
            return " ".join(number)
        return _grouped(number) if draw < 0.95 else number[:10] + "\n" + number[10:]

    def _phone(self, mobile: str) -> str:
        rng = self.rng
        if rng.random() < 0.75:
            return rng.choice(
                (
                    mobile,
                    mobile,
                    mobile,
                    f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}",
                    f"+86 {mobile}",
                    f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}",
                )
            )
        area = rng.choice(("010", "023", "028", "0755", "0831", "0574", "0991"))
        number = f"{rng.randint(2, 8)}{rng.randrange(10**6):06d}"
        return rng.choice((f"{area}-{number}", f"({area}){number}", f"{area}{number}", number))

    def _certificate(self) -> str:
        rng = self.rng
        place = rng.choice(("渝", "川", "鲁", "豫", "京", "粤"))
        return rng.choice(
            (
                f"{rng.randrange(10**8, 10**10)}",
                f"{place}{rng.randrange(10**6):06d}",
                f"{rng.randrange(10**15, 10**16)}",
                f"J{rng.randrange(10**6, 10**9)}-{rng.randint(2009, 2024)}-{rng.randrange(10**6):06d}",
                f"{place}字第{rng.randrange(10**4, 10**6)}号",
                f"{chr(rng.randint(65, 90))}{rng.randrange(10**8):08d}",
            )
        )

    def _day(self) -> date:
        return date(self._year, 1, 1) + timedelta(days=self.rng.randrange(-3000, 365))

    def _plain_makers(self) -> dict[str, Callable[[], Piece]]:
        rng = self.rng
        return {
            "d": lambda: (ailment(rng), Kind.DIAGNOSIS),
            "op": lambda: (procedure(rng), Kind.DIAGNOSIS),
            "dx": lambda: (ailment(rng), None),
            "day": lambda: (dates.date_text(rng, self._day()), None),
            "ym": lambda: (dates.month_text(rng, self._day()), None),
            "year": lambda: (str(self._year - rng.randint(0, 9)), None),
            "org": lambda: (self._employer(), None),
            "hosp": lambda: (self._hospital(), None),
            "county": lambda: (addresses.county(rng), None),
            "village": lambda: (addresses.village(rng), None),
            "oa": lambda: (addresses.address(rng), Kind.ADDRESS),
            "uscc": lambda: (self._identities.employer("500111", "023").uscc, Kind.USCC),
            "mail": lambda: (self._mail(), Kind.EMAIL),
            "plate": lambda: (self._plate(), Kind.PLATE),
            "money": lambda: (
                f"{rng.randint(1, 99999)}{rng.choice(('', '.00', '.5', f'.{rng.randint(10, 99)}'))}",
                None,
            ),
            "w": lambda: (rng.choice(general_words()), None),
            "num": lambda: (str(rng.randint(1, 60)), None),
            "no": lambda: (
                f"{rng.choice(('', 'GS', 'YL', '[2019]', 'A-'))}{rng.randrange(10 ** rng.randint(3, 12))}",
                None,
            ),
            "nick": lambda: (self._nickname(), None),
            "mask": lambda: (self._masked(), None),
        }

    def _mail(self) -> str:
        host = self.rng.choice(("163.com", "qq.com", "126.com", "sina.com"))
        return f"{self.rng.choice(('zhang', 'li', 'wang', 'chen', 'abc'))}{self.rng.randint(1, 9999)}@{host}"

    def _plate(self) -> str:
        rng = self.rng
        place = rng.choice("渝川京沪鲁豫粤贵") + rng.choice("ABCDEF") + rng.choice(("", "·"))
        return f"{place}{rng.choice('ABCD12')}{rng.randrange(10**4):04d}"

    def _employer(self) -> str:
        rng = self.rng
        head = rng.choice((addresses.county(rng), addresses.county(rng)[-3:], "", "", ""))
        return head + pick(rng, "words", "stems") + pick(rng, "words", "employers")

    def _hospital(self) -> str:
        rng = self.rng
        kind = rng.choice(
            ("人民医院", "中医院", "第一人民医院", "中心卫生院", "妇幼保健院", "医科大学附属医院", "骨科医院")
        )
        return rng.choice((addresses.county(rng), pick(rng, "words", "towns"), "市", "县")) + kind

    def _nickname(self) -> str:
        surname = self._names.surname()
        rest = self.rng.choice(
            ("某某", "某", "主任", "局长", "所长", "师傅", "书记", "老师", "医生", "科长", "总", "姐", "家")
        )
        return self.rng.choice((surname + rest, f"{self.rng.choice('老小阿')}{surname}"))

    def _masked(self) -> str:
        name = self._names.name("男")
        return name[0] + self.rng.choice(("*", "×", "＊", "某", "○")) * max(1, len(name) - 1)


def _grouped(number: str) -> str:
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
