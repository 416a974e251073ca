from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.parsing.limits import Budget, ParsingLimits
from indexer.parsing.page_text import MAX_PAGE_CHARACTERS, MAX_PAGE_ROWS, cleaned, paged, paged_rows, row_text
from indexer.parsing.plain import csv_pages, delimiter_of, text_pages
from indexer.parsing.reading_order import TextBox, mean_confidence, placed
from models.errors import ParsingTimedOut, TooLarge

LONG_TEXTS = st.lists(
    st.tuples(st.sampled_from(["参保登记\n", "𠮷", "年限：15年\n", "\f", " "]), st.integers(1, 9000)),
    max_size=8,
).map(lambda runs: "".join(text * count for text, count in runs))


def budget(**limits: int) -> Budget:
    return Budget(ParsingLimits(**limits))


@given(LONG_TEXTS)
def test_pages_join_back_to_the_text_and_are_short(text: str) -> None:
    pages = list(paged(text))
    assert "".join(pages) == text.replace("\f", "")
    assert all(len(page) <= MAX_PAGE_CHARACTERS for page in pages)


def test_pages_are_cut_after_line_ends_and_at_form_feeds() -> None:
    line = "视同缴费年限认定\n"
    pages = list(paged(line * 5000))
    assert all(page.endswith("\n") for page in pages)
    assert list(paged("第一页\f\f第三页")) == ["第一页", "", "第三页"]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("甲\r\n乙\r丙", "甲\n乙\n丙"),
        ("甲\x01乙\x7f", "甲 乙 "),
        ("甲\ud800\uffff", "甲\ufffd\ufffd"),
        ("ＡＢ１２　𠮷·👩‍🏭", "ＡＢ１２　𠮷·👩‍🏭"),
    ],
)
def test_cleaning(raw: str, clean: str) -> None:
    assert cleaned(raw) == clean


def test_a_text_file_with_crlf_is_one_page() -> None:
    assert list(text_pages("参保\r\n登记\r\n".encode("gb18030"), budget())) == ["参保\n登记\n"]


def test_rows() -> None:
    assert row_text(["险种", "  工伤\n保险 ", '="007"', "", ""]) == "险种 | 工伤 保险 | 007"
    assert row_text(["", ""]) == ""


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，"])
def test_csv_becomes_table_text(delimiter: str) -> None:
    rows = [["单位", "险种", "月数"], ["某厂", "工伤", "12"], ["某店", "失业", "24"]]
    data = "\r\n".join(delimiter.join(row) for row in rows).encode("gb18030")
    assert list(csv_pages(data, budget())) == ["单位 | 险种 | 月数\n某厂 | 工伤 | 12\n某店 | 失业 | 24"]


def test_a_quoted_cell_may_hold_delimiters_and_line_ends() -> None:
    data = '单位,备注\n某厂,"工伤,\n已认定"\n某店,无\n'.encode()
    assert list(csv_pages(data, budget())) == ["单位 | 备注\n某厂 | 工伤, 已认定\n某店 | 无"]


def test_a_csv_that_is_no_table_is_read_as_text() -> None:
    assert delimiter_of("只有一列\n没有分隔\n") is None
    assert list(csv_pages("只有一列\n没有分隔\n".encode(), budget())) == ["只有一列\n没有分隔\n"]


def test_every_page_of_a_long_table_repeats_the_header() -> None:
    pages = list(
        paged_rows(["编号 | 险种", *(f"{n} | 养老" for n in range(MAX_PAGE_ROWS * 2 + 1))], heading=("表一",))
    )
    assert len(pages) == 3
    assert all(page.startswith("表一\n编号 | 险种\n") for page in pages)
    body = [line for page in pages for line in page.split("\n")[2:]]
    assert body == [f"{n} | 养老" for n in range(MAX_PAGE_ROWS * 2 + 1)]


@given(st.lists(st.integers(1, 30000), min_size=1, max_size=20))
def test_no_table_page_is_too_long_and_no_row_is_lost(widths: list[int]) -> None:
    pages = list(paged_rows("工" * width for width in widths))
    assert all(len(page) <= MAX_PAGE_CHARACTERS for page in pages)
    assert "".join(pages).count("工") >= sum(widths)


def test_too_many_characters() -> None:
    with pytest.raises(TooLarge, match="拆分"):
        list(text_pages(("养老" * 100).encode(), budget(max_text_characters=199)))


def test_a_spent_file_times_out() -> None:
    ticks = iter([0.0, 5.0, 31.0])
    spent = Budget(ParsingLimits(file_timeout_s=30), clock=lambda: next(ticks))
    spent.check_time()
    with pytest.raises(ParsingTimedOut, match="30 秒"):
        spent.check_time()


def box(text: str, left: float, top: float, *, slope: float = 0.0, confidence: float = 1.0) -> TextBox:
    return TextBox(text, confidence, left, left + 30 * len(text), top, top + 30, slope)


def test_reading_order() -> None:
    boxes = [box("工伤保险", 400, 103), box("险种", 50, 100), box("标题", 200, 20), box("末行", 50, 180)]
    assert placed(boxes)[0].split("\n") == ["标题", "险种 工伤保险", "末行"]
    assert placed([]) == ("", ())


def test_a_tilted_scan_is_levelled() -> None:
    rows = [(name, row) for row in range(4) for name in ("左侧标签文字", "右侧内容文字")]
    boxes = [
        box(name, left, 50 + 60 * row + 0.05 * left, slope=0.05)
        for name, row in rows
        for left in ((50.0,) if name.startswith("左") else (1200.0,))
    ]
    assert placed(boxes)[0].split("\n") == ["左侧标签文字 右侧内容文字"] * 4


def test_confidence_is_weighted_by_length() -> None:
    assert mean_confidence(
        [box("一", 0, 0, confidence=0.5), box("二三四", 0, 0, confidence=0.9)]
    ) == pytest.approx(0.8)
    assert mean_confidence([]) == 0.0
