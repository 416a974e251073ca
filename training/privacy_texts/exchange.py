"""Another value for a value: of the same kind, in the same way of writing, for one text at a time."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence

from models.privacy.detections import DetectionKind as Kind
from models.privacy.sequence_tags import NUMBERS
from models.text.segmentation import is_word
from training.privacy_texts.ailments import ailment, procedure
from training.privacy_texts.names import STYLES, NameMaker
from training.privacy_texts.places import another_place
from training.synthetic.markup import Piece

_BLANK = re.compile(r"\s+")
_DOT = re.compile(r"[·•・．.‧]")
_HAN = re.compile(r"[㐀-鿿]+")
_PROCEDURE = re.compile(r"(?:术|产|疗|透析|流产|移植|搭桥|置换|切除|结扎|环)$")
_DIGIT = re.compile(r"\d")
_MONTHS = tuple("正二三四五六七八九十冬腊")
_DAYS = (*(f"初{c}" for c in "一二三四五六七八九十"), "十五", "十六", "十八", "廿二", "廿六", "廿九", "三十")
_NUMERALS = "一二三四五六七八九"
_MOBILE = 11
"""Digits of a mobile number; the first two say that it is one."""
_DATE_PARTS = re.compile(
    r"(?P<compact>(?<!\d)(?:18|19|20)\d{4}(?:\d\d)?(?!\d))|(?P<year>(?<!\d)(?:18|19|20)\d\d(?!\d))|(?P<small>\d{1,2})"
    r"|(?P<hanyear>[一二][八九〇零○０][〇零○Ｏ一二三四五六七八九]{2})|(?P<decade>[二三四五六七八九][〇零一二三四五六七八九](?=年))"
    r"|(?P<month>(?:十[一二]|[正一二三四五六七八九十冬腊])(?=月))|(?P<day>初[一二三四五六七八九十]|[廿十][一二三四五六七八九])"
)
_TWO_DIGIT_YEAR = re.compile(r"\s*(?:年|[.\-/、]\s*\d{1,2}(?!\d))")


class Exchange:
    """Values of one text: the same value becomes the same value wherever it stands."""

    def __init__(self, pieces: Sequence[Piece], diseases: Sequence[str], rng: random.Random) -> None:
        self._rng = rng
        self._diseases = diseases
        self._style = NameMaker(rng, rng.choice(STYLES))
        self._odd = NameMaker(rng, rng.choice(("words", "bare", "mixed", "short")))
        self._foreign = NameMaker(rng, "foreign")
        self._done: dict[tuple[Kind, str], str] = {}
        names = {_BLANK.sub("", value) for value, kind in pieces if kind is Kind.PERSON}
        first = Counter(name[0] for name in names)
        self._shared = {c: self._style.surname() for c, n in sorted(first.items()) if n > 1}

    def value(self, value: str, kind: Kind) -> str:
        """Return the value that takes the place of ``value``; kinds that are only reported stay."""
        make = self._maker(kind)
        if make is None:
            return value
        plain = _BLANK.sub("", value)
        if (kind, plain) not in self._done:
            self._done[kind, plain] = make(value if kind is not Kind.PERSON else plain)
        made = self._done[kind, plain]
        return _spaced_like(value, made) if kind is Kind.PERSON and _HAN.fullmatch(plain) else made

    def _maker(self, kind: Kind) -> Callable[[str], str] | None:
        makers: dict[Kind, Callable[[str], str]] = {
            Kind.PERSON: self._name,
            Kind.BIRTH_DATE: lambda value: another_date(value, self._rng),
            Kind.ADDRESS: lambda value: another_place(value, self._rng),
            Kind.DIAGNOSIS: self._disease,
            Kind.RESIDENT_ID: self._resident_id,
        }
        return makers.get(kind) or (self._number if kind in NUMBERS else None)

    def _name(self, name: str) -> str:
        if not _HAN.search(name):
            return self._of_shape(self._foreign, lambda made: not _HAN.search(made))
        if _DOT.search(name):
            return self._of_shape(self._foreign, lambda made: bool(_DOT.search(made) and _HAN.search(made)))
        if name.endswith("氏") and len(name) <= 3:
            return "".join(self._style.surname()[:1] for _ in name[:-1]) + "氏"
        return self._chinese(name) if len(name) > 1 else name

    def _chinese(self, name: str) -> str:
        rng = self._rng
        maker = self._odd if is_word(name) and rng.random() < 0.8 else self._style
        if len(name) >= 4 and rng.random() < 0.5:
            maker = NameMaker(rng, "minority")
        made = self._of_shape(maker, lambda made: bool(_HAN.fullmatch(made)))
        of_family = name[0] in self._shared and not is_word(made) and len(made) <= 3
        return self._shared[name[0]] + made[1:] if of_family and rng.random() < 0.5 else made

    def _of_shape(self, maker: NameMaker, fits: Callable[[str], bool]) -> str:
        """Return a name that fits, or the last one of many that did not."""
        made = ""
        for _ in range(40):
            made = maker.name(self._rng.choice("男女"))
            if fits(made):
                break
        return made

    def _disease(self, value: str) -> str:
        rng, draw = self._rng, self._rng.random()
        if draw < 0.3:
            return value
        alike = bool(_PROCEDURE.search(value))
        if draw < 0.7:
            others = [d for d in self._diseases if bool(_PROCEDURE.search(d)) == alike]
            return rng.choice(others) if others else value
        return procedure(rng) if alike else ailment(rng)

    def _number(self, value: str) -> str:
        """Return other digits and capitals behind the first, in the same grouping."""
        count = sum(_is_digit(c) for c in value)
        keep = 6 if count >= 15 else 2 if count == _MOBILE else 1
        seen, out = 0, []
        for c in value:
            seen += _is_digit(c)
            if _is_digit(c) and seen > keep:
                out.append(self._rng.choice("0123456789"))
            elif "A" <= c < "X" and seen and self._rng.random() < 0.5:
                out.append(self._rng.choice("ABCDEFGHJKLMNPQRTUW"))
            else:
                out.append(c)
        return "".join(out)

    def _resident_id(self, value: str) -> str:
        """Return another number in the same writing: county kept, a day of birth, the rest at random."""
        places = [i for i, c in enumerate(value) if _is_digit(c)]
        if len(places) not in {15, 17, 18}:
            return self._number(value)
        rng = self._rng
        year = f"{rng.randint(1925, 2022)}"[2 if len(places) == 15 else 0 :]
        born = f"{year}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
        rest = "".join(rng.choice("0123456789") for _ in range(len(places) - 6 - len(born)))
        out = list(value)
        for place, digit in zip(places[6:], born + rest, strict=True):
            out[place] = digit
        return "".join(out)


def _is_digit(character: str) -> bool:
    return character.isascii() and character.isdigit()


def another_date(value: str, rng: random.Random) -> str:
    """Return another date in the notation of ``value``: the same marks, blanks and numerals."""

    def part(match: re.Match[str]) -> str:
        found = match[0]
        if match["compact"] or match["year"]:
            year = str(_near(int(found[:4]), rng))
            rest = (f"{rng.randint(1, 12):02d}", f"{rng.randint(1, 28):02d}")
            return year + "".join(rest)[: len(found) - 4]
        if match["small"]:
            return _small(match, value, rng)
        if match["hanyear"]:
            return found[:2] + rng.choice(_NUMERALS[2:]) + rng.choice(_NUMERALS)
        if match["decade"]:
            return rng.choice(_NUMERALS[2:]) + rng.choice(_NUMERALS)
        return rng.choice(_MONTHS) if match["month"] else rng.choice(_DAYS)

    return _DATE_PARTS.sub(part, value)


def _small(match: re.Match[str], value: str, rng: random.Random) -> str:
    found, width = match[0], len(match[0])
    if match.start() == 0 and width == 2 and _TWO_DIGIT_YEAR.match(value, match.end()):
        return f"{rng.randint(25, 99)}"
    number = rng.randint(1, 12 if int(found) <= 12 else 28)
    return f"{number:02d}" if found.startswith("0") else str(number)


def _near(year: int, rng: random.Random) -> int:
    return max(1880, min(2025, year + rng.randint(-14, 14)))


def _spaced_like(value: str, made: str) -> str:
    gap = _BLANK.search(value)
    return gap[0].join(made) if gap and _DOT.search(made) is None else made
