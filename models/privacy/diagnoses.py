"""Diagnoses by morphology: modifiers (side, site, stage) followed by the head of a disease name."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.privacy.detections import Detection, DetectionKind
from models.privacy.grid import Span
from models.privacy.layout import Reading

_SENTENCE = re.compile(r"[^。\n;!?]{1,400}")
_LABEL_WINDOW = 60
# General words a text may hold beside each mark of a person before it counts as a policy.
_ENOUGH = 6
_UNTICKED = re.compile("[□☐] ?$")
_MOST_MODIFIERS = 12
_LONGEST_MODIFIER = 8
# Vertebrae and numbered fingers: L4、5, C5/6, 第2; a number before a comma or a list point is none.
_LEVEL = re.compile(
    r"第?(?:[LTCS]\d{1,2}(?:[/、\-~一至][LTCS]?\d{1,2}){0,3}|(?<=第)[\d、一二三四五-]{1,6}|(?<=[手足侧肋])[\d一二三四五][\-—、至到][\d一二三四五])$"
)
_POSITIONS = frozenset("上下中前后内外侧间部性软腔指")
_FIRM = re.compile("诊断[为:结]|确诊|死因|患有")
_GRADE = re.compile(
    r" ?(?:[0-9一二三四壹贰叁肆IVⅠⅡⅢⅣ]{1,3}[ABC]?[级期型度]|\([0-9IVⅠⅡⅢ一二三]{1,3}期\)(?=[。,;]))"
)
# 病史, 病人, 病历 … are other words.
_NOT_HEAD = re.compile("[史人历房区床理情程例假种退故重危休害毒痛]")
_JOINT = re.compile(r"(?<=[骨侧部节肺脑肾肝脏端])[及伴并]$")
# A name cut by the end of a line: 右跟骨粉碎⏎性骨折; what stands there must not be a name of its own.
_BROKEN = "\n"


@dataclass(frozen=True, slots=True)
class DiseaseTable:
    head: re.Pattern[str]
    heads: frozenset[str]
    modifiers: frozenset[str]
    generic: frozenset[str]
    label: re.Pattern[str]
    policy: re.Pattern[str]
    patient: re.Pattern[str]
    general: re.Pattern[str]
    individual: re.Pattern[str]


@cache
def disease_table() -> DiseaseTable:
    """Return `diseases.toml`, compiled."""
    table = tomllib.loads((files("models") / "reference" / "diseases.toml").read_text("utf-8"))
    heads = sorted(set(table["heads"].split()), key=len, reverse=True)
    modifiers = frozenset(table["modifiers"].split())
    return DiseaseTable(
        head=re.compile("|".join(map(re.escape, heads))),
        heads=frozenset(heads),
        modifiers=modifiers,
        generic=frozenset(table["generic"].split()),
        label=re.compile(table["labels"]),
        policy=re.compile(table["policy"]),
        patient=re.compile(table["patient"]),
        general=re.compile(table["general"]),
        individual=re.compile(table["individual"]),
    )


@cache
def _chapters() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = tomllib.loads((files("models") / "reference" / "diseases.toml").read_text("utf-8"))
    return tuple((name, re.compile(words)) for name, words in table["chapters"].items())


def chapter_of(name: str) -> str:
    """Return the chapter of ICD-10 that a disease name seems to belong to, "" if none does."""
    return next((chapter for chapter, words in _chapters() if words.search(name)), "")


def find_diagnoses(reading: Reading) -> Iterator[Detection]:
    """Yield diseases, injuries and procedures in sentences about a person; a policy's lists give none."""
    table, text = disease_table(), reading.text
    if not _speaks_of_somebody(reading):
        return
    for sentence in _SENTENCE.finditer(text):
        labels = [match.end() for match in table.label.finditer(text, *sentence.span())]
        policy = table.policy.search(text, *sentence.span()) is not None
        if policy and not _FIRM.search(text, *sentence.span()) and not _has_name(reading, *sentence.span()):
            continue
        for start, end in _names(text, *sentence.span()):
            if _UNTICKED.search(text, max(0, start - 2), start):
                continue
            behind_label = any(0 <= start - at <= _LABEL_WINDOW for at in labels)
            score = _score(text[start:end], behind_label=behind_label)
            if score:
                evidence = ("label", "morphology") if behind_label else ("morphology",)
                yield Detection(start, end, DetectionKind.DIAGNOSIS, score, "disease-name", evidence)


