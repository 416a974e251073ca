"""Birth dates: a date is personal only where the text says that somebody was born then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.privacy.detections import Detection, DetectionKind
from models.privacy.layout import Reading

_CN = "〇零○一二三四五六七八九十"
_YEAR = r"(?:1[89]|20)\d\d"
_MONTH, _DAY = "(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12]\d|0?[1-9])"
_DATE = re.compile(
    rf"""(?<![\d.*])(?:农历|阴历|公历|阳历|旧历)?(?:
      (?:1[89]|20)\ ?\d\ ?\d\ {{0,2}}年
        (?:\ {{0,2}}[\d{_CN}正腊冬]{{1,3}}\ {{0,2}}月(?:\ {{0,2}}初?[\d{_CN}廿]{{1,3}}\ {{0,2}}[日号]?)?)?
    | [{_CN}]{{4}}\ ?年(?:\ ?[{_CN}正腊冬]{{1,3}}\ ?月(?:\ ?初?[{_CN}廿]{{1,3}}\ ?[日号]?)?)?
    | 民国[{_CN}\d]{{1,3}}年(?:[\d{_CN}正腊冬]{{1,3}}月(?:初?[\d{_CN}廿]{{1,3}}[日号]?)?)?
    | {_YEAR}\ ?[-./]\ ?{_MONTH}(?:\ ?[-./]\ ?{_DAY})?(?![\d./-])
    | {_YEAR}(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])?(?!\d)
    | \d\d\ ?年\ ?\d{{1,2}}\ ?月(?:\ ?\d{{1,2}}\ ?[日号])?
    | \d\d[-./]{_MONTH}(?:[-./]{_DAY})?(?![\d./-])
    | {_YEAR}(?![\d./年*-])
    )""",
    re.VERBOSE,
)
_BORN = re.compile(r"出\s{0,4}生|生\s{0,2}于|生日|诞生|生辰")
_OTHER_DAY = re.compile(
    r"参加工作|工作时间|入伍|退伍|入党|入职|退休|离休|参保|缴费|死亡|去世|病故|亡故|逝世|签发|发证|办证|登记|受理|申请|出院|入院|签订"
    r"|结婚|离婚|任职|调入|建账|领取|有效期|出生证|出生医学|出生地|制表|填表|至今|户口"
)
_RECORDED = re.compile(r"(?:记载|显示|填写|载明|认定|更改|变更|更正|改)(?:时间|日期|年月)?[为是:]{0,2}$")
_SEX = re.compile(r"[(,、:\s|](?:男|女)性?[,、\s|](?:[一-鿿]{1,5}族?[,、\s|])?\s?$")
_SEX_TAIL = re.compile(r"\s?(?:[,、;。)|\s]|$|出?生)")
_BORN_AFTER = re.compile(
    r"\s{0,3}\(?(?:出\s?生(?!证|医学|地)|生人|诞生|生(?![效产活育成病前态平源意计存鲜命物日二三孩子]|于|育))"
)
# The birth date inside an 18-digit number: the same date beside it is that person's, whatever the column.
_ID_BIRTH = re.compile(r"(?<!\d)\d{6}((?:19|20)\d{6})\d{3}[\dXx](?!\d)", re.ASCII)
_BARE_YEAR = re.compile(r"(?:1[89]|20)\d\d年?")


def find_birth_dates(reading: Reading) -> Iterator[Detection]:
    """Yield dates under 出生, before 生, behind 男/女 or in a birth column; the word 生 stays outside."""
    text = reading.text
    of_ids = frozenset(_ID_BIRTH.findall(text))
    for match in _DATE.finditer(text):
        before = reading.context(match.start())
        evidence = "as in an ID" if _digits(match.group()) in of_ids else _evidence(text, match, before)
        if evidence:
            end = match.start() + len(match.group().rstrip())
            yield Detection(match.start(), end, DetectionKind.BIRTH_DATE, 0.85, "birth-date", (evidence,))


def _digits(written: str) -> str:
    """Return a date in ASCII digits as YYYYMMDD; anything else as an empty string."""
    parts = re.findall(r"\d+", written)
    whole = len(parts) == 3 and len(parts[0]) == 4
    return f"{parts[0]}{int(parts[1]):02d}{int(parts[2]):02d}" if whole else ""


def _evidence(text: str, match: re.Match[str], before: str) -> str:
    if _BORN_AFTER.match(text, match.end()):
        return "born after"
    # 52.7 and 62年5月 are dates of birth only right behind the word.
    short = re.match(r"\d\d(?!\d)", match.group()) is not None
    said = max((m.end() for m in _BORN.finditer(before)), default=-1)
    other = max((m.end() for m in _OTHER_DAY.finditer(before)), default=-1)
    if said > other and (not short or len(before) - said <= 8):
        return "born before"
    if (
        said < 0
        and _RECORDED.search(before)
        and _BORN.search(text, max(0, match.start() - 80), match.start())
    ):
        return "disputed date"
    bare = _BARE_YEAR.fullmatch(match.group())
    if _SEX.search(before) and not bare and _SEX_TAIL.match(text, match.end()):
        return "sex before"
    return ""
