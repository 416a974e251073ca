"""What a document shall be, and the setting that follows from it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from models.archive.levels import AccessLevel, Line
from models.archive.taxonomy import insurance_types, material_types
from training.synthetic import defects, entitlements
from training.synthetic.materials import Combination, Writing, combinations, writings
from training.synthetic.places import Place, places
from training.synthetic.slots import Setting
from training.synthetic.vocabulary_lists import items_of
from training.synthetic.wording import shift_months

LAST_YEAR = 2025
_MULTI_SHARE = 0.21
"""Share among papers that can have a second insurance; overall it comes to 12–13 %."""
_UNNAMED_SHARE = 0.25
_ID_VARIANT_SHARE = 0.06
_POOR_SCAN_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Brief:
    """What a document shall be; ``None`` leaves it to chance. ``picks`` fixes slots by name."""

    material: str
    place: Place
    year: int
    layout: str | None = None
    say_around: bool = False
    second: Combination | None = None
    level: AccessLevel | None = None
    picks: Mapping[str, str] = field(default_factory=dict)
    flawless: bool = False


def random_brief(index: int, seed: int, rng: random.Random) -> Brief:
    """Return the brief of document ``index``; every 44 in a row cover all material types."""
    names = list(material_types())
    block, position = divmod(index, len(names))
    random.Random(f"{seed}:order:{block}").shuffle(names)
    writing = writings()[names[position]]
    possible = _combinations(writing)
    second = rng.choice(possible) if possible and rng.random() < _MULTI_SHARE else None
    known = places()
    return Brief(
        material=writing.name,
        place=rng.choices(known, [place.weight for place in known])[0],
        year=rng.randint(writing.since, LAST_YEAR),
        say_around=second is None and rng.random() < _UNNAMED_SHARE,
        second=second,
    )


def _combinations(writing: Writing) -> tuple[Combination, ...]:
    if writing.subject != "person":
        return ()
    return combinations(material_types()[writing.name].insurance, writing.name)


def _dated(writing: Writing) -> bool:
    text = "".join((*writing.fields, *writing.said))
    return "{admitted}" in text and "{discharged}" in text


def setting_for(brief: Brief, number: int, rng: random.Random) -> Setting:
    """Draw day, line, age and flaws; ``number`` makes the archive number unique."""
    writing, material = writings()[brief.material], material_types()[brief.material]
    formed_on = date(brief.year, 1, 1) + timedelta(days=rng.randrange(365))
    competent = sorted(insurance_types()[material.insurance].lines)
    picks = dict(brief.picks)
    sex = picks.pop("sex", writing.sex)
    low, high = writing.age
    if brief.second and not writing.retiring:
        sex = brief.second.sex or sex
        low, high = brief.second.age or (low, high)
    if writing.accidents:
        picks.setdefault("accident", rng.choice(writing.accidents))
    if material.insurance == "生育":
        picks.setdefault("marriage", "已婚")
    born = (shift_months(formed_on, -12 * high), shift_months(formed_on, -12 * low - 1))
    original_age = 60
    if writing.retiring:
        sex = sex or rng.choice("男女")
        original_age = 60 if sex == "男" else rng.choice((50, 50, 55))
        born = _born_to_retire(writing, formed_on, original_age, picks, rng)
    return Setting(
        place=brief.place,
        line=rng.choice(competent)
        if len(competent) == 1
        else rng.choice((Line.HRSS, Line.HRSS, Line.MEDICAL)),
        formed_on=formed_on,
        archive_no=f"{brief.place.fonds}-SB·{brief.year}-{material.retention.code}-"
        f"{material.class_code}-{number:04d}",
        say_around=brief.say_around,
        born=born,
        sex=sex,
        original_age=original_age,
        defects=() if brief.flawless else defects.drawn(rng, dated=_dated(writing)),
        id_varies=not brief.flawless and rng.random() < _ID_VARIANT_SHARE,
        poor_scan=not brief.flawless and rng.random() < _POOR_SCAN_SHARE,
        picks=picks,
    )


def _born_to_retire(
    writing: Writing, formed_on: date, original_age: int, picks: dict[str, str], rng: random.Random
) -> tuple[date, date]:
    """Return birth dates that fit the kind of retirement, and note the kind in ``picks``."""
    kind = "因病提前退休" if writing.early else rng.choice(items_of("retire_kind"))
    if writing.name == "养老待遇核定":
        kind = "正常退休"
    kind = picks.setdefault("retire_kind", kind)
    if kind == "正常退休":
        birth = entitlements.birth_for_retirement(shift_months(formed_on, 1), original_age)
        return birth - timedelta(days=12), birth + timedelta(days=12)
    age = original_age - 5 if kind.startswith("特殊工种") else original_age - rng.randint(2, 9)
    born = shift_months(formed_on, -12 * age)
    return born - timedelta(days=300), born - timedelta(days=10)
