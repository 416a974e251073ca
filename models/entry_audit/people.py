"""Who is who in a text: resident numbers with the birth dates and sexes said of the same person."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.entry_audit.dates import WrittenDate, read_date
from models.entry_audit.rules import owners
from models.privacy.checksums import compact, is_resident_id
from models.privacy.detections import Detection, DetectionKind
from models.privacy.layout import Reading, read
from models.text.normalisation import normalise

Place = tuple[int, int, int]
"""Page number, start, end."""

HOLDER = "holder"
_LABEL = re.compile(r"([一-鿿()（）]{1,14})\s*[:：|]?\s*$")
_SEX = re.compile(r"(?:性\s*别\s*[:：|]?\s*|[,，、|\s])(?P<sex>[男女])(?=[,，、|\s。；;]|$)")
_SAYS_WHAT = re.compile("号|证|出生|生日|性别")
_STOPS = "。；;\n"


@dataclass(frozen=True, slots=True)
class Number:
    """A resident number of 18 characters that passes its check; ``birth`` and ``sex`` are what it says."""

    value: str
    birth: WrittenDate
    sex: str


@dataclass(frozen=True, slots=True)
class Said:
    """A birth date or sex said in the text, and the number of the same person."""

    place: Place
    number: Number
    birth: WrittenDate | None = None
    sex: str | None = None


def number_of(value: str) -> Number | None:
    """Return what a resident number says; None where it fails its check or has another form."""
    plain = compact(normalise(value))
    if not is_resident_id(plain):
        return None
    birth = (int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    return Number(plain, birth, "男" if int(plain[16]) % 2 else "女")


def numbers_in(text: str, detections: Sequence[Detection]) -> Iterator[tuple[Detection, Number]]:
    """Yield the valid resident numbers among the detections."""
    for d in detections:
        if d.kind is DetectionKind.RESIDENT_ID and (number := number_of(text[d.start : d.end])):
            yield d, number


def said_of_people(
    page_no: int, text: str, detections: Sequence[Detection], holder: Number | None
) -> Iterator[Said]:
    """Yield birth dates and sexes with the number of the person they are said of.

    In a table that is the number of the row, under labels the one whose label names the same person (配偶,
    领取人, …; no such word: the holder), in running text the only number of the sentence if it names one
    person. Where two numbers could be meant nothing is yielded. ``holder``: the catalogue's number, for
    a text in which the holder's own is damaged or missing.
    """
    page = _Page(text, read(text), detections)
    own = page.numbers[HOLDER]
    if holder is not None and (not own or holder in own):
        page.numbers[HOLDER] = [holder]
    for d in detections:
        if d.kind is DetectionKind.BIRTH_DATE and (birth := read_date(text[d.start : d.end])):
            number = page.number_for(d.start, labelled="生")
            if number is not None:
                yield Said((page_no, d.start, d.end), number, birth=birth)
    for match in _SEX.finditer(text):
        number = page.number_for(match.start("sex"), labelled="别")
        if number is not None:
            yield Said((page_no, *match.span("sex")), number, sex=match["sex"])


@dataclass(slots=True)
class _Page:
    text: str
    reading: Reading
    detections: Sequence[Detection]
    numbers: dict[str, list[Number]] = field(default_factory=lambda: defaultdict(list))
    sentences: dict[str, list[Number]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for d, number in numbers_in(self.text, self.detections):
            self.numbers[self._owner(d.start)].append(number)
            self.sentences[self._sentence(d.start)].append(number)

    def number_for(self, start: int, labelled: str) -> Number | None:
        """Return the one number of the person of whom something is said at ``start``."""
        if self._record(start) is not None or labelled in self._label(start) or self._loose(start):
            return _only(self.numbers[self._owner(start)])
        sentence = self._sentence(start)
        first, last = map(int, sentence.split(":"))
        names = {
            self.text[d.start : d.end]
            for d in self.detections
            if d.kind is DetectionKind.PERSON and first <= d.start < last
        }
        return _only(self.sentences[sentence]) if len(names) <= 1 else None

    def _owner(self, start: int) -> str:
        record = self._record(start)
        if record is not None:
            return record
        label = self._label(start)
        who = next((word for word in owners() if word in label), HOLDER)
        return who if _SAYS_WHAT.search(label) else self._loose(start) or who

    def _label(self, start: int) -> str:
        cell = self.reading.field_at(start)
        if cell is not None and _SAYS_WHAT.search(cell.label):
            return cell.label
        match = _LABEL.search(self.text[max(0, start - 24) : start])
        return match[1] if match else ""

    def _record(self, start: int) -> str | None:
        """Return a name for the record of a table that holds ``start`` under a header that says what it is.

        A list of two columns (项目, 内容) is a form: there the cell before says it.
        """
        cell = self.reading.field_at(start)
        if cell is None or not _SAYS_WHAT.search(cell.label):
            return None
        for number, row in enumerate(self.reading.rows):
            if any(cell is not None and cell[0] <= start < cell[1] for cell in row.cells):
                return f"row {number}"
        return None

    def _loose(self, start: int) -> str:
        """Return a name for the line of cells without headers that holds ``start``; "" if none does."""
        for block, lines in enumerate(self.reading.loose):
            for number, line in enumerate(lines):
                if any(first <= start < last for first, last in line):
                    return f"line {block} {number}"
        return ""

    def _sentence(self, start: int) -> str:
        first = max(self.text.rfind(stop, 0, start) for stop in _STOPS) + 1
        ends = [end for stop in _STOPS if (end := self.text.find(stop, start)) >= 0]
        return f"{first}:{min(ends, default=len(self.text))}"


def _only(numbers: Sequence[Number]) -> Number | None:
    distinct = {number.value: number for number in numbers}
    return next(iter(distinct.values())) if len(distinct) == 1 else None
