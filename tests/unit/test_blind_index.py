"""Names and numbers of people are compared alike however they are written; what is no whole name is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.archive.levels import Line
from models.privacy.blind_index import (
    INDEXED,
    PersonEntry,
    PersonRole,
    Use,
    asked_number_keys,
    bucket_of,
    entries_of,
    name_key,
    name_keys,
    number_key,
    stored_number_keys,
)
from models.privacy.checksums import resident_id_check_char
from models.privacy.detections import DetectionKind
from tests.strategies import PRINTED_ID, resident_ids


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("王  强", "王强", id="written wide"),
        pytest.param("王\u3000强", "王强", id="ideographic blank"),
        pytest.param("王\n强", "王强", id="over two lines"),
        pytest.param("歐陽錦程", "欧阳锦程", id="traditional"),
        pytest.param("買買提·吐爾遜", "买买提•吐尔逊", id="another dot"),
        pytest.param("买买提.吐尔逊", "买买提吐尔逊", id="full stop for a dot, or none"),
        pytest.param("ＪＯＨＮ　ＳＭＩＴＨ", "John Smith", id="full width and case"),
        pytest.param("Smith, John", "john smith", id="family name first"),
        pytest.param("José", "JOSE", id="accent"),
        pytest.param("王\ud842\udfb7", "王𠮷", id="halves of a surrogate pair"),
        pytest.param("葛\U000e0100城", "葛城", id="variant selector"),
        pytest.param("李\uf9b4", "李领", id="compatibility ideograph"),
    ],
)
def test_a_name_is_one_however_it_is_written(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize("written", ["", "王", "张*", "张某某", "李＊＊", "王○", "、", "·", "赵" * 25])
def test_what_is_no_whole_name_is_not_looked_up(written: str) -> None:
    assert name_keys(written) == ()


def test_a_name_does_not_depend_on_its_neighbours() -> None:
    assert name_key("王乾隆")[:2] == name_key("王乾")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(PRINTED_ID.lower(), PRINTED_ID, id="small x"),
        pytest.param(PRINTED_ID[:-1] + "×", PRINTED_ID, id="times sign for X"),
        pytest.param(f"{PRINTED_ID[:6]} {PRINTED_ID[6:14]}-{PRINTED_ID[14:]}", PRINTED_ID, id="in groups"),
        pytest.param("+86 139-1234-5678", "13912345678", id="country code"),
        pytest.param("0086 13912345678", "139 1234 5678", id="international prefix"),
        pytest.param("(023)43722222转801", "023-43722222", id="extension"),
        pytest.param("６２２２０２１２３４５６７８９０", "6222 0212 3456 7890", id="card in groups"),
        pytest.param("e12345678", "E12345678", id="passport"),
    ],
)
def test_a_number_is_one_however_it_is_written(one: str, other: str) -> None:
    assert number_key(one) == number_key(other) != ""


@given(resident_ids)
def test_the_old_number_and_the_new_one_are_one(number: str) -> None:
    old = number[:6] + number[8:17]
    if number[6:8] == "19" and old[12:] < "996":
        assert number_key(old) == number_key(number) == number
    else:
        assert number_key(number) == number


def test_an_old_number_of_somebody_born_before_1900_is_not_completed() -> None:
    assert number_key("510104850101997") == "510104850101997"


def test_misread_letters_are_put_right_and_the_reading_kept() -> None:
    misread = PRINTED_ID.replace("0", "O")
    assert asked_number_keys(misread) == (misread, PRINTED_ID)
    assert asked_number_keys("SOBIZ12") == ("SOBIZ12",)


def test_a_disability_certificate_is_found_by_the_resident_id_in_it() -> None:
    assert stored_number_keys(f"{PRINTED_ID}43") == (f"{PRINTED_ID}43", PRINTED_ID)
    assert stored_number_keys(f"{PRINTED_ID}99") == (f"{PRINTED_ID}99",)


@pytest.mark.parametrize("written", ["", "5543", "12 34", "ABCDEF", "……"])
def test_what_is_too_short_is_no_number(written: str) -> None:
    assert number_key(written) == ""


def test_a_document_is_found_by_its_holder_first() -> None:
    detected = [
        (DetectionKind.PERSON, "王  强"),
        (DetectionKind.PERSON, "李娜"),
        (DetectionKind.PHONE, "139 1234 5678"),
        (DetectionKind.ADDRESS, "大足区龙岗街道"),
        (DetectionKind.RESIDENT_ID, PRINTED_ID),
    ]
    assert set(entries_of("王强", PRINTED_ID, detected)) == {
        PersonEntry(Use.NAME, "王强", PersonRole.HOLDER),
        PersonEntry(Use.NAME, "李娜", PersonRole.MENTIONED),
        PersonEntry(Use.NUMBER, "13912345678", PersonRole.MENTIONED),
        PersonEntry(Use.NUMBER, PRINTED_ID, PersonRole.HOLDER),
    }
    assert {e.key for e in entries_of("王强、李娜", None, [])} == {"王强", "李娜"}
    assert entries_of(None, None, []) == ()


def test_values_are_in_no_repr() -> None:
    assert "王强" not in repr(entries_of("王强", PRINTED_ID, []))
    assert PRINTED_ID not in repr(entries_of("王强", PRINTED_ID, []))


def test_every_number_that_names_a_person_is_indexed() -> None:
    assert {kind for kind, use in INDEXED.items() if use is Use.NAME} == {DetectionKind.PERSON}
    assert DetectionKind.USCC not in INDEXED


def test_the_salt_is_lines_and_city() -> None:
    assert bucket_of([Line.MEDICAL, Line.HRSS], "500111001") == bucket_of(["HRSS", "MEDICAL"], "5001")
    assert bucket_of([], "") == "/"


@given(st.text(max_size=40))
def test_any_text_has_a_key_that_is_its_own_key(text: str) -> None:
    key = name_key(text)
    assert name_key(key) == key
    number = number_key(text)
    assert number_key(number) == number


def test_a_check_character_is_that_of_the_standard() -> None:
    old = PRINTED_ID[:6] + PRINTED_ID[8:17]
    assert number_key(old)[-1] == resident_id_check_char(PRINTED_ID[:17])
