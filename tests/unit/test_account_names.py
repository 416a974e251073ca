"""Two accounts never look alike in the ledger."""

from __future__ import annotations

import pytest

from api.cli.user import principal_from
from models.access.roles import Role
from models.errors import InvalidInput


@pytest.mark.parametrize("name", ["clerk", "jb-dazu.2", "张三", "a@b_c", "㐀"])
def test_names_of_the_two_scripts_in_use_are_allowed(name: str) -> None:
    assert principal_from(name, [Role.CLERK], None, [], None, "").subject == name


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("сlerk", id="Cyrillic es"),
        pytest.param("ｃｌｅｒｋ", id="full width"),
        pytest.param("clεrk", id="Greek epsilon"),
        pytest.param("cle\u0301rk", id="combining accent"),
        pytest.param("cl\u200berk", id="blank of no width"),
        pytest.param("\u202eclerk", id="turned"),
        pytest.param("张\uf900", id="compatibility ideograph"),
        pytest.param("clerk\n", id="line end"),
        pytest.param("٣", id="digit of another script"),
        pytest.param("", id="nothing"),
    ],
)
def test_names_that_look_like_another_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="账号名"):
        principal_from(name, [Role.CLERK], None, [], None, "")
