"""Made-up archive documents as text with gold labels; pure, one integer seeds everything.

Document ``i`` depends on the seed and ``i`` alone, so a longer run begins with the shorter one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.archive.documents import CatalogueEntry
from models.archive.levels import AccessLevel, Line
from models.archive.taxonomy import lines_of, material_types
from training.synthetic.briefs import Brief, random_brief, setting_for
from training.synthetic.defects import spoiled
from training.synthetic.facts import FACTS
from training.synthetic.layouts import LAYOUTS, layout_for
from training.synthetic.markup import Pieces, Span, lines, spans_of, text_of
from training.synthetic.materials import Combination, Writing, writings
from training.synthetic.slots import Case
from training.synthetic.wear import worn

_SHOWN_BY: Mapping[str, tuple[str, ...]] = {
    "birth_mismatch": ("holder.birth", "holder.id"),
    "sex_mismatch": ("holder.sex", "holder.id"),
    "dates_reversed": ("admitted", "discharged"),
}
"""A defect of the text shows only where all these slots were written."""

_NAMED_AS: Mapping[str, tuple[str, ...]] = {
    "养老": ("养老",),
    "医疗": ("医保", "医疗"),
    "失业": ("失业",),
    "工伤": ("工伤",),
    "生育": ("生育",),
    "综合": ("社会保险", "社会保障", "社保"),
}


@dataclass(frozen=True, slots=True)
class SyntheticDocument:
    """One made-up document: its text by page, catalogue entry and gold labels.

    ``spans`` are (start, end, kind) per page, code points, half-open, in order, never overlapping;
    ``insurance_types`` are gold, primary first; ``insurance_named`` is False where neither a page nor the
    title says the primary insurance; ``defects`` are labels of what was made wrong on purpose, and
    ``id_variant:…`` where the holder's id is written in an unusual way.
    """

    source_id: str
    title: str
    pages: tuple[str, ...]
    catalogue: CatalogueEntry
    spans: tuple[tuple[Span, ...], ...]
    insurance_types: tuple[str, ...]
    material_type: str
    defects: tuple[str, ...]
    insurance_named: bool
    layout: str


def generate(count: int, seed: int) -> Iterator[SyntheticDocument]:
    """Yield ``count`` documents; every 44 in a row cover all material types."""
    for index in range(count):
        rng = random.Random(f"{seed}:{index}")
        yield compose(random_brief(index, seed, rng), f"syn-{seed}-{index:06d}", index + 1, rng)


def compose(brief: Brief, source_id: str, number: int, rng: random.Random) -> SyntheticDocument:
    """Write one document after ``brief``; ``number`` makes its archive number unique."""
    writing = writings()[brief.material]
    case = Case(setting_for(brief, number, rng), rng, FACTS)
    layout = brief.layout or layout_for(case, writing)
    heading = case.fill(rng.choice(writing.titles))
    pages = LAYOUTS[layout](case, writing, heading)
    insurances: tuple[str, ...] = (material_types()[brief.material].insurance,)
    if brief.second:
        insurances = (*insurances, brief.second.second)
        pages[-1] = _with_second(case, pages[-1], brief.second)
    if case.setting.poor_scan:
        pages = [worn(page, rng) for page in pages]
    texts = tuple(text_of(page) for page in pages)
    title = _title(case, writing, text_of(heading))
    labels = _labels(case)
    return SyntheticDocument(
        source_id=source_id,
        title=title,
        pages=texts,
        catalogue=spoiled(_entry(case, brief, insurances, title), labels, rng),
        spans=tuple(spans_of(page) for page in pages),
        insurance_types=insurances,
        material_type=brief.material,
        defects=labels,
        insurance_named=any(word in text for word in _NAMED_AS[insurances[0]] for text in (*texts, title)),
        layout=layout,
    )


def _with_second(case: Case, page: Pieces, second: Combination) -> Pieces:
    kept = second.text if case.rng.random() < 0.5 else (case.rng.choice(second.text),)
    return lines(page, *(case.fill(text) for text in kept))


def _labels(case: Case) -> tuple[str, ...]:
    shown = tuple(d for d in case.setting.defects if all(case.used(slot) for slot in _SHOWN_BY.get(d, ())))
    if case.setting.poor_scan:
        shown = (*shown, "ocr_noise")
    return (*shown, f"id_variant:{case.id_variant}") if case.id_variant else shown


def _title(case: Case, writing: Writing, heading: str) -> str:
    setting = case.setting
    if writing.subject == "figures" or setting.place.county in heading:
        return f"{setting.place.county}{heading}"
    who = case.employer().name if writing.subject in ("employer", "roster") else case.person("holder").name
    if who in heading:
        return heading
    forms = (
        f"{who}{heading}",
        f"{who}{heading}",
        f"{heading}（{who}）",
        f"{setting.formed_on.year}年{who}{heading}",
    )
    return case.rng.choice((*forms, heading))


def _entry(case: Case, brief: Brief, insurances: tuple[str, ...], title: str) -> CatalogueEntry:
    setting, writing = case.setting, writings()[brief.material]
    personal = writing.subject == "person"
    holder = case.person("holder") if personal else None
    mixed = len(lines_of(insurances)) > 1
    unsaid = mixed and case.rng.random() < 0.5
    # A paper that only touches on a work injury (or a work injury's paper that touches on 医保) is kept
    # by its own line alone: the catalogue names the first insurance, the gold labels name both.
    alone = mixed and "工伤" in insurances
    return CatalogueEntry(
        archive_no=setting.archive_no,
        fonds=setting.place.fonds,
        title=title,
        insurance_types=insurances[:1] if alone else insurances,
        material_type=brief.material,
        line=None if unsaid and not alone else Line(setting.line),
        region=setting.place.code,
        formed_on=setting.formed_on,
        retention=material_types()[brief.material].retention,
        access_level=_level(case, brief, writing),
        agency=(setting.place.bureau if writing.decision else setting.place.agency)(
            setting.line, setting.formed_on.year
        ),
        holder_name=holder.name if holder else None,
        holder_id=holder.resident_id if holder else None,
        employer=case.employer().name
        if case.used("employer") or writing.subject in ("employer", "roster")
        else None,
    )


def _level(case: Case, brief: Brief, writing: Writing) -> AccessLevel:
    """Return the usual level of the material; one paper in eight about people is closed one step more."""
    if brief.level is not None:
        return brief.level
    usual = AccessLevel.of(writing.level)
    closer = usual is AccessLevel.INTERNAL and not brief.flawless and case.rng.random() < 0.12
    return AccessLevel(usual + 1) if closer else usual
