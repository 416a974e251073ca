"""Addresses by grammar: a known division or a label, then ever smaller places down to a door."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files

from models.archive import regions
from models.privacy.detections import Detection, DetectionKind
from models.privacy.grid import Span
from models.privacy.layout import Reading

_LAST = re.compile("[省市区县旗州盟道镇乡]")
_NUM = "[0-9A-Za-z一二三四五六七八九十百零〇甲乙丙丁#□]"
_TOWN = re.compile(r"(?:街道|街道办|街道办事处|镇|乡|苏木|公社)$")
_LONGEST_NAME = 15
_LONGEST = 120
# A house number or group at the start of the next line goes on with the address; a list number does not.
_UNIT = re.compile("[0-9OlI一二三四五六七八九十]{1,5}(?:村|组|社|队|号|栋|幢|单元|楼|室)")
# What may close an address behind its last number or place (旁, 后院, 亭子间).
_TAIL = re.compile(
    "(?:(?![的了与及于在等是为由被把对因者或并即属])[一-鿿0-9#]){0,9}?"
    "(?:项目部|物业办?|[东西南北]?厢房|院内|[东西南北]?片|之[一二三四五六七八九十0-9]|"
    "旁边?|对面|隔壁|亭子间|[前后侧]院|院内|门面|门口|[前后侧]面|二楼|[左右中]户?|第[一二三四五六七八九十]家|第[一二三四五六七八九十]户)"
    r"(?=[,。;)\"\s]|$|属实|邮|户别|电话|联系)"
)
# The number of a door behind its building, blanks between: 12 栋 1803, 名苑 B-904, 11号附3.
_DOOR = re.compile(
    r" ?(?:附[0-9OlI]{1,3}|[A-Z]?-?[0-9OlI]{3,5}|[A-Z]-[0-9OlI]{2,5}|[A-Z])(?:[室房号])?"
    r"(?![0-9A-Za-z年月.\-])"
)
_NO_DOOR = re.compile(r" ?1[3-9]\d{3}|\d{5,}")
# An address in Latin letters, only behind a label.
_LATIN = re.compile(
    r"(?:(?:No|Room|Rm|Flat|Unit|Apt)\.? ?)?[0-9A-Z]"
    r"(?:[0-9A-Za-z,.'#/\-]| (?! |M[rs]s?\.)){8,90}[A-Za-z0-9]"
)
_LATIN_WORD = re.compile(
    r"(?i)\b(?:road|rd|street|st|lane|avenue|ave|court|drive|district|city|county|province|china)\b"
)
_AT_HOME = re.compile("家[中里]|居住|社员|村民|居民|人(?![民社力事员口])|务农|落户|插队")
_DRAGGED = 6
_PLACE_SIGNS = "省市县区旗镇乡村路街"
_NUMBERED = re.compile("[0-9OlI]|[东西南北]?[^ ]{0,6}[楼栋室号]")
# Where something happened is nobody's address.
_HAPPENED = re.compile("(?:行至|驶至|行经|途经|路过|经过|发生在|发生于|事发|至|倒在)$")
_CROSSING = re.compile("(?:路口|路段|交叉口|附近|门口|桥头|转弯处|红绿灯)")
_LEADING = "自到至往向在核经从"
_SPREAD = re.compile(r"(?:\S {1,3}){3}")


@cache
def _rules() -> dict[str, str]:
    table = tomllib.loads((files("models") / "reference" / "privacy_rules.toml").read_text("utf-8"))
    return dict(table["address"])


@cache
def _not_after() -> re.Pattern[str]:
    return re.compile(_rules()["not_after"])


@cache
def _residence() -> re.Pattern[str]:
    return re.compile(rf"(?:{_rules()['residence']})[^。;]{{0,3}}$")


@cache
def _divisions() -> frozenset[str]:
    return frozenset(name for name in regions.names().values() if len(name) >= 2)


@cache
def _division_sizes() -> Mapping[str, tuple[int, ...]]:
    """Return by the last two characters of known divisions how long they may be, the longest first."""
    sizes: defaultdict[str, set[int]] = defaultdict(set)
    for name in _divisions():
        if len(name) <= _LONGEST_NAME:
            sizes[name[-2:]].add(len(name))
    return {end: tuple(sorted(found, reverse=True)) for end, found in sizes.items()}


@cache
def _grammar() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return (coarse part, fine part); each is matched at a position, never searched for."""
    word = f"(?:(?!{_rules()['not_place']})[一-鿿·])"
    wide = f"(?:(?!{_rules()['not_place']})[一-鿿0-9A-Za-z·])"
    coarse = re.compile(
        rf"(?:{word}{{1,7}}?(?:省|自治区|自治州|地区|市|盟|县|(?<![社小校院厂矿景])区|(?<!红)旗"
        r"|街道(?:办事处|办)?|镇|乡|苏木|(?:人民)?公社|开发区|新区|工业园区?|园区|农场|林场)[ ]?)"
    )
    fine = re.compile(
        rf"(?:[0-9A-Z]{{1,4}}#[0-9A-Z]{{1,5}}(?:-\d{{1,4}})?"
        rf"|{word}{{1,8}}?(?:社区|村民委员会|行政村|自然村|村|大队|生产队|屯|嘎查|庄|寨|坝|湾"
        rf"|[坡沟坎坪垭梁岭岗冲塆](?=[0-9一二三四五六七八九十]))(?![东西南北中]?[路街巷]|大道)"
        rf"|{wide}{{1,8}}?(?:大道|大街|路(?!口)|街|巷|弄|胡同|坊|里(?=\d|[一二三四五六七八九十]))(?:[东西南北中][一二三四]?[段路巷街]|[一二三四五]段)?"
        rf"|{word}{{0,8}}?(?:干休所|工业点|集资房|老砖房|大厦|大院|场镇|农贸市场|菜市场|加油站|供销社|粮站|工区|营业房|门面|厂区|校区|干所|里弄)"
        rf"|{wide}{{1,10}}?(?:小区|花园|家园|家属院|家属区|家属楼|宿舍|公寓|大厦|大楼|广场|新村|公租房|廉租房|安置房|保障房|苑(?!新城)|新城|名城|公馆|商厦|写字楼|大院)"
        rf"|(?:附|第)?{_NUM}{{1,6}}(?:-[0-9A-Za-z]{{1,5}}){{0,4}}[ ]?"
        rf"(?:号楼|号院|号附|号|栋|幢|座|单元|楼|层|室|房|组|社(?![保会区员])|队|户|弄|期|区|门"
        r"|村民小组|村(?![民委里子])|生产队|小队|大队|院|户)"
        rf"|(?<=[村队]){word}{{1,4}}(?:社|组|队)(?![保会区员团长织])"
        rf"|[东西南北中][侧区苑]|(?:(?<=[号栋幢座元楼组厦苑门院])|(?<=小区))[0-9OlI]{{1,5}}(?:-\d{{1,5}}){{0,4}}(?:室|房)?"
        rf"|{word}{{2,8}}?[ ]?(?!0\d{{2,3}}[ -]?\d{{7}})(?=[0-9OlI]{{1,5}}[ ]?(?:号|-\d|[#栋幢]))"
        rf"|\d{{1,4}}-\d{{1,4}}(?:-\d{{1,4}}){{0,3}})[ ]?"
    )
    return coarse, fine


