"""What is passed over for speed holds nothing: shortcuts find what the plain way finds."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from models.privacy import labels
from models.privacy.attributes import attributes
from models.privacy.dates import _ID_BIRTH, _MISREAD
from models.privacy.grid import _BETWEEN_WIDE_BLANKS, _WORD
from models.privacy.labels import MAX_LABEL, is_label, label_kind, plain_label
from models.privacy.layout import labelled
from models.privacy.name_clauses import clauses
from models.privacy.names import _COUNT, _COUNTED
from models.privacy.rules import pattern_rules

_WORDS = """
王 李小明 张闯 兰 男 女 之 、 “ ” , : : ( ) 等 三家 12个 企业 商户 村 市 申请人 姓名 出生 年 月
11010519491231002X
1 12 O I l . - 丁一、丁二等2人 3名 残疾 视力 肢体 一级 健康状况 等级 汉族 党员 因 犯 盗窃罪 判处有期徒刑
二等乙级 军人 听力残疾 姓名: NAME id
"""
_PIECES = st.sampled_from([*_WORDS.split(), " ", "  ", "    ", "\n", "\t", "\x0b", "\r"])
_TEXTS = st.lists(_PIECES, max_size=40).map("".join)
_LINES = st.text("中a1 \x0b\r\x1f", max_size=40)

_PLAIN_LABELLED = re.compile(
    r"([一-鿿](?<![^\s|,;。(].)[ ]{0,4}(?:[一-鿿][ ]{0,4}){0,11}(?:\([^()\n]{0,10}\))?) {0,2}: {0,3}(?=\S)"
)
_PLAIN_MISREAD = re.compile(
    r"(?<=[\d.年月 -])[OolI]{1,3}(?=[\d.年月日曰\s-])|[OolI]{1,2}(?=\d)|(?<=\d)[OolI]{1,2}"
)
_PLAIN_ID_BIRTH = re.compile(r"(?<!\d)\d{6}((?:19|20)\d{6})\d{3}[\dXx](?!\d)", re.ASCII)


def _spans(matches: object) -> list[tuple[int, int]]:
    return [match.span() for match in matches]  # type: ignore[attr-defined]


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
def test_names_written_wide_and_lists_of_shops_are_not_missed(text: str) -> None:
    wide, shared = clauses().wide, clauses().shared
    assert _spans(clauses().around_wide.matches(wide, text)) == _spans(wide.finditer(text))
    assert clauses().shared_end.search(text) or not shared.search(text)


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
def test_a_text_without_the_words_an_attribute_needs_has_none(text: str) -> None:
    for attribute in attributes():
        found = attribute.free.search(text) or attribute.labelled.search(text)
        assert attribute.may_be_in(text) or not found, attribute.kind


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
def test_rewritten_patterns_match_as_the_plain_ones(text: str) -> None:
    plain = [("".join(m[1].split()), m.end()) for m in _PLAIN_LABELLED.finditer(text)]
    assert list(labelled(text)) == plain
    assert _spans(_MISREAD.finditer(text)) == _spans(_PLAIN_MISREAD.finditer(text))
    assert _spans(_ID_BIRTH.finditer(text)) == _spans(_PLAIN_ID_BIRTH.finditer(text))


_NUMBERS = """
+86 0086 86 (86) (+86) (0) 13800138000 138 0013 8000 010 (023) 0755 8 + Tel tel . * / 中 a 23456789 2345-6789
, 张三 20210001 12345678901 110105194912310021 1 3 9 x
"""
_PLAIN_RULES = {
    "mobile": r"(?=[+(018])(?:(?<![0-9A-Za-z*./])|(?<=[Tt][Ee][Ll]))"
    r"(?:(?:\+|00)86[ \-]{0,2}|\(\+?86\) ?|86[ \-])?1[3-9]\d[ .\-]{0,2}\d{4}[ .\-]{0,2}\d{4}(?![0-9*A-Za-z])",
    "landline": r"(?<![0-9A-Za-z*])(?<!\d )(?:(?:\+|00)86[ \-]{0,2}(?:\(0\))?\(?0?[1-9]\d{1,2}\)?[ \-]{0,2}"
    r"|\(0\d{2,3}\)[ \-]{0,2}|0\d{2,3}[ \-]{1,3})[2-9]\d{2,3}[ \-]?\d{4}(?![0-9*A-Za-z])",
    "person-no-in-row": r"(?:(?<=\n)|(?<=^))(?!1[3-9]\d{9}\D)\d{8,13}"
    r"(?=[/|,\t ]{1,3}[一-鿿· ]{2,12}[/|,\t ]{1,3}[1-9]\d{16}[\dXx])",
}


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*_NUMBERS.split(), " ", "-", "\n", ",张三,"]), max_size=12).map("".join))
def test_rewritten_rules_match_as_the_plain_ones(text: str) -> None:
    rules = {rule.name: rule.pattern for rule in pattern_rules()}
    for name, plain in _PLAIN_RULES.items():
        wanted = _spans(re.compile(plain, re.ASCII | re.DOTALL).finditer(text))
        assert _spans(rules[name].finditer(text)) == wanted, name


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
def test_a_list_is_not_counted_without_a_last_name_and_a_number(text: str) -> None:
    assert _COUNT.search(text) or not _COUNTED.search(text)


def _cut(line: str, blanks: str) -> list[str]:
    """Return what stands between ``blanks``, trimmed, without what is empty."""
    return [piece.strip() for piece in re.split(blanks, line) if piece.strip()]


@given(_LINES)
def test_cells_are_what_stands_between_blanks(line: str) -> None:
    assert _WORD.findall(line) == _cut(line, r"\s+")
    assert _BETWEEN_WIDE_BLANKS.findall(line) == _cut(line, " {2,}")


def _is_label(cell: str) -> bool:
    """Ask what `is_label` asks, whatever the last sign."""
    word = plain_label(cell)
    if word.isascii() and labels._codes().get(word.lower()):
        return True
    if not 2 <= len(word) <= MAX_LABEL or labels._has_digit_or_mark(word):
        return False
    return word.endswith(labels._LABEL_ENDS) or bool(label_kind(word))


_ENDS = st.sampled_from([*labels._LABEL_ENDS, *labels._endings(), *labels._codes(), "张三", "X1"])
_BEHIND = st.sampled_from(["", ":", " ", "\u3000", "\x1f", "(盖章)", "(盖章): ", ")", "1", "。", "兰"])


@settings(max_examples=500)
@given(st.text("申报 (a1", max_size=4), _ENDS, _BEHIND, st.booleans())
def test_no_label_ends_with_another_sign(before: str, end: str, behind: str, upper: bool) -> None:
    cell = before + (end.upper() if upper else end) + behind
    assert is_label(cell) == _is_label(cell)
