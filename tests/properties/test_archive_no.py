"""Parsing undoes formatting, and looking for numbers never fails."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from models.archive.archive_no import ArchiveNo, canonical, found_in, parse
from models.archive.levels import Retention

numbers = st.builds(
    ArchiveNo,
    fonds=st.from_regex(r"[A-Z][0-9]{3,4}", fullmatch=True),
    category=st.from_regex(r"[A-Z]{2}", fullmatch=True),
    year=st.integers(min_value=0, max_value=9999),
    retention=st.sampled_from(Retention),
    class_code=st.from_regex(r"[A-Z]{2,4}", fullmatch=True),
    item=st.integers(min_value=0, max_value=999_999),
)


@given(numbers)
def test_parse_undoes_format(number: ArchiveNo) -> None:
    assert parse(str(number)) == number
    assert canonical(str(number)) == str(number)


@given(
    numbers,
    st.sampled_from(["", "查一下", "档号：", "（", "2019年 "]),
    st.sampled_from(["", "在哪", "）", " 3月", "。"]),
)
def test_a_number_is_found_wherever_it_stands(number: ArchiveNo, before: str, after: str) -> None:
    assert found_in(f"{before}{number}{after}") == [str(number)]


@given(numbers, st.data())
def test_width_case_and_blanks_do_not_matter(number: ArchiveNo, data: st.DataObject) -> None:
    written = "".join(
        data.draw(st.sampled_from([c, c.lower(), chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c, f"{c} "]))
        for c in str(number)
    )
    assert parse(written) == number


@given(st.text())
def test_any_text(text: str) -> None:
    once = canonical(text)
    assert not any(c.isspace() for c in once)
    assert all(canonical(found) == found for found in found_in(text))
    if unicodedata.is_normalized("NFKD", text):
        assert canonical(once) == once
