from __future__ import annotations

import json

import pytest

from models.classification.reviewed import ReviewedText, read, written
from models.errors import InvalidInput

ONE = ReviewedText("b", "姓名〔姓名〕，失业登记。\n第二行\u2028\ud800", ("失业",), "失业登记", "confirmed")
TWO = ReviewedText("a", "工伤医疗费", ("工伤", "医疗"), None, "corrected")


def test_what_is_written_is_read_again_in_the_order_of_ids() -> None:
    texts, digest = read(written([ONE, TWO]))
    assert texts == (TWO, ONE)
    assert digest == json.loads(written([TWO, ONE]).partition("\n")[0])["sha256"]


def test_the_same_texts_make_the_same_file() -> None:
    assert written([ONE, TWO]) == written([TWO, ONE])
    assert written([ONE]) != written([TWO])
    assert read(written([])) == ((), read(written([]))[1])


@pytest.mark.parametrize(
    "spoilt",
    [
        "",
        "不是",
        "{}\n",
        written([ONE, TWO])[:-20],
        written([ONE]).replace("confirmed", "corrected"),
        written([ONE]).replace('"version": 1', '"version": 2'),
        written([ReviewedText("a", "x", ("车险",), None, "confirmed")]),
        written([ReviewedText("a", "x", (), None, "confirmed")]),
        written([ReviewedText("a", "x", ("养老",), "没有的材料", "confirmed")]),
    ],
)
def test_anything_else_is_refused(spoilt: str) -> None:
    with pytest.raises(InvalidInput, match=r"chadang reviews export|同一版本"):
        read(spoilt)
