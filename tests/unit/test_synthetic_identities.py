"""Made-up identities: right check characters, nobody real, many shapes of names."""

from __future__ import annotations

import random
from datetime import date

import pytest

from models.archive import regions
from training.synthetic.id_variants import VARIANTS, variant_for, written
from training.synthetic.identities import (
    Identities,
    Person,
    luhn_check,
    resident_id_check,
    unassigned_counties,
    uscc_check,
)
from training.synthetic.places import places

_BORN = (date(1950, 1, 1), date(1999, 12, 31))


def _people(count: int) -> list[Person]:
    source = Identities(random.Random(5))
    return [source.person(born=_BORN) for _ in range(count)]


@pytest.mark.parametrize(
    ("check", "body", "expected"),
    [
        pytest.param(resident_id_check, "11010519491231002", "X", id="GB 11643-1999 annex, first example"),
        pytest.param(resident_id_check, "44052418800101001", "4", id="GB 11643-1999 annex, second example"),
        pytest.param(uscc_check, "91350100M000100Y4", "3", id="GB 32100-2015 example"),
        pytest.param(luhn_check, "411111111111111", "1", id="the usual card test number"),
    ],
)
def test_check_characters(check: object, body: str, expected: str) -> None:
    assert callable(check)
    assert check(body) == expected


def test_resident_ids_agree_with_birth_and_sex() -> None:
    for person in _people(300):
        number = person.resident_id
        assert number[6:14] == f"{person.birth:%Y%m%d}"
        assert int(number[16]) % 2 == (1 if person.sex == "男" else 0)
        assert number[17] == resident_id_check(number[:17])
        assert luhn_check(person.bank_card[:-1]) == person.bank_card[-1]


@pytest.mark.parametrize("province", ["50", "44", "51", "23"])
def test_county_codes_are_assigned_to_nobody(province: str) -> None:
    known = regions.names()
    codes = unassigned_counties(province)
    assert codes
    assert all(code[:4] in known for code in codes)
    assert not any(code in known for code in codes)


def test_names_have_many_shapes() -> None:
    names = [person.name for person in _people(3000)]
    assert {2, 3, 4} <= {len(name) for name in names}
    assert any("·" in name for name in names)
    assert any(name.startswith(("欧阳", "司马", "诸葛", "令狐")) for name in names)
    assert any(name[0] in "逄亓仝佴乜蹇" for name in names)
    assert len(set(names)) < len(names)


def test_every_place_is_a_known_region() -> None:
    known = regions.names()
    for place in places():
        official = place.code.removesuffix("0000") if place.code.endswith("0000") else place.code
        assert official.removesuffix("00") in known or official in known
        assert known[place.residence]
        assert len({known[place.code]} - {place.street}) == 0 if len(place.code) == 9 else True


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        pytest.param("fifteen_digits", "110105491231002", id="old number"),
        pytest.param("full_width", "１１０１０５１９４９１２３１００２Ｘ", id="full width"),
        pytest.param("spaced", "110105 19491231 002X", id="spaced"),
        pytest.param("lower_x", "11010519491231002x", id="lower x"),
    ],
)
def test_written_variants(variant: str, expected: str) -> None:
    assert written("11010519491231002X", variant, random.Random(1)) == expected


def test_a_drawn_variant_always_changes_the_number() -> None:
    rng = random.Random(3)
    seen = set()
    for person in _people(400):
        variant = variant_for(person.resident_id, rng)
        seen.add(variant)
        assert written(person.resident_id, variant, rng) != person.resident_id
    assert seen == set(VARIANTS)


def test_a_wrong_check_is_wrong() -> None:
    spoiled = written("11010519491231002X", "wrong_check", random.Random(2))
    assert resident_id_check(spoiled[:17]) != spoiled[17]
