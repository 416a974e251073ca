"""Made-up documents: shares, coverage, labels that are true of the text."""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache
from itertools import islice

import pytest

from models.archive import regions
from models.archive.levels import AccessLevel, Line
from models.archive.taxonomy import insurance_types, material_types
from models.privacy.detections import DetectionKind
from training.synthetic.briefs import Brief
from training.synthetic.documents import SyntheticDocument, compose, generate
from training.synthetic.identities import luhn_check, resident_id_check, uscc_check
from training.synthetic.places import place_of
from training.synthetic.vocabulary_lists import accidents

_PLAIN_ID = re.compile(r"\d{17}[\dX]", re.ASCII)

_NOT_WRONG = {"id_variant", "ocr_noise"}


@cache
def _documents() -> tuple[SyntheticDocument, ...]:
    return tuple(generate(1760, 20260101))


def _share(count: int) -> float:
    return count / len(_documents())


def _values(kind: DetectionKind) -> list[tuple[SyntheticDocument, str]]:
    return [
        (document, page[start:end].replace(" ", "") if "ocr_noise" in document.defects else page[start:end])
        for document in _documents()
        for page, spans in zip(document.pages, document.spans, strict=True)
        for start, end, found in spans
        if found is kind
    ]


def test_the_same_seed_gives_the_same_documents() -> None:
    assert list(generate(50, 3)) == list(generate(50, 3))
    assert list(islice(generate(80, 3), 50)) == list(generate(50, 3))
    assert list(generate(50, 3)) != list(generate(50, 4))


def test_every_material_and_level_and_line() -> None:
    first = list(islice(_documents(), 44))
    assert {d.material_type for d in first} == set(material_types())
    entries = [d.catalogue for d in _documents()]
    assert {e.access_level for e in entries} == set(AccessLevel)
    assert {e.line for e in entries} == {Line.HRSS, Line.MEDICAL, None}
    assert {(e.region or "")[:2] for e in entries} >= {"50", "44", "51"}
    assert {len(e.region or "") for e in entries} == {6, 9}
    assert "500111001" in {e.region for e in entries}
    years = {e.formed_on.year for e in entries if e.formed_on}
    assert years >= {1998, 2025}
    assert max(years) == 2025


def test_the_line_is_competent_for_the_insurance() -> None:
    for document in _documents():
        line = document.catalogue.line
        assert line is None or line in insurance_types()[document.insurance_types[0]].lines


def test_shares() -> None:
    documents = _documents()
    assert 0.10 <= _share(sum(len(d.insurance_types) > 1 for d in documents)) <= 0.15
    assert _share(sum(not d.insurance_named for d in documents)) >= 0.15
    with_id = {document.source_id for document, _ in _values(DetectionKind.RESIDENT_ID)}
    varied = sum(any(label.startswith("id_variant") for label in d.defects) for d in documents)
    assert 0.03 <= varied / len(with_id) <= 0.08
    assert 0.03 <= _share(sum("ocr_noise" in d.defects for d in documents)) <= 0.07
    wrong = sum(any(label.split(":")[0] not in _NOT_WRONG for label in d.defects) for d in documents)
    assert 0.02 <= _share(wrong) <= 0.10


def test_every_material_in_several_layouts() -> None:
    layouts: dict[str, set[str]] = {}
    for document in _documents():
        layouts.setdefault(document.material_type, set()).add(document.layout)
    assert min(map(len, layouts.values())) >= 2
    assert len(set().union(*layouts.values())) >= 12


