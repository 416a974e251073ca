"""Check characters against the numbers printed in the standards."""

import pytest

from models.privacy.checksums import (
    Verdict,
    card_verdict,
    is_luhn,
    is_resident_id,
    is_uscc,
    old_resident_id_verdict,
    resident_id_check_char,
    resident_id_verdict,
)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014", "11010519491231002x"])
def test_the_standards_own_numbers(number: str) -> None:
    assert is_resident_id(number)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("110105194912310021", id="check character"),
        pytest.param("11010519490231002X", id="30 or 31 February"),
        pytest.param("99010519491231002X", id="province"),
        pytest.param("1101051949123100", id="short"),
        pytest.param("", id="empty"),
        pytest.param("１１０１０５１９４９１２３１００２Ｘ", id="full-width is not normalised here"),
    ],
)
def test_no_resident_id(number: str) -> None:
    assert not is_resident_id(number)


def test_check_character_of_the_standard() -> None:
    assert resident_id_check_char("11010519491231002") == "X"
    with pytest.raises(ValueError, match="17"):
        resident_id_check_char("123")


def test_one_changed_digit_is_always_noticed() -> None:
    number = "440524188001010014"
    for i in range(17):
        for digit in "0123456789".replace(number[i], ""):
            assert not is_resident_id(number[:i] + digit + number[i + 1 :])


def test_verdicts() -> None:
    assert resident_id_verdict("110105 19491231 002x") is Verdict.VALID
    assert resident_id_verdict("11O1O5l949l231OO2X") is Verdict.REPAIRED
    assert resident_id_verdict("110105194912310021") is Verdict.PLAUSIBLE
    assert resident_id_verdict("201900123400560078") is Verdict.REFUTED
    assert old_resident_id_verdict("500199491231002") is Verdict.PLAUSIBLE
    assert old_resident_id_verdict("500199491331002") is Verdict.REFUTED


def test_uscc_needs_its_check_character() -> None:
    # Body with the unassigned county code 500199; the last character is computed by GB 32100-2015 §5.
    assert is_uscc("91500199MA5U00000F")
    assert not is_uscc("91500199MA5U00000E")
    assert not is_uscc("91500199MI5U00000F")


def test_luhn() -> None:
    assert is_luhn("4111111111111111")
    assert not is_luhn("4111111111111112")
    assert not is_luhn("")
    assert card_verdict("4111 1111-1111 1111") is Verdict.VALID