def find_addresses(reading: Reading) -> Iterator[Detection]:
    """Yield addresses finer than a county: behind a label or column header, or from a known division on."""
    text = reading.text
    done = 0
    starts = {match.end(): True for match in _label().finditer(text)}
    starts.update({field.start: True for field in reading.fields if _is_of_address(field.label)})
    for first, _ in _division_chains(text):
        starts.setdefault(first, False)
    for start in sorted(starts):
        if start < done:
            continue
        found = _parse(text, start, labelled=starts[start])
        if found is not None:
            done = found.end
            yield found


@cache
def _label() -> re.Pattern[str]:
    return re.compile(
        rf"(?:{_rules()['labels']})[为是在于]?(?:\([^()\n]{{0,8}}\))?[ \t]{{0,3}}:?[ \t\n]{{0,2}}[\"“「]?"
    )


@lru_cache(1024)
def _is_of_address(label: str) -> bool:
    return any(word in label for word in ("住址", "地址", "住所", "所在地", "户籍地"))


def _division_chains(text: str) -> Iterator[Span]:
    """Yield chains of adjacent known divisions (重庆市大足区龙岗街道)."""
    known, sizes_by_end, chain = _divisions(), _division_sizes(), (-1, -1)
    for mark in _LAST.finditer(text):
        end = mark.end()
        likely = sizes_by_end.get(text[max(0, end - 2) : end], ())
        sizes = [n for n in likely if n <= end and text[end - n : end] in known]
        if not sizes:
            continue
        if chain[1] >= 0 and 0 <= end - sizes[-1] - chain[1] <= 1 and end - sizes[0] <= chain[1] + 1:
            chain = (chain[0], end)
            continue
        if chain[1] >= 0:
            yield chain
        chain = (end - sizes[0], end)
    if chain[1] >= 0:
        yield chain


def _parse(text: str, start: int, *, labelled: bool) -> Detection | None:
    """Return the address at ``start``, read with and without the blanks of a spread line."""
    if labelled and text[start : start + 1] in _LEADING:
        start += 1
    direct = _parse_plain(text, start, labelled=labelled)
    if not labelled:
        return direct
    if direct is None and (latin := _LATIN.match(text, start)) and _LATIN_WORD.search(latin.group()):
        return Detection(
            start, latin.end(), DetectionKind.ADDRESS, 0.8, "address-grammar", ("label", "Latin")
        )
    return _parse_spread(text, start, direct)