def _speaks_of_somebody(reading: Reading) -> bool:
    """Whether the text is about a person: a name or patient in it, and not just a policy's list."""
    table, text = disease_table(), reading.text
    if not reading.names and table.patient.search(text) is None:
        return False
    individual = len(table.individual.findall(text)) + len(set(reading.names))
    return individual * 2 >= min(_ENOUGH, len(table.general.findall(text)) - 1)


def _has_name(reading: Reading, start: int, end: int) -> bool:
    i = bisect_left(reading.names, (start, start))
    return i < len(reading.names) and reading.names[i][0] < end


def _names(text: str, first: int, last: int) -> Iterator[Span]:
    """Yield each head with the modifiers before it; heads that touch make one name.

    Reading backwards from the head keeps this linear: forwards, a run of modifiers can be cut in many ways.
    """
    held: Span | None = None
    floor = first
    for match in disease_table().head.finditer(text, first, last):
        if _NOT_HEAD.match(text, match.end()) and len(match.group()) == 1:
            continue
        start = _with_modifiers(text, floor, match.start())
        floor = match.end()
        if held is not None and text[held[1] : start] in {"", "性"}:
            # A procedure behind a disease is a name of its own; before 后 it only dates the disease.
            if match.group()[-1] != "术":
                held = (held[0], match.end())
                continue
            if text[match.end() : match.end() + 1] == "后":
                continue
        if held is not None:
            yield _graded(text, *held)
        held = (start, match.end())
    if held is not None:
        yield _graded(text, *held)


def _graded(text: str, start: int, end: int) -> Span:
    """Take in a grade or stage that belongs to the name (高血压3级, 尘肺叁期)."""
    grade = _GRADE.match(text, end)
    return start, grade.end() if grade else end


def _with_modifiers(text: str, floor: int, head: int) -> int:
    start = head
    modifiers = disease_table().modifiers
    for _ in range(_MOST_MODIFIERS):
        at = start
        if start == floor and start > 1 and text[start - 1] == _BROKEN:
            at = _across(text, start)
            floor = min(floor, at)
            if at == start:
                break
            start = at
            continue
        for size in range(min(_LONGEST_MODIFIER, start - floor), 0, -1):
            if text[start - size : start] in modifiers:
                at = start - size
                break
        else:
            level = _LEVEL.search(text, max(floor, start - 8), start)
            joint = _JOINT.search(text, max(floor, start - 4), start)
            at = level.start() if level else joint.start() + 1 if joint else start
        if at == start:
            break
        start = at
    # 上, 后 … belong to a name only before another part of it (中耳炎, not 4个月以上流产).
    return start + 1 if text[start:head] in _POSITIONS else start


def _across(text: str, start: int) -> int:
    """Return where modifiers at the end of the line before ``start`` begin; ``start`` if there are none."""
    table, at = disease_table(), start - 1
    while at > 0:
        sizes = range(min(_LONGEST_MODIFIER, at), 0, -1)
        size = next((n for n in sizes if text[at - n : at] in table.modifiers - table.heads), 0)
        if not size:
            break
        at -= size
    return at if at < start - 1 else start


def _score(name: str, *, behind_label: bool) -> float:
    table = disease_table()
    if name in table.generic or _GRADE.sub("", name) in table.generic:
        return 0.0
    if behind_label:
        return 0.8
    return 0.65 if len(name) >= 3 or name in table.heads else 0.0