def test_lengths_are_those_of_real_papers() -> None:
    lengths = sorted(sum(map(len, d.pages)) for d in _documents())
    assert lengths[0] >= 60
    assert 250 <= lengths[len(lengths) // 2] <= 700
    assert lengths[-1] <= 4000


def test_archive_numbers_are_unique() -> None:
    numbers = Counter(d.catalogue.archive_no for d in _documents())
    assert numbers.most_common(1)[0][1] == 1


def test_plain_resident_ids_are_valid_unless_labelled() -> None:
    checked = 0
    for document, value in _values(DetectionKind.RESIDENT_ID):
        assert value[:6] not in regions.names()
        if _PLAIN_ID.fullmatch(value) and not any("wrong_check" in d for d in document.defects):
            assert value[17] == resident_id_check(value[:17])
            checked += 1
    assert checked > 1000


def test_other_numbers_have_right_check_characters() -> None:
    cards, codes = _values(DetectionKind.BANK_CARD), _values(DetectionKind.USCC)
    assert cards
    assert codes
    assert all(luhn_check(card[:-1]) == card[-1] for _, card in cards)
    assert all(uscc_check(code[:-1]) == code[-1] and code[2:8] not in regions.names() for _, code in codes)


def test_every_mention_of_the_holder_is_marked() -> None:
    for document in _documents():
        name = document.catalogue.holder_name
        if not name or len(name) < 3:
            continue
        for page, spans in zip(document.pages, document.spans, strict=True):
            covered = {
                i for start, end, kind in spans if kind is DetectionKind.PERSON for i in range(start, end)
            }
            for found in re.finditer(re.escape(name), page):
                assert set(range(*found.span())) <= covered


def test_look_alike_numbers_are_not_marked() -> None:
    serials = 0
    for document in _documents():
        for page, spans in zip(document.pages, document.spans, strict=True):
            starts = {start for start, _, _ in spans}
            for found in re.finditer(r"(?:流水号|编号|流水)：(20\d{16})(?!\d)", page):
                assert found.start(1) not in starts
                serials += 1
    assert serials > 50


def test_unnamed_documents_do_not_say_their_insurance() -> None:
    words = {"养老": "养老", "失业": "失业", "工伤": "工伤", "生育": "生育", "医疗": "医保"}
    unnamed = [d for d in _documents() if not d.insurance_named and d.insurance_types[0] in words]
    assert len(unnamed) > 100
    for document in unnamed:
        assert words[document.insurance_types[0]] not in "".join(document.pages) + document.title


def test_decisions_cite_the_clause_of_their_story() -> None:
    marks = {
        "脚手架": "第（一）项",
        "冲床": "第（一）项",
        "交警部门": "第（六）项",
        "抢险": "第（二）项",
        "饮酒": "第十六条",
    }
    seen = Counter[str]()
    for document in _documents():
        text = "".join(document.pages)
        if document.material_type == "工伤认定决定" and document.layout == "decision":
            for mark, clause in marks.items():
                if mark in text:
                    seen[mark] += 1
                    assert clause in text
    assert sum(seen.values()) >= 5


def test_a_refusal_is_not_headed_as_recognition() -> None:
    brief = Brief(
        "工伤认定决定",
        place_of("500111001"),
        2023,
        layout="decision",
        picks={"accident": "醉酒摔伤"},
        flawless=True,
    )
    headings = {
        compose(brief, f"refused-{i}", i, random.Random(i)).pages[0].split("\n")[0] for i in range(20)
    }
    assert headings == {"不予认定工伤决定书", "工伤认定决定书"}


def test_verdicts_follow_clauses() -> None:
    for row in accidents():
        assert ("第十五条" in row["clause"] and "不符合" not in row["clause"]) == (
            row["verdict"] == "视同工伤"
        )
        assert row["clause"].startswith("第十四条") == (row["verdict"] == "认定为工伤")


@pytest.mark.parametrize("label", ["birth_mismatch", "sex_mismatch"])
def test_labelled_defects_show(label: str) -> None:
    found = [d for d in _documents() if label in d.defects and d.catalogue.holder_id]
    assert found
    for document in found:
        number = document.catalogue.holder_id or ""
        births = {
            page[start:end]
            for page, spans in zip(document.pages, document.spans, strict=True)
            for start, end, kind in spans
            if kind is DetectionKind.BIRTH_DATE
        }
        written = {re.sub(r"\D+", "-", birth).strip("-") for birth in births}
        own = f"{int(number[6:10])}-{int(number[10:12])}-{int(number[12:14])}"
        said = "男" if int(number[16]) % 2 else "女"
        if label == "birth_mismatch":
            assert own not in written
        else:
            other = "女" if said == "男" else "男"
            assert any(other in page for page in document.pages)


def test_poor_scans_keep_values_under_their_spans() -> None:
    found = [d for d in _documents() if "ocr_noise" in d.defects]
    assert found
    spaced = 0
    for document in found:
        for page, spans in zip(document.pages, document.spans, strict=True):
            for start, end, kind in spans:
                if kind is DetectionKind.PHONE:
                    value = page[start:end]
                    assert re.fullmatch(r"1\d{10}|0\d{2,3}-9\d+", value.replace(" ", ""))
                    spaced += " " in value
    assert spaced > 0


def test_reversed_dates_are_reversed() -> None:
    brief = Brief("住院报销", place_of("500111"), 2020, layout="form")
    papers = [compose(brief, f"reversed-{i}", i, random.Random(i)) for i in range(200)]
    order = {True: 0, False: 0}
    for paper in (p for p in papers if "ocr_noise" not in p.defects):
        came, left = (
            re.search(day + r"[：: ]+(\d{4})[年./-](\d+)[月./-](\d+)", paper.pages[0])
            for day in ("入院日期", "出院日期")
        )
        if came and left:
            reversed_dates = tuple(map(int, came.groups())) > tuple(map(int, left.groups()))
            assert reversed_dates == ("dates_reversed" in paper.defects)
            order[reversed_dates] += 1
    assert order[True] >= 3
    assert order[False] >= 50
