"""Columns that line up on a terminal, where a Chinese character is two cells wide."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import combining, east_asian_width

KIND_NAMES = {
    "PERSON": "姓名", "RESIDENT_ID": "公民身份号码", "PHONE": "电话", "BANK_CARD": "银行卡号",
    "SSC_CARD": "社会保障卡号", "PERSON_NO": "个人编号", "OTHER_CERT": "其他证件号", "PASSPORT": "护照号",
    "USCC": "统一社会信用代码", "EMAIL": "电子邮箱", "PLATE": "车牌号", "BIRTH_DATE": "出生日期",
    "ADDRESS": "住址", "DIAGNOSIS": "诊断", "ETHNICITY": "民族", "RELIGION": "宗教信仰",
    "POLITICS": "政治面貌", "MARRIAGE": "婚姻状况", "CRIMINAL_RECORD": "违法犯罪记录", "DISABILITY": "残疾",
}  # fmt: skip
"""What a clerk calls the kinds of personal data."""

_GAP = "  "


def cells(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def lines_of_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table; the last column is not padded."""
    table = [header, *rows]
    widths = [max(cells(row[column]) for row in table) for column in range(len(header) - 1)]
    return [_GAP.join([*map(_padded, row, widths), row[-1]]).rstrip() for row in table]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))
