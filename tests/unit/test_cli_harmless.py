"""What others wrote is shown on a terminal and never obeyed."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cli.harmless import harmless, shown
from indexer.deposits import title_of


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param(
            "审批表\x1b]0;别的标题\x07", "审批表\\u001b]0;别的标题\\u0007", id="title of the window"
        ),
        pytest.param("\x1b[2J\x1b[31m红", "\\u001b[2J\\u001b[31m红", id="screen cleared, colour"),
        pytest.param("\x9b31m", "\\u009b31m", id="one-character introducer"),
        pytest.param("照片\u202egpj.exe", "照片\\u202egpj.exe", id="turned name"),
        pytest.param("好\r坏", "好\\u000d坏", id="line written over"),
        pytest.param("a\x08\x08b\x7f", "a\\u0008\\u0008b\\u007f", id="backspace"),
        pytest.param("甲,乙\r\n丙\t丁\n", "甲,乙\r\n丙\t丁\n", id="tables and lines stay"),
    ],
)
def test_a_terminal_obeys_nothing_that_others_wrote(text: str, seen: str) -> None:
    out = io.StringIO(newline="")
    stream = harmless(out)
    stream.write(text)
    stream.writelines([text])
    assert out.getvalue() == seen * 2


@given(st.text())
def test_json_means_the_same_after_it(text: str) -> None:
    line = json.dumps({"title": text}, ensure_ascii=False)
    assert json.loads(shown(line)) == {"title": text}


@given(st.text())
def test_a_title_is_one_line_without_control_characters(text: str) -> None:
    title = title_of(text)
    assert title == shown(title)
    assert not set(title) & set("\n\r\t\u2028\u2029")
    assert len(title) <= len(text)
