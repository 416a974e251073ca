"""What is too easy a password, by the habits people have here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.access.passwords import check_password, parts_of, password_rule
from models.errors import InvalidInput


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("1234567890abc", id="row of digits and letters"),
        pytest.param("Qwer1234!@#$", id="walks over the keyboard, shift held"),
        pytest.param("1qaz2wsx3edc", id="down the columns of the keyboard"),
        pytest.param("zhangsan19900101", id="a name in pinyin and a birthday"),
        pytest.param("Zhangsan@1990", id="a name in pinyin and a year"),
        pytest.param("Lihua.19850312!", id="with signs between"),
        pytest.param("woaini5201314", id="I love you, in pinyin and digits"),
        pytest.param("P@ssw0rd2024", id="letters written as signs"),
        pytest.param("admin@123456", id="as it comes from the shop"),
        pytest.param("Chongqing2026!!", id="place and year"),
        pytest.param("abcabcabcabc1", id="repeated"),
        pytest.param("ｑｗｅｒｔｙ１２３４５６", id="full-width"),
        pytest.param("社保档案管理员2026", id="words of the office and a year"),
        pytest.param("长" * 257, id="too long"),
    ],
)
def test_what_a_guesser_tries_first_is_refused_without_a_word_of_it(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_password(password)
    assert password not in refused.value.detail


@pytest.mark.parametrize(
    "password",
    ["红岩上红梅开千里冰霜", "经办大厅2026年第一号", "x7Kp2mQz9w", "correct-horse-口令", "dQ-eZ3_kfT9-aBcd"],
)
def test_what_takes_many_guesses_is_allowed(password: str) -> None:
    check_password(password, "jb-dazu")


@pytest.mark.parametrize("password", ["x7Kp-jb-dazu-2mQz", "x7Kp-JB-DAZU-2mQz", "x7Kp-uzad-bj-2mQz"])
def test_the_account_name_is_in_no_password_either_way_round(password: str) -> None:
    with pytest.raises(InvalidInput, match="账号名"):
        check_password(password, "jb-dazu")
    check_password(password, "yb")


@given(st.text(alphabet="ab1@中zhang", max_size=60), st.text(alphabet="ab1@中zhang", max_size=5))
def test_parts_are_never_more_than_characters_and_no_fewer_with_more_behind(begun: str, more: str) -> None:
    assert parts_of(begun) <= len(begun)
    assert parts_of(begun + more) <= parts_of(begun) + len(more)


def test_the_rule_is_what_the_table_says() -> None:
    rule = password_rule()
    assert rule.least_characters >= 8
    assert rule.history >= 5
