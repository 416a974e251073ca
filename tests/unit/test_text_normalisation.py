"""Normalisation keeps every offset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.normalisation import normalise


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        pytest.param("身份证：１２３ＡＢｘ", "身份证:123ABx", id="full-width"),
        pytest.param("王　强", "王 强", id="ideographic blank"),
        pytest.param("023—4000–0000−1", "023-4000-0000-1", id="dashes"),
        pytest.param("买买提•江‧古丽・娜", "买买提·江·古丽·娜", id="name dots"),
        pytest.param("⼤⾜区", "大足区", id="radicals from PDF fonts"),
        pytest.param("㈱½①", "㈱½①", id="what would grow stays"),
        pytest.param("张三、李四。", "张三、李四。", id="Chinese marks stay"),
        pytest.param("\x00\ud800😀", "\x00\ud800😀", id="NUL, lone surrogate, emoji"),
    ],
)
def test_characters(text: str, plain: str) -> None:
    assert normalise(text) == plain


@given(st.text(st.characters(codec=None)))
def test_length_is_kept_and_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert len(once) == len(text)
    assert normalise(once) == once
