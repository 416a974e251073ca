"""The checks on one document; every one gives findings of the rules in `entry_rules.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from models.archive import archive_no, taxonomy
from models.archive.documents import CatalogueEntry
from models.entry_audit.dates import WrittenDate, later, read_date
from models.entry_audit.people import Place, number_of, numbers_in, said_of_people
from models.entry_audit.rules import EntryFinding, Severity, dates_in_order, finding
from models.privacy.checksums import compact, is_resident_id
from models.privacy.detections import Detection, DetectionKind
from models.privacy.layout import Field, Reading, read
from models.text.normalisation import normalise

_GENERAL = "综合"
_ORDER = list(Severity)


@dataclass(frozen=True, slots=True)
class Entered:
    """A document as entered: the catalogue as given, pages with detections, what a classifier is sure of.

    ``insurance`` is None where the classifier abstains; ``pages``: page number, text, detections.
    """

    entry: CatalogueEntry
    pages: Sequence[tuple[int, str, Sequence[Detection]]]
    insurance: str | None
    today: date


def audited(entered: Entered) -> list[EntryFinding]:
    """Return what contradicts itself, errors first."""
    checks = (_required, _holder, _people, _order, _insurance, _retention, _dates, _archive_no)
    found = [item for check in checks for item in check(entered)]
    return sorted(found, key=lambda item: _ORDER.index(item.severity))


def _required(entered: Entered) -> Iterator[EntryFinding]:
    for name in entered.entry.missing_required():
        yield finding("required-missing", field=name)


def _holder(entered: Entered) -> Iterator[EntryFinding]:
    entry = entered.entry
    numbers = {number.value for _, text, found in entered.pages for _, number in numbers_in(text, found)}
    written = sum(d.kind is DetectionKind.RESIDENT_ID for _, _, found in entered.pages for d in found)
    readable = sum(len(list(numbers_in(text, found))) for _, text, found in entered.pages)
    given = compact(normalise(entry.holder_id or ""))
    if len(given) == 18 and not is_resident_id(given):
        yield finding("id-checksum")
    elif len(given) == 18 and numbers and given not in numbers and written == readable:
        # A number that is damaged or has 15 digits may well be the holder's.
        yield finding("id-not-in-text")
    name = _bare(entry.holder_name or "")
    if name and not any(name in _bare(text) for _, text, _ in entered.pages):
        yield finding("holder-not-in-text")
    if not name and not given and len(numbers) == 1:
        yield finding("holder-missing")


def _people(entered: Entered) -> Iterator[EntryFinding]:
    holder = number_of(entered.entry.holder_id or "")
    for page_no, text, detections in entered.pages:
        for said in said_of_people(page_no, text, detections, holder):
            if said.birth is not None and said.number.birth[: len(said.birth)] != said.birth:
                yield finding("birth-vs-id", said.place)
            if said.sex is not None and said.sex != said.number.sex:
                yield finding("sex-vs-id", said.place)


def _order(entered: Entered) -> Iterator[EntryFinding]:
    for page_no, text, _ in entered.pages:
        reading = read(text)
        plain, fields = reading.text, _outside_records(reading)
        for pair in dates_in_order():
            begin = _labelled(plain, fields, pair.first)
            end = _labelled(plain, fields, pair.second)
            if begin and end and later(begin.on, end.on):
                place: Place = (page_no, min(begin.start, end.start), max(begin.end, end.end))
                yield finding("dates-reversed", place, first=begin.label, second=end.label)


def _outside_records(reading: Reading) -> list[Field]:
    """Return fields of forms; a date in a record of a table is somebody else's or another matter's."""
    cells = {cell for row in reading.rows for cell in row.cells if cell is not None}
    return [field for field in reading.fields if (field.start, field.end) not in cells]


@dataclass(frozen=True, slots=True)
class _Labelled:
    label: str
    on: WrittenDate
    start: int
    end: int


def _labelled(plain: str, fields: Sequence[Field], labels: Sequence[str]) -> _Labelled | None:
    """Return the first date under one of ``labels``: in a table, or right behind the words."""
    for item in fields:
        if _bare(item.label) in labels and (on := read_date(plain[item.start : item.end])):
            return _Labelled(_bare(item.label), on, item.start, item.end)
    for label in sorted(labels, key=len, reverse=True):
        match = re.search(rf"{label}\s*[:|]?\s*(?=[0-9〇零一二])([^\n|;。]{{4,16}})", plain)
        if match and (on := read_date(match[1])):
            return _Labelled(label, on, *match.span(1))
    return None


def _insurance(entered: Entered) -> Iterator[EntryFinding]:
    given = entered.entry.insurance_types
    if not given or _GENERAL in given:
        return
    said = "、".join(given)
    material = taxonomy.material_called(entered.entry.material_type or "")
    if material is not None and material.insurance not in {*given, _GENERAL}:
        yield finding(
            "insurance-vs-material", given=said, material=material.name, expected=material.insurance
        )
    elif entered.insurance not in {None, "其他", _GENERAL, *given}:
        yield finding("insurance-vs-text", given=said, expected=entered.insurance)


def _retention(entered: Entered) -> Iterator[EntryFinding]:
    entry = entered.entry
    material = taxonomy.material_called(entry.material_type or "")
    if material is not None and entry.retention is not None and entry.retention is not material.retention:
        yield finding(
            "retention-vs-material",
            given=entry.retention.value,
            material=material.name,
            expected=material.retention.value,
            unverified="" if material.verified else "（未核实）",
        )


def _dates(entered: Entered) -> Iterator[EntryFinding]:
    if entered.entry.formed_on is not None and entered.entry.formed_on > entered.today:
        yield finding("formed-in-future")


def _archive_no(entered: Entered) -> Iterator[EntryFinding]:
    entry = entered.entry
    if not entry.archive_no:
        return
    try:
        parts = archive_no.parse(entry.archive_no)
    except ValueError:
        yield finding("archive-no-form")
        return
    if entry.retention is not None and parts.retention is not entry.retention:
        yield finding("archive-no-vs-fields", part="期限代码", field="保管期限")
    if entry.fonds and parts.fonds != entry.fonds.strip().upper():
        yield finding("archive-no-vs-fields", part="全宗号", field="全宗号")


def _bare(text: str) -> str:
    return re.sub(r"\s", "", normalise(text))
