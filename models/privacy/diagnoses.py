"""Diagnoses: names of diseases, injuries and operations where a text speaks of a person."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from models.privacy.detections import Detection, DetectionKind
from models.privacy.disease_extent import DiseaseName, disease_names_in, graded, item_start
from models.privacy.disease_names import disease_toml
from models.privacy.layout import Reading

_SENTENCE = re.compile(r"[^。\n;!?]{1,400}")
_LABEL_WINDOW = 60
_WINDOW = 28
# General words a text may hold beside each mark of a person before it counts as a policy.
_ENOUGH = 6
_UNTICKED = re.compile("[□☐] ?$")
_TICKED = re.compile("[☑☒√✓✔■] ?$")
_FIRM = re.compile("诊断[为:结]|确诊|死因|患有")

_DENIED = re.compile("(?:否认|排除|未患)[^,。;:]{0,24}$")
_NONE = re.compile("无[一-鿿、]{0,20}$")
_HISTORY = re.compile("[一-鿿、]{0,16}史")


@dataclass(frozen=True, slots=True)
class DiseaseTable:
    """Words and patterns of `diseases.toml` that say when a name is a person's diagnosis."""

    generic: frozenset[str]
    weak: frozenset[str]
    label: re.Pattern[str]
    policy: re.Pattern[str]
    patient: re.Pattern[str]
    service: re.Pattern[str]
    general: re.Pattern[str]
    individual: re.Pattern[str]


@cache
def disease_table() -> DiseaseTable:
    """Return the table, compiled."""
    table = disease_toml()
    return DiseaseTable(
        generic=frozenset(table["generic"].split()),
        weak=frozenset(table["weak"].split()),
        label=re.compile(table["labels"]),
        policy=re.compile(table["policy"]),
        patient=re.compile(table["patient"]),
        service=re.compile(table["service"]),
        general=re.compile(table["general"]),
        individual=re.compile(table["individual"]),
    )


@cache
def _chapters() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(words)) for name, words in disease_toml()["chapters"].items())


def chapter_of(name: str) -> str:
    """Return the chapter of ICD-10 that a disease name seems to belong to, "" if none does."""
    return next((chapter for chapter, words in _chapters() if words.search(name)), "")


def find_diagnoses(reading: Reading) -> Iterator[Detection]:
    """Yield diseases, injuries and procedures in sentences about a person; a policy's lists give none."""
    if not _speaks_of_somebody(reading):
        return
    names = disease_names_in(reading.text)
    starts = [name.start for name in names]
    for sentence in _SENTENCE.finditer(reading.text) if names else ():
        inside = names[bisect_left(starts, sentence.start()) : bisect_left(starts, sentence.end())]
        if inside:
            yield from _of_sentence(reading, sentence.start(), sentence.end(), inside)


def _of_sentence(
    reading: Reading, first: int, last: int, names: Sequence[DiseaseName]
) -> Iterator[Detection]:
    table, text = disease_table(), reading.text
    labels = [match.end() for match in table.label.finditer(text, first, last)]
    policy = table.policy.search(text, first, last) is not None
    if policy and (_FIRM.search(text, first, last) or _has_name(reading, first, last)):
        policy = False
    floor = first
    for name in names:
        before = text[max(first, name.start - _WINDOW) : name.start]
        if (policy and not _TICKED.search(before)) or _is_nobodys(text, before, name.end):
            continue
        announced = any(0 <= name.start - at <= _LABEL_WINDOW for at in labels) or _in_its_column(
            reading, name
        )
        start = max(floor, item_start(text, name.start)) if announced else name.start
        floor = name.end
        score = _score(text[start : name.end], whole=name.whole, announced=announced)
        if score:
            evidence = ("label", "dictionary") if announced else ("dictionary",)
            yield Detection(start, name.end, DetectionKind.DIAGNOSIS, score, "disease-name", evidence)


def _is_nobodys(text: str, before: str, end: int) -> bool:
    """Whether a name is a box not ticked, a disease denied, or what a service or thing is for (肺炎疫苗)."""
    if _UNTICKED.search(before) or _DENIED.search(before) or disease_table().service.match(text, end):
        return True
    return _NONE.search(before) is not None and _HISTORY.match(text, end) is not None


def _in_its_column(reading: Reading, name: DiseaseName) -> bool:
    field = reading.field_at(name.start)
    return field is not None and field.kind == DetectionKind.DIAGNOSIS


def _speaks_of_somebody(reading: Reading) -> bool:
    """Whether the text is about a person: a name or patient in it, and not just a policy's list."""
    table, text = disease_table(), reading.text
    if not reading.names and table.patient.search(text) is None and not _has_column(reading):
        return False
    general = min(_ENOUGH, len(table.general.findall(text)) - 1)
    people = len(set(reading.names))
    # Marks of persons are dear to look for: only where they decide.
    return people * 2 >= general or (people + len(table.individual.findall(text))) * 2 >= general


def _has_column(reading: Reading) -> bool:
    return any(field.kind == DetectionKind.DIAGNOSIS for field in reading.fields)


def _has_name(reading: Reading, start: int, end: int) -> bool:
    i = bisect_left(reading.names, (start, start))
    return i < len(reading.names) and reading.names[i][0] < end


def _score(name: str, *, whole: bool, announced: bool) -> float:
    table = disease_table()
    if name in table.generic or graded(name) in table.generic:
        return 0.0
    if announced:
        return 0.8
    return 0.65 if whole and name not in table.weak else 0.0
