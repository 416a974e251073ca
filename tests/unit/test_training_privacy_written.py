"""Hand-written texts multiplied: other values in the same contexts, spans still exact."""

import random
import re
from itertools import pairwise

import pytest

from models.privacy.detections import DetectionKind as Kind
from training.privacy_texts.exchange import Exchange, another_date
from training.privacy_texts.marked import parse
from training.privacy_texts.places import another_place
from training.privacy_texts.written import cropped, multiplied, variant, written_texts
from training.synthetic.markup import text_of

SOURCE = """=== a letter
{{PERSON:王  强}}同志（{{BIRTH_DATE:1948年8月}}生）：
你爱人{{PERSON:李秀英}}的{{DIAGNOSIS:肺结核}}已记，卡号{{BANK_CARD:62284804511239073}}。
{{ETHNICITY:汉}}族，住{{ADDRESS:浙江省义乌市后宅街道塘头新村18幢3单元402}}。
经办 {{PERSON:王  强}}
2001年3月
=== b none
工伤认定须知
"""
TEXTS = list(parse(SOURCE))


def seen(seed: int) -> list[tuple[str, tuple[tuple[int, int, Kind], ...]]]:
    return list(multiplied(TEXTS, 40, seed))


def test_a_variant_depends_on_seed_and_number_alone() -> None:
    assert seen(3) == seen(3)
    assert seen(3) != seen(4)
    assert list(multiplied(TEXTS, 7, 3)) == seen(3)[:7]


def test_spans_are_in_order_and_hold_something() -> None:
    for text, spans in multiplied(written_texts(), 1200, 1):
        assert all(text[start:end].strip() for start, end, _ in spans)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_texts_of_nobody_stay_without_spans() -> None:
    assert all(spans == () for _, spans in seen(5)[1::2])


def exchanged(seed: int) -> list[tuple[str, Kind | None]]:
    exchange = Exchange(TEXTS[0].pieces, ["矽肺"], random.Random(seed))
    return [(exchange.value(text, kind) if kind else text, kind) for text, kind in TEXTS[0].pieces]


@pytest.mark.parametrize("seed", range(8))
def test_the_same_person_stays_the_same_and_keeps_the_gap(seed: int) -> None:
    first, other, last = (text for text, kind in exchanged(seed) if kind is Kind.PERSON)
    assert first == last != other
    assert re.fullmatch(r"[一-鿿](  [一-鿿]){1,3}", first)


def test_what_is_only_reported_stays() -> None:
    assert [text for text, kind in exchanged(1) if kind is Kind.ETHNICITY] == ["汉"]


@pytest.mark.parametrize("name", ["买买提·吐尔逊", "John Smith", "张王氏", "欧阳建国"])
def test_a_name_keeps_its_script_and_shape(name: str) -> None:
    made = Exchange([(name, Kind.PERSON)], [], random.Random(2)).value(name, Kind.PERSON)
    assert made != name
    assert bool(re.search("[一-龥]", made)) == (not name.isascii())
    assert made.endswith("氏") == name.endswith("氏")
    assert bool(re.search(r"[一-龥][·•・.．]", made)) == ("·" in name)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("1948年8月", r"(19|20)\d\d年\d{1,2}月"),
        ("1951.07.06", r"(19|20)\d\d\.(0[1-9]|1[0-2])\.0[1-9]|(19|20)\d\d\.\d\d\.\d\d"),
        ("19621103", r"(19|20)\d\d(0[1-9]|1[0-2])([01]\d|2[0-8])"),
        ("54.11", r"\d\d\.\d{1,2}"),
        ("一九三一年冬月廿二", r"一九[一-龥]{2}年[一-龥]月[一-龥]{2}"),
        ("三二年腊月", r"[一-龥]{2}年[一-龥]月"),
    ],
)
def test_a_date_keeps_its_notation(value: str, shape: str) -> None:
    made = {another_date(value, random.Random(seed)) for seed in range(12)}
    assert len(made) > 4
    assert all(re.fullmatch(shape, one) for one in made)


def test_an_address_keeps_its_pattern_or_is_a_new_one() -> None:
    made = {another_place("曲水县茶巴拉乡色麦村六组12号", random.Random(seed)) for seed in range(30)}
    patterned = [one for one in made if re.fullmatch(r".+县.+乡.+[一-龥]组\d\d号", one)]
    assert len(made) > 20
    assert len(patterned) > 12


def test_numbers_of_unassigned_counties_keep_their_county() -> None:
    number = "500199196203041234"
    made = Exchange([], [], random.Random(1)).value(number, Kind.RESIDENT_ID)
    assert made[:6] == "500199"
    assert made != number
    assert re.fullmatch(r"\d{18}", made)


def test_some_lines_follow_one_another() -> None:
    whole = text_of(TEXTS[0].pieces)
    for seed in range(20):
        part = text_of(cropped(TEXTS[0].pieces, random.Random(seed)))
        assert part in whole
        assert part
    short = TEXTS[1].pieces
    assert cropped(short, random.Random(1)) == list(short)


def test_a_variant_may_leave_a_text_as_it_was_written() -> None:
    whole = text_of(TEXTS[0].pieces)
    assert any(text_of(variant(TEXTS[0], [], random.Random(seed))) == whole for seed in range(200))
