"""Birth dates: a date is personal only where the text says that somebody was born then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from models.privacy.checksums import is_plausible_resident_id
from models.privacy.detections import Detection, DetectionKind
from models.privacy.labels import kin_words
from models.privacy.layout import Reading
from models.privacy.line_openings import LineOpenings

_CN = "〇零○一二三四五六七八九十廿卅"
_STEM = "[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]"
_REIGN = "民国|光绪|宣统|同治|大正|昭和|康德"
_FEAST = (
    "春节|元旦|清明|立[春夏秋冬]|冬至|夏至|端午节?|中秋节?|重阳节?|除夕|元宵节?|国庆节?|腊八"
    "|小[暑寒雪满]|大[暑寒雪]"
)
# What a date may begin with beside digits; ſ is an s where case does not matter.
_OPENINGS = "农阴公阳旧民光宣同大昭康甲乙丙丁戊己庚辛壬癸藏JFMASONDjfmasondſ"
_ENGLISH = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[A-Za-z]{0,6}"
_CENTURY = r"(?:1\ ?[89]|2\ ?0)"
_YEAR = r"(?:1[89]|20)\d\d"
_MONTH, _DAY = "(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12]\d|0?[1-9])"
_MONTH_DAY = rf"""(?:农历|阴历|旧历)?闰?(?:[\d{_CN}]{{1,3}}|\d\ \d|[正元腊冬])\ {{0,2}}月
    (?:\ {{0,2}}(?:初?[\d{_CN}廿]{{1,3}}|\d\ \d)\ {{0,2}}[日号曰]?)?"""
_DATE = re.compile(
    rf"""(?=[\d{_CN}{_OPENINGS}])(?<![\d.*])(?:农历|阴历|公历|阳历|旧历)?(?:
      {_CENTURY}\ ?\d\ ?\d\ {{0,2}}年(?:\ {{0,2}}(?:{_MONTH_DAY}|{_FEAST}|[春夏秋冬腊](?!月)))?
    | [{_CN}]{{4}}\ ?年(?:\ ?(?:{_MONTH_DAY}|{_FEAST}|[春夏秋冬](?!月)))?
    | (?:{_REIGN})(?:[{_CN}\d元]{{1,3}}|{_STEM})年(?:{_MONTH_DAY})?
    | {_STEM}年(?:{_MONTH_DAY})?
    | 藏历[木火土铁水][鼠牛虎兔龙蛇马羊猴鸡狗猪]年(?:{_MONTH_DAY})?
    | \d{{1,2}}[ \-]{{1,2}}{_ENGLISH}\.?,?[ \-]{{1,2}}{_YEAR} | {_ENGLISH}\.?\ \d{{1,2}},?\ {_YEAR}
    | \d{{1,2}}/\d{{1,2}}/{_YEAR}
    | [{_CN}]{{4}}[.·][{_CN}正腊冬]{{1,3}}(?:月|[.·][{_CN}]{{1,3}})?
    | 1\ ?[89]\ \d\ ?\d\ ?[.\-/]\ ?\d\ ?\d?(?:\ ?[.\-/]\ ?\d(?:\ ?\d)?)?(?!\d)
    | {_YEAR}\ ?[-./]\ ?{_MONTH}(?:\ ?[-./]\ ?{_DAY})?(?![\d./-])
    | {_YEAR}[-./]?闰?[{_CN}正腊冬]{{1,3}}月(?:初?[{_CN}廿]{{1,3}}[日号]?)?
    | {_YEAR}(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])?(?!\d)
    | [2-9]\d\ ?年(?:\ ?(?:{_MONTH_DAY}|[春夏秋冬](?!月)))?
    | [{_CN}]{{2}}年(?:(?:{_MONTH_DAY}|[春夏秋冬](?!月)))?
    | 9\d\d年\d{{1,2}}月\d{{1,2}}日
    | \d\d[-./](?:[正腊冬元]|[{_CN}]{{1,2}})月(?:初?[{_CN}]{{1,3}}[日号]?)?
    | \d\d[-./]{_MONTH}(?:[-./]{_DAY})?(?![\d./-])
    | {_YEAR}(?![\d./年*-])
    )""",
    re.VERBOSE,
)
# Letters misread for digits beside digits, put right one for one before dates are looked for.
_MISREAD = re.compile(
    r"[OolI](?:(?<=[\d.年月 -].)[OolI]{0,2}(?=[\d.年月日曰\s-])|[OolI]?(?=\d)|(?<=\d.)[OolI]?)"
)
_REPAIRS = str.maketrans("OolI", "0011")
_BORN = re.compile(r"出\s{0,4}生(?![后前])|生\s{0,2}于|生日|诞生|生辰|生年|[Bb]irth|DOB|[Bb]orn|BIRTH")
_OTHER_DAY = re.compile(
    r"参加工作|工作时间|入伍|退伍|入党|入职|退休|离休|参保|缴费|死亡|去世|病故|亡故|逝世|签发|发证|办证|登记|受理|申请|出院|入院|签订"
    r"|结婚|离婚|任职|调入|建账|领取|有效期|出生证|出生医学|出生地|制表|填表|至今|户口"
)
_RECORDED = re.compile(
    r"(?:记载|显示|填写?|载明|认定|更改|变更|更正|改|写|登记|身份证|户口[簿本]?|档案|表|书|簿|证载|自[报述称]|坚持|[应疑实误定]为?)》?"
    r"(?:上|中|里)?(?:的|时)?(?:记载|登记|显示|填写?|写|注明)?(?:的|时间|日期|年月)?[为是成作:]{0,2}[\"“「]?$"
)
_CONVERTED = re.compile(
    r"[,、(]?\s?(?:折合|折算为?|换算为?|即|合|或|又作|一说)\s?(?:公历|阳历|新历|农历|阴历)?[为是:]?\s?"
)
_TIED = re.compile(rf"(?:{_BORN.pattern})[^,。;)(]{{0,12}}$")
_AFTER_LIMIT = re.compile(r"\s?(?:以[前后]|之[前后]|[前后]出生|起|及以[前后])")
_SEX = re.compile(
    r"(?:[(,、:\s|\"┊](?:男|女|[FM](?=\s))性?[,、\s|\"┊]|[一-鿿][男女]\s)[\s|┊\"]{0,8}"
    r"(?:[一-鿿]{1,5}族?[,、\s|\"┊]{1,8})?$"
)
_KIN_CELL = re.compile(r"(?:^|[\s|,\"┊])(?P<kin>[一-鿿]{1,4})[\"\s|,┊]{1,12}$")
_SEX_TAIL = re.compile(r"[\s\"]?(?:[,、;。)(|\s┊]|$|出?生)")
_BORN_AFTER = re.compile(
    r"\s{0,3}[()]?(?:出\s?生(?!证|医学|地)|生人|诞生|生(?![效产活育成病前态平源意计存鲜命物日二三孩子]|育)|的人[,，。]?属)"
)
# The birth date inside an 18-digit number: the same date beside it is that person's, whatever the column.
_ID_BIRTH = re.compile(r"\d(?<!\d.)\d{5}((?:19|20)\d{6})\d{3}[\dXx](?!\d)", re.ASCII)
_DISPUTE = 160
_DISPUTED = re.compile(r"出生(?:时间|日期|年月)|年龄|生日")
_OTHER_AFTER = re.compile(r"\s?(?:参加|退休|入伍|参保|办理|死亡|入职|至|到|起)")
_OPENED = re.compile(r" ?\((?=[\d〇零○一二三四五六七八九农])")
_IN_BRACKETS = _OPENED
_BEHIND = re.compile(r"[ \t]{1,4}(?=[\d〇零○一二三四五六七八九农])")
_CLOSED = re.compile(r" ?, ?(?=[\d〇零○一二三四五六七八九农])")
_LATEST = 2012
_CHILD = re.compile("[,，][^)）。]{0,10}(?:出生|在读|学生|幼儿|岁)")
_FOUR_DIGITS = re.compile(r"\d{4}")
_NUMBER = re.compile(r"\d+")
_SHORT = re.compile(rf"(?:\d\d|[{_CN}]{{2}})(?![\d{_CN}])")
_BARE_YEAR = re.compile(r"(?:1[89]|20)\d\d年?")


def find_birth_dates(reading: Reading) -> Iterator[Detection]:
    """Yield dates under 出生, before 生, behind 男/女 or in a birth column; the word 生 stays outside."""
    text = _MISREAD.sub(lambda match: match.group().translate(_REPAIRS), reading.text)
    of_ids = frozenset(m[1] for m in _ID_BIRTH.finditer(text) if is_plausible_resident_id(m.group()))
    last_end = said_end = -1
    relatives = kin_words() | {"女", "孙"}
    for match in _DATE.finditer(text):
        if _digits(match.group()) in of_ids:
            evidence = "as in an ID"
        elif _of_relative(text, match, relatives):
            evidence = "kin word before"
        elif (field := reading.field_at(match.start())) and field.kind == "BIRTH_DATE":
            evidence = "birth column"
        elif last_end >= 0 and _CONVERTED.fullmatch(text, last_end, match.start()):
            evidence = "other calendar"
        else:
            evidence = _evidence(text, match, reading.context(match.start()), said_end, last_end)
        if evidence and not _AFTER_LIMIT.match(text, match.end()):
            last_end = match.start() + len(match.group().rstrip())
            if born := _BORN_AFTER.match(text, match.end()):
                said_end = born.end()
            yield Detection(
                match.start(), last_end, DetectionKind.BIRTH_DATE, 0.85, "birth-date", (evidence,)
            )


def is_date(value: str) -> bool:
    """Whether a value is written as a date of birth may be, misread letters allowed."""
    plain = _MISREAD.sub(lambda match: match.group().translate(_REPAIRS), value)
    return _DATE.match(plain) is not None


def birth_dates_of(reading: Reading, found: Iterable[Detection]) -> Iterator[Detection]:
    """Yield dates right behind a name: in brackets, closed by ; or 。, or in a row that a kin word opens.

    ``found`` is in order.
    """
    text, openings = reading.text, LineOpenings(reading.text)
    for name in found:
        if name.kind is not DetectionKind.PERSON:
            continue
        opened = _OPENED.match(text, name.end)
        if not (opened or _BEHIND.match(text, name.end) or _CLOSED.match(text, name.end)):
            continue
        kin = openings.is_kin(name.start)
        pattern = _IN_BRACKETS if opened else _BEHIND if kin else _CLOSED
        match = pattern.match(text, name.end)
        date = _DATE.match(text, match.end()) if match else None
        if date is None or not _ends_well(text, date, opened=opened is not None, kin=kin):
            continue
        end = date.start() + len(date.group().rstrip())
        yield Detection(date.start(), end, DetectionKind.BIRTH_DATE, 0.75, "birth-date", ("name before",))


def _ends_well(text: str, date: re.Match[str], *, opened: bool, kin: bool) -> bool:
    after = text[date.end() : date.end() + 1]
    if not _is_past(date.group()) and not (opened and _CHILD.match(text, date.end())):
        return False
    if opened:
        return after in {"", ")", ",", ";"}
    return after in {"", "\n", " ", "\t"} if kin else after in {";", "。"}


def _is_past(written: str) -> bool:
    """Whether a date may be one of birth of somebody with a record: no year behind the latest."""
    year = _FOUR_DIGITS.match(written)
    return year is None or int(year.group()) <= _LATEST


def _digits(written: str) -> str:
    """Return a date in ASCII digits as YYYYMMDD; anything else as an empty string."""
    parts: list[str] = _NUMBER.findall(written)
    if len(parts) == 1 and len(parts[0]) == 8:
        return parts[0]
    whole = len(parts) == 3 and len(parts[0]) == 4
    return f"{parts[0]}{int(parts[1]):02d}{int(parts[2]):02d}" if whole else ""


def _of_relative(text: str, match: re.Match[str], relatives: frozenset[str]) -> bool:
    """Whether a cell with a kin word stands before a date that stands in a cell by itself."""
    closed = text[match.end() : match.end() + 1]
    if closed and closed not in '" \n\t|┊,':
        return False
    kin = _KIN_CELL.search(text, max(0, match.start() - 20), match.start())
    return kin is not None and kin["kin"] in relatives


def _evidence(text: str, match: re.Match[str], before: str, spent: int, last: int) -> str:
    """Return why a date is one of birth, "" if nothing does; the 出生 at ``spent`` closed another.

    ``last``: where the birth date before it ends, -1 if there is none.
    """
    if _BORN_AFTER.match(text, match.end()):
        return "born after"
    # 52.7 and 62年5月 are dates of birth only right behind the word.
    short = _SHORT.match(match.group()) is not None
    said = max((m.end() for m in _BORN.finditer(before)), default=-1)
    if said >= 0 and said > max((m.end() for m in _OTHER_DAY.finditer(before)), default=-1):
        tied = _TIED.search(before) is not None and match.start() - len(before) + said != spent
        if tied and (not short or len(before) - said <= 8):
            return "born before"
    if _RECORDED.search(before):
        first = max(0, match.start() - _DISPUTE)
        disputed = 0 <= match.start() - last <= _DISPUTE or _DISPUTED.search(text, first, match.start())
        said_other = _OTHER_DAY.search(before, max(0, len(before) - 8)) is not None
        if (
            disputed
            and not said_other
            and _is_past(match.group())
            and not _OTHER_AFTER.match(text, match.end())
        ):
            return "disputed date"
    bare = _BARE_YEAR.fullmatch(match.group())
    if _SEX.search(before) and not bare and _SEX_TAIL.match(text, match.end()):
        return "sex before"
    return ""
