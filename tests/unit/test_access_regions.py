"""分级负责 where codes are headings and no authorities: 省直辖县, 市辖区 and 县 of a municipality."""

from __future__ import annotations

import pytest

from models.access.policy import scope_of
from models.access.scope import holds
from models.archive.regions import is_pseudo, jurisdictions
from tests.assembly import clerk
from tests.strategies import NOW
from tests.unit.test_access_policy import document


@pytest.mark.parametrize(
    ("code", "in_charge"),
    [
        ("429004", ("429004", "42")),
        ("429004001", ("429004001", "429004", "42")),
        ("420106", ("420106", "4201", "42")),
        ("500111001", ("500111001", "500111", "50")),
        ("500229", ("500229", "50")),
        ("659001", ("659001", "65")),
        ("", ()),
    ],
)
def test_who_is_in_charge_of_a_place(code: str, in_charge: tuple[str, ...]) -> None:
    assert jurisdictions(code) == in_charge


@pytest.mark.parametrize("code", ["4190", "4290", "4690", "6590", "5001", "5002", "1101"])
def test_headings_of_the_table_are_no_authorities(code: str) -> None:
    assert is_pseudo(code)
    assert not is_pseudo(code[:2])


@pytest.mark.parametrize(
    ("prefix", "region", "visible"),
    [
        ("42", "429004", True),
        ("4201", "429004", False),  # 武汉 is not in charge of 仙桃
        ("4290", "429004", True),
        ("429004", "429004001", True),
        ("429004", "429005", False),
        ("50", "500111", True),
        ("50", "500229", True),
        ("5001", "500229", False),  # districts are not counties
        ("5002", "500111", False),
        ("500111", "50", False),  # nobody sees upwards
        ("420000", "420106", False),  # zeros are read as they stand, never as “everything below”
    ],
)
def test_prefixes(prefix: str, region: str, visible: bool) -> None:
    facts = document("养老", region=region)
    assert holds(scope_of(clerk(regions=(prefix,)), NOW), facts) == visible
