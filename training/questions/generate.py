"""Draws texts from the families: seeded, balanced by family size, split by template."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.archive.taxonomy import material_types
from training.questions.families import Family, families
from training.questions.wording import fill, is_held_out, typed

_HELD_OUT_SHARE = 0.12
_JOINED_SHARE = 0.3
_LAW = ("statute", "provision")
_ASKING = (
    "{}",
    "查{}",
    "{}的材料",
    "找一下{}",
    "{place}{}",
    "{year}{}",
    "{year}{place}的{}档案",
    "有没有{}的存档",
    "{who}的{}",
    "调阅{}",
    "{}在哪里找",
    "{}{howto}",
)


@dataclass(frozen=True, slots=True)
class MadeText:
    """A made-up short text; ``group`` is its template, which lies wholly in one part.

    ``kind``: question, headline, statute, provision, narrative, or term (of the material table).
    """

    text: str
    label: str
    secondary: tuple[str, ...]
    material: str | None
    kind: str
    group: str
    held_out: bool


def generate(per_template: Mapping[str, int], seed: int, *, split: bool) -> Iterator[MadeText]:
    """Yield distinct texts of every family and of the material table.

    Args:
        per_template: kind to texts drawn per template; kind ``term`` is the material table.
        seed: of every draw.
        split: keep templates and slot values of the calibration part apart from the rest; without it
            every value may meet every template and ``held_out`` says only where the template lies.
    """
    for family in families():
        yield from _of_family(family, per_template.get(family.kind, 0), seed, split)
    yield from _of_materials(per_template.get("term", 0), seed)


def _of_family(family: Family, count: int, seed: int, split: bool) -> Iterator[MadeText]:
    rng = random.Random(f"{seed}:{family.name}")
    by_part = {
        part: [t for t in family.templates if is_held_out(t, _HELD_OUT_SHARE) is part]
        for part in (True, False)
    }
    seen: set[str] = set()
    for template in family.templates:
        held_out = is_held_out(template, _HELD_OUT_SHARE)
        part = held_out if split else None
        for _ in range(count):
            text = fill(template, family.slots, rng, held_out=part)
            if family.kind in _LAW and rng.random() < _JOINED_SHARE:
                other = fill(rng.choice(by_part[held_out]), family.slots, rng, held_out=part)
                text = f"{text}\n{other}"
            elif family.kind not in _LAW:
                text = typed(text, rng)
            if text in seen:
                continue
            seen.add(text)
            group = f"{family.name}:{family.templates.index(template)}"
            yield MadeText(text, family.label, family.secondary, None, family.kind, group, held_out)


def _of_materials(count: int, seed: int) -> Iterator[MadeText]:
    rng = random.Random(f"{seed}:materials")
    slots = families()[0].slots
    for material in material_types().values():
        words = (material.name, material.title, *material.said_as)
        for number, word in enumerate(words):
            for asking in rng.sample(_ASKING, min(count, len(_ASKING))):
                text = fill(asking.replace("{}", word), slots, rng)
                # The table's own words must be known to the shipped model: none is held out.
                group = f"term:{material.name}:{number}"
                yield MadeText(text, material.insurance, (), material.name, "term", group, held_out=False)