def _parse_spread(text: str, start: int, direct: Detection | None) -> Detection | None:
    """Read a line of an address whose characters blanks keep apart: 沈 河 区 文 艺 路 11 号."""
    stop = text.find("\n", start)
    line = text[start : stop if stop >= 0 else len(text)][:_LONGEST]
    done = 0 if direct is None else direct.end - start
    if not (
        _SPREAD.match(line) or (line[done : done + 1] == " " and re.match(r" {1,2}[0-9OlI]", line[done:]))
    ):
        return direct
    at = [i for i, character in enumerate(line) if character != " "]
    dense = _parse_plain("".join(line[i] for i in at), 0, labelled=True)
    if dense is None or at[dense.end - 1] < done:
        return direct
    return replace(dense, start=start + at[dense.start], end=start + at[dense.end - 1] + 1)


def _parse_plain(text: str, start: int, *, labelled: bool) -> Detection | None:
    coarse, fine = _grammar()
    position, town, parts = start, False, 0
    while (match := coarse.match(text, position)) is not None and parts < 6:
        town = town or _TOWN.search(match.group().rstrip()) is not None
        position, parts = match.end(), parts + 1
    details = 0
    if labelled and parts and text[position : position + 1] == "\n" and _UNIT.match(text, position + 1):
        position += 1
    while (
        details < 12
        and (match := fine.match(text, position) or _inner_town(text, position, details)) is not None
    ):
        position, details = match.end(), details + 1
        below = fine.match(text, position + 1) if text[position : position + 1] == "\n" else None
        if below and (not below.group()[0].isdigit() or _UNIT.match(text, position + 1)):
            position += 1
    if details and (door := _DOOR.match(text, position)) and not _NO_DOOR.match(text, position):
        position = door.end() if labelled or door.group()[0] != " " else position
    if labelled and details and (tail := _TAIL.match(text, position)):
        position = tail.end()
    end = start + len(text[start:position].rstrip())
    if end <= start or _not_after().match(text[end : end + 6]):
        return None
    numbered = any(c.isdigit() for c in text[start:end])
    residence = labelled or _is_residence(text, start, end)
    if (details == 0 and not (town and residence)) or (not labelled and is_scene(text, start, end)):
        return None
    if not residence and (parts == 0 or (details < 2 and not numbered and not town)):
        return None
    score = 0.9 if residence else 0.75 if details >= 2 and numbered else 0.6
    evidence = ("label", "grammar") if residence else ("grammar",)
    return Detection(start, end, DetectionKind.ADDRESS, score, "address-grammar", evidence)


def _is_residence(text: str, start: int, end: int) -> bool:
    """Whether the words around say that somebody lives there, or brackets hold the place alone."""
    before = _residence().search(text[max(0, start - 6) : start])
    return before is not None or _AT_HOME.match(text, end) is not None


def _inner_town(text: str, position: int, details: int) -> re.Match[str] | None:
    """A town may stand behind a road or zone once (开发区…镇)."""
    return _grammar()[0].match(text, position) if 0 < details <= 2 else None


def trimmed(text: str, start: int, end: int) -> Span:
    """Cut what a guessed address drags along: 自 or 经营场所 before it, the next label behind."""
    label = _dragged_label().match(text, start, end)
    start = label.end() if label and label.end() < end - 4 else start
    for skip in range(_DRAGGED + 1):
        if _opens(text, start + skip):
            start += skip
            break
        if text[start + skip] in _PLACE_SIGNS:
            break
    for blank in re.compile(" +").finditer(text, start, end):
        numbered = re.search(r"\d[号室楼栋元]?$", text[start : blank.start()])
        goes_on = len(blank.group()) == 1 and _NUMBERED.match(text, blank.end(), end)
        if numbered and not goes_on:
            return start, blank.start()
    end -= 2 if text[start:end].endswith("属实") else 0
    return start, end - 1 if text[end - 1 : end + 1] in {"社员", "村民", "居民", "社会"} else end


@cache
def _dragged_label() -> re.Pattern[str]:
    return re.compile(rf"(?:{_rules()['labels']}|[一-鿿]{{0,2}}(?:场所|地点))[为是:]? ?")


def is_scene(text: str, start: int, end: int) -> bool:
    """Whether a place is where something happened: 行至…路口."""
    if _HAPPENED.search(text, max(0, start - 4), start) is None:
        return False
    return not any(c.isdigit() for c in text[start:end]) or _CROSSING.match(text, end) is not None


def _opens(text: str, start: int) -> bool:
    """Whether a known division begins at ``start``."""
    return any(text[start : start + size] in _divisions() for size in range(3, 9))


def county_end(address: str) -> int:
    """Return where the county part of a normalised address ends; 0 when none is recognised."""
    last = 0
    for match in re.finditer(r"[区县旗市](?=[^区县旗市]|$)", address):
        name_sizes = range(2, min(_LONGEST_NAME, match.end()) + 1)
        if any(address[match.end() - n : match.end()] in _divisions() for n in name_sizes):
            last = match.end()
    return last


def township_end(address: str) -> int:
    """Return where the township part (街道, 镇, 乡) ends; the county's end when there is none."""
    county = county_end(address)
    for match in re.compile(r"街道办?|镇|乡|苏木").finditer(address, county):
        # Only a word of a few characters between county and township; a door number is never kept.
        between = address[county : match.end()]
        if len(between) <= 8 and not any(c.isdigit() for c in between):
            return match.end()
    return county
