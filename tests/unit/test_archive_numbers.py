"""Archive numbers as people write them."""

from __future__ import annotations

import pytest

from models.archive.archive_no import ArchiveNo, canonical, found_in, parse
from models.archive.levels import Retention

NUMBER = "D015-SB·2024-D50-GS-0123"


def test_parts() -> None:
    assert parse(NUMBER) == ArchiveNo("D015", "SB", 2024, Retention.YEARS_50, "GS", 123)
    assert parse("Z1090-SB·2016-Y-YL-123456").item == 123456


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param("Ｄ０１５－ＳＢ·２０２４－Ｄ５０－ＧＳ－０１２３", id="full width"),
        pytest.param("d015-sb·2024-d50-gs-0123", id="lower case"),
        pytest.param(" D015 - SB · 2024 - D50 - GS - 0123 ", id="blanks"),
        pytest.param("D015-SB　·2024-D50-GS-0123", id="ideographic blank"),
        pytest.param("D015–SB·2024—D50−GS‐0123", id="dashes"),
        *(pytest.param(f"D015-SB{dot}2024-D50-GS-0123", id=f"dot U+{ord(dot):04X}") for dot in "•・‧．∙⋅･."),
    ],
)
def test_spellings_of_one_number(variant: str) -> None:
    assert canonical(variant) == NUMBER
    assert str(parse(variant)) == NUMBER
    assert found_in(f"请调阅{variant}这一件") == [NUMBER]


@pytest.mark.parametrize(
    "text",
    ["", "档案", "D15-SB·2024-D50-GS-0123", "D015-SB·2024-D40-GS-0123", f"{NUMBER}4567", f"{NUMBER}-1"],
)
def test_what_has_not_the_form_is_refused_without_echo(text: str) -> None:
    with pytest.raises(ValueError, match="档号应如") as raised:
        parse(text)
    assert str(raised.value) == f"档号应如 {NUMBER}"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param(f"{NUMBER}和D015-SB·2024-D50-GS-0124", [NUMBER, "D015-SB·2024-D50-GS-0124"], id="two"),
        pytest.param(f"{NUMBER} 2024年的退休审批表", [NUMBER], id="a year after a blank"),
        pytest.param(f"{NUMBER}2024年", [f"{NUMBER}2024年"], id="a longer number is another one"),
        pytest.param("Z109-WS·2016-Y-BGS-0001", ["Z109-WS·2016-Y-BGS-0001"], id="another scheme"),
        pytest.param("2018-2020年工伤", ["2018-2020年工伤"], id="looks like one; the store decides"),
        pytest.param("工伤认定决定书", [], id="words"),
        pytest.param("", [], id="nothing"),
        pytest.param("-" * 65 + "1", [], id="too long"),
    ],
)
def test_found_in_a_question(text: str, numbers: list[str]) -> None:
    assert found_in(text) == numbers
