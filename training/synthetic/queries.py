"""Questions to made-up archives, with the documents that answer them."""

from __future__ import annotations

import random
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from models.archive.levels import AccessLevel, Line
from models.archive.taxonomy import lines_of, material_types
from training.synthetic.documents import SyntheticDocument
from training.synthetic.places import place_of, places

_OTHER_INSURANCE = ("养老保险", "医疗保险", "失业保险", "工伤保险", "生育保险")


class QueryKind(StrEnum):
    """What makes a question hard."""

    KNOWN_ITEM = "known_item"
    TOPICAL = "topical"
    COLLOQUIAL = "colloquial"
    WRONG_INSURANCE = "wrong_insurance"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class SyntheticQuery:
    """A question; ``relevant`` are source ids, empty where this account must find nothing.

    ``line``, ``region`` and ``clearance`` describe the account that asks; all ``None`` for one that sees all.
    """

    query_id: str
    text: str
    kind: QueryKind
    relevant: tuple[str, ...]
    line: Line | None = None
    region: str | None = None
    clearance: AccessLevel | None = None


def queries_for(documents: Sequence[SyntheticDocument], seed: int) -> list[SyntheticQuery]:
    """Return questions of every kind about ``documents``; personal data in them is the name at most.

    A known item is asked for by its holder's name, year and material; namesakes count as relevant too.
    """
    rng = random.Random(f"queries:{seed}")
    made: list[SyntheticQuery] = []
    alike: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for document in documents:
        alike[_identity(document)].append(document.source_id)
    for document in documents:
        if document.catalogue.holder_name and document.catalogue.formed_on:
            made += _about_one(document, tuple(alike[_identity(document)]), rng)
    by_topic: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    by_material: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        by_material[document.material_type].append(document.source_id)
        if document.catalogue.formed_on and document.catalogue.fonds:
            by_topic[_topic(document)].append(document.source_id)
    for (material, year, county), ids in sorted(by_topic.items()):
        word = rng.choice((*material_types()[material].said_as, material))
        text = rng.choice(
            (f"{year}年{county}的{word}", f"{county}{year}年{word}有哪些", f"{word} {county} {year}")
        )
        made.append(SyntheticQuery(f"topic-{material}-{year}-{county}", text, QueryKind.TOPICAL, tuple(ids)))
    for material, ids in sorted(by_material.items()):
        for i, text in enumerate(_colloquial()[material]):
            name = f"plain-{material}-{i}"
            made.append(SyntheticQuery(name, text, QueryKind.COLLOQUIAL, tuple(ids)))
    return made


def _topic(document: SyntheticDocument) -> tuple[str, int, str]:
    entry = document.catalogue
    year = entry.formed_on.year if entry.formed_on else 0
    return document.material_type, year, place_of(entry.region or "").county


def _identity(document: SyntheticDocument) -> tuple[str, str, int]:
    entry = document.catalogue
    return entry.holder_name or "", document.material_type, entry.formed_on.year if entry.formed_on else 0


def _about_one(
    document: SyntheticDocument, same: tuple[str, ...], rng: random.Random
) -> list[SyntheticQuery]:
    name = document.source_id
    holder, _, year = _identity(document)
    matter = rng.choice((document.material_type, material_types()[document.material_type].said_as[0]))
    known = f"{holder}{year}年的{matter}"
    wrong = rng.choice([w for w in _OTHER_INSURANCE if w[:2] not in document.insurance_types])
    region, line = _stranger(document, rng)
    return [
        SyntheticQuery(f"known-{name}", known, QueryKind.KNOWN_ITEM, same),
        SyntheticQuery(f"wrong-{name}", f"{wrong} {known}", QueryKind.WRONG_INSURANCE, same),
        SyntheticQuery(
            f"none-{name}",
            known,
            QueryKind.NOTHING,
            (),
            line=line,
            region=region,
            clearance=AccessLevel.SENSITIVE,
        ),
    ]


def _stranger(document: SyntheticDocument, rng: random.Random) -> tuple[str, Line]:
    """Return region and line of an account that may not see ``document``: elsewhere, or of the other line."""
    region = document.catalogue.region or ""
    elsewhere = [p.code for p in places() if p.code[:2] != region[:2] and p.grade == "区县"]
    lines = {document.catalogue.line} if document.catalogue.line else lines_of(document.insurance_types)
    strange = [line for line in Line if line not in lines]
    if strange and rng.random() < 0.4:
        return region, strange[0]
    return rng.choice(elsewhere), rng.choice(list(Line))


@cache
def _colloquial() -> Mapping[str, Sequence[str]]:
    text = (files("training.synthetic") / "vocabulary" / "queries.toml").read_text("utf-8")
    made: Mapping[str, Sequence[str]] = tomllib.loads(text)["colloquial"]
    return made
