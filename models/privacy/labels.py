"""Labels and column headers: what kind of value they announce, and how well a value fits."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib.resources import files

from models.privacy.name_table import HAN, is_name_like, surname_length

MAX_LABEL = 14
_REMEMBERED = 24
"""Characters of a label up to which what is known of it is kept: the same few come again and again."""
_BRACKETS = re.compile(r"\([^()]*\)|\s+")
_ENDS = """
名 人 员 号 号码 证 电话 手机 方式 住址 地址 日期 时间 年月 性别 民族 单位 关系 备注 类别 类型 编号 金额
序号 账户 配偶 父亲 母亲 诊断 病情 职务 年龄 籍贯 学历 开户行 银行 字 长 批次 全宗 依据 份数 页数 件数 次数
人数 天数 月数 附注 状况 程度 身高 血型 体重 成份 成分 出身 特长 起止 地点 就医地 止 起
"""
_LABEL_ENDS = tuple(_ENDS.split())
_MARK = re.compile("[,。;:]")
_DATE = re.compile(
    r"(?:农历|阴历)?(?:(?:1[89]|20)\d\d|\d\d|[〇零○一二三四五六七八九]{4}|民国.{1,3})[年./\- ]?.{0,12}"
)
_DIGITS = re.compile(r"[0-9OolI|XxSBZ×*?]+")
_DOTTED = re.compile(r"[^\W\d_]·[^\W\d_]")
_FOREIGN = re.compile(r"[A-ZА-ЯЁ][A-Za-zА-яёЁ'’.\- ,]{2,40}")
_HAN = re.compile(f"[{HAN}]")
_TWO_HAN = re.compile(f"[{HAN}]{{2}}")
_HAN_NAME = re.compile(rf"[{HAN}]{{2,4}}")
_BESIDE_DIGITS = re.compile(r"[\s\-./()+]")
_BETWEEN_DIGITS = re.compile(r"[\s\-./()]")
_LONG_NUMBER = re.compile(r"\d{15,}[Xx]?")
_AMOUNT = re.compile(r"[¥￥]?\d{1,3}(?:,?\d{3})*(?:\.\d+)?(?:元|岁|个?月|年|%)?")
_PLACE = re.compile("[省市区县镇乡村路街巷号栋幢组社队湾屯里弄坝庄寨苑楼室]")


@cache
def _endings() -> Mapping[str, str]:
    table = tomllib.loads((files("models") / "reference" / "privacy_labels.toml").read_text("utf-8"))
    return {word: kind for kind, words in table["endings"].items() for word in words.split()}


@cache
def _last_characters() -> frozenset[str]:
    return frozenset(word[-1] for word in _endings())


@cache
def kin_words() -> frozenset[str]:
    """Return the words for relatives that open a row of a family table."""
    table = tomllib.loads((files("models") / "reference" / "privacy_labels.toml").read_text("utf-8"))
    return frozenset(table["kin"]["words"].split())


@cache
def _codes() -> Mapping[str, str]:
    """Return the column names of exports, in lower case, with their kinds."""
    table = tomllib.loads((files("models") / "reference" / "privacy_labels.toml").read_text("utf-8"))
    return {code: kind for kind, codes in table["codes"].items() for code in codes.split()}


def plain_label(cell: str) -> str:
    """Return a label without blanks, brackets and the colon."""
    plain = _BRACKETS.sub("", cell) if "(" in cell else "".join(cell.split())
    return plain.rstrip(":")


def label_kind(label: str) -> str:
    """Return the kind that a label announces: a `DetectionKind`, SEX, DATE, AMOUNT, INDEX, TEXT, or ""."""
    return _known_kind(label) if len(label) <= _REMEMBERED else _kind(label)


def _kind(label: str) -> str:
    plain = plain_label(label)
    if plain.isascii():
        return _codes().get(plain.lower(), "") or _endings().get(plain, "")
    return _kind_by_end(plain) if plain[-1] in _last_characters() else ""


def _kind_by_end(plain: str) -> str:
    endings = _endings()
    for size in range(min(len(plain), MAX_LABEL), 1, -1):
        kind = endings.get(plain[-size:])
        if kind:
            return kind
    return ""


_known_kind = lru_cache(4096)(_kind)


def is_label(cell: str) -> bool:
    """Whether a cell can be a label or column header: short, no digits, ends like one."""
    last = cell[-1:]
    if (last not in _last_signs() and not last.isspace()) or cell[:1].isdigit():
        return False
    return _known_label(cell) if len(cell) <= _REMEMBERED else _is_label(cell)


def _is_label(cell: str) -> bool:
    word = plain_label(cell)
    if word.isascii() and _codes().get(word.lower()):
        return True
    if not 2 <= len(word) <= MAX_LABEL or _has_digit_or_mark(word):
        return False
    return word.endswith(_LABEL_ENDS) or bool(label_kind(word))


_known_label = lru_cache(4096)(_is_label)


@cache
def _last_signs() -> frozenset[str]:
    """Return what may end a label that no blank ends: its word, brackets or a colon."""
    ends = {word[-1] for word in (*_LABEL_ENDS, *_endings(), *_codes())}
    return frozenset({*ends, *map(str.upper, ends), ")", ":"})


def _has_digit_or_mark(word: str) -> bool:
    return not word.isalpha() and (any(c.isdigit() for c in word) or _MARK.search(word) is not None)


def _fits_name(value: str) -> float:
    plain = "".join(value.split())
    if _HAN_NAME.fullmatch(plain) is None:
        return 2.0 if _DOTTED.search(plain) or _FOREIGN.fullmatch(value) else -2.0
    if not is_name_like(plain, firm=True):
        return -2.0
    surname = surname_length(plain)
    return 2.0 if surname and len(plain) <= surname + 2 else 0.5


def _number(least: int, most: int) -> Callable[[str], float]:
    def fits(value: str) -> float:
        plain = _BESIDE_DIGITS.sub("", value)
        mostly = sum(c.isdigit() for c in plain) * 10 >= len(plain) * 6
        return 2.0 if mostly and least <= len(plain) <= most else -2.0

    return fits


def _form(pattern: str, right: float, wrong: float) -> Callable[[str], float]:
    compiled = re.compile(pattern)
    return lambda value: right if compiled.fullmatch(value) else wrong


def _fits_date(value: str) -> float:
    return 2.0 if _DATE.fullmatch(value) and not _LONG_NUMBER.fullmatch(value) else -2.0


def _fits_address(value: str) -> float:
    han = len(_HAN.findall(value))
    return 1.5 if han >= 3 and _PLACE.search(value) else -1.5


_FITS: Mapping[str, Callable[[str], float]] = {
    "PERSON": _fits_name,
    "SEX": _form("[男女]性?", 3.0, -3.0),
    "INDEX": _form(r"\(?\d{1,4}[.、)]?", 1.5, -2.0),
    "BIRTH_DATE": _fits_date,
    "DATE": _fits_date,
    "RESIDENT_ID": _number(14, 19),
    "PHONE": _number(7, 14),
    "BANK_CARD": _number(9, 23),
    "SSC_CARD": _number(7, 20),
    "PERSON_NO": _number(5, 22),
    "OTHER_CERT": _number(5, 26),
    "PASSPORT": _number(7, 12),
    "AMOUNT": lambda value: 1.0 if _AMOUNT.fullmatch(value) else -1.0,
    "ADDRESS": _fits_address,
    "DIAGNOSIS": lambda value: 0.5 if _TWO_HAN.search(value) else -1.0,
    "TEXT": lambda value: 0.2 if _HAN.search(value) else -0.7,
    "EMAIL": lambda value: 2.0 if "@" in value else -2.0,
    "PLATE": _form(rf"[{HAN}][A-Z].{{4,7}}", 2.0, -2.0),
    "USCC": _form(r"[0-9A-Z]{15,18}", 2.0, -2.0),
}


def fit(kind: str, value: str) -> float:
    """Return how well the normalised ``value`` suits a column of ``kind``: 3 well, 0 unknown, below 0 not."""
    return _FITS[kind](value) if kind in _FITS else 0.0


def cell_is_number_like(value: str) -> bool:
    """Whether a cell holds a number of some kind and no words."""
    return _DIGITS.fullmatch(_BETWEEN_DIGITS.sub("", value)) is not None
