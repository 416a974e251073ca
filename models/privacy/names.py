"""Personal names by surname, label, title and shape; what the name model says is weighed here too."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.privacy.detections import Detection, DetectionKind
from models.privacy.layout import Reading, Span, labelled

_HAN = "一-鿿㐀-䶿〇"
_RUN = re.compile(rf"[{_HAN}]{{1,16}}")
_SPACED = re.compile(
    rf"(?:[{_HAN}]|[{_HAN}]{{2}}(?= {{1,4}}[{_HAN}] ))(?: {{1,4}}(?![男女])[{_HAN}]){{1,2}}(?![{_HAN}:])"
)
_DOTTED = re.compile(rf"[{_HAN}]{{1,8}}(?: ?[·.] ?[{_HAN}]{{1,8}}){{1,4}}")
_FOREIGN = re.compile(r"[A-ZА-ЯЁ][A-Za-zА-яёЁ'’.\-]*(?:[ ,]{1,2}[A-ZА-ЯЁ][A-Za-zА-яёЁ'’.\-]*){0,4}")
_AMOUNT = re.compile(r"[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆角分整正一二三四五六七八九十百千]+")
_VAGUE = re.compile(r"某|[*＊×○]")
_LONGEST_LIST = 200
_NEXT = re.compile(r"[、,/;(] ?|和(?=[一-鿿]{2,3}(?:[、,。;\s]|$))")
_KEY = re.compile(
    r"姓\s{0,6}名|性\s{0,3}别|男|女|身份|出生|年龄|民族|电话|签字|签名|因|于|申请|提出|证件|公民|日期|的"
)


@dataclass(frozen=True, slots=True)
class NameTable:
    """Surnames and the words around names; read once from `models/reference`."""

    common: frozenset[str]
    doubtful: frozenset[str]
    compound: frozenset[str]
    stop_words: frozenset[str]
    labels: frozenset[str]
    titles: re.Pattern[str]
    followers: frozenset[str]
    before_sex: re.Pattern[str]
    direct: re.Pattern[str]
    office: re.Pattern[str]
    tails: frozenset[str]
    transliteration: frozenset[str]


@cache
def name_table() -> NameTable:
    """Return the tables of `surnames.toml` and the person section of `privacy_rules.toml`."""
    surnames = tomllib.loads((files("models") / "reference" / "surnames.toml").read_text("utf-8"))
    rules = tomllib.loads((files("models") / "reference" / "privacy_rules.toml").read_text("utf-8"))["person"]
    labels = sorted(rules["labels"].split(), key=len, reverse=True)
    common = frozenset("".join(surnames["common"].split()))
    compound = frozenset(surnames["compound"].split())
    initial = f"(?:{'|'.join(compound)}|[{''.join(sorted(common))}])"
    direct = "|".join(label for label in labels if len(label) >= 2)
    return NameTable(
        common=common,
        doubtful=frozenset("".join(surnames["doubtful"].split())),
        compound=compound,
        stop_words=frozenset(rules["stop_words"].split()),
        labels=frozenset(labels),
        titles=re.compile(rf"({initial}[{_HAN}]{{1,2}})(?= ?(?:{rules['titles']}))"),
        followers=frozenset(rules["followers"]),
        before_sex=re.compile(
            rf"(?<![{_HAN}])({initial}[{_HAN}]{{1,2}})\s{{0,2}}"
            r"(?=\s{1,4}[男女](?:[\s,、|]|$)|[,、(|]\s{0,2}(?:男|女|身份证|公民身份|曾用名|[一-鿿]{1,4}族|(?:19|20)\d\d年|生于|现年))"
        ),
        direct=re.compile(rf"(?:{direct})(?:\([^()\n]{{0,12}}\))?"),
        office=re.compile(rules["offices"]),
        tails=frozenset(rules["tails"].split("|")),
        transliteration=frozenset(rules["transliteration"]),
    )


def surname_length(name: str) -> int:
    """Return the length of the surname that opens ``name``: 2 for a compound one, 1, or 0 for none."""
    table = name_table()
    for length in (4, 3, 2):
        if len(name) > length and name[:length] in table.compound:
            return length
    return 1 if name[:1] in table.common or name[:1] in table.doubtful else 0


def is_name_like(name: str) -> bool:
    """Whether ``name`` may be a full recorded name at all: not vague (张某), no amount, no stop word."""
    table = name_table()
    plain = re.sub(r"\s", "", name)
    if len(plain) == 2 and plain[0] in "老小阿":
        return False
    if len(plain) < 2 or _VAGUE.search(plain) or plain in table.stop_words or plain in table.labels:
        return False
    if re.fullmatch(r"[A-Z]{2,6}", plain):
        return False
    if table.office.fullmatch(plain, surname_length(plain) or 1):
        return False
    if _AMOUNT.fullmatch(plain) or plain[-1] in "省市区县镇乡村局厅部院所厂司处科室会队组店校行":
        return False
    return not any(c.isdigit() for c in plain) and any(c.isalpha() for c in plain)


def find_labelled_names(reading: Reading) -> Iterator[Detection]:
    """Yield names behind 标签：, directly behind a label, in table cells and in lists behind a label."""
    table, text = name_table(), reading.text
    for label, start in labelled(text):
        if _is_name_label(label):
            yield from _listed(reading, start, 0.9, "label")
    for field in reading.fields:
        if _is_name_label(field.label):
            end = name_end(reading, field.start, strict=False, limit=field.end)
            if end:
                yield _person(field.start, end, 0.9, "column")
    for match in table.direct.finditer(text):
        start = match.end()
        while start < len(text) and start < match.end() + 3 and text[start] in " :\t\n_":
            start += 1
        strict = ":" not in text[match.end() : start]
        if strict:
            end = name_end(reading, start, strict=True)
            if end:
                yield _person(start, end, 0.85 if start > match.end() else 0.75, "label")
        else:
            yield from _listed(reading, start, 0.9, "label")


def _is_name_label(label: str) -> bool:
    plain = re.sub(r"\([^()]*\)", "", label)
    plain = re.sub(r"(?:签名|签字|签章|盖章|姓名|\(.*)$", "", plain) or plain
    return any(plain[-length:] in name_table().labels for length in range(1, min(len(plain), 7) + 1)) and (
        len(plain) > 1 or plain in "父母妻夫兄弟姐妹"
    )


def _listed(reading: Reading, start: int, score: float, why: str) -> Iterator[Detection]:
    """Yield the name at ``start`` and those that follow it after 、 or 和."""
    strict = False
    for _ in range(_LONGEST_LIST):
        end = name_end(reading, start, strict=strict)
        if end is None:
            return
        yield _person(start, end, score, why)
        mark = _NEXT.match(reading.text, end)
        if mark is None or not surname_length(reading.text[mark.end() : mark.end() + 4]):
            return
        # Behind 、 comes another name; behind a comma the sentence may just go on.
        start, strict = mark.end(), mark.group()[0] not in "、/"


def name_end(reading: Reading, start: int, *, strict: bool, limit: int = sys.maxsize) -> int | None:
    """Return where the name that begins at ``start`` ends; None if no name begins there.

    ``strict`` (no colon and no cell says that a name must come) asks for a common surname and a sign
    that the name is over. No name reaches beyond ``limit``.
    """
    text = reading.text
    limit = min(limit, len(text))
    dotted = _DOTTED.match(text, start, limit)
    if dotted and len(dotted.group()) >= 4:
        return _dotted_end(text, start, dotted.end())
    if not strict:
        foreign = _FOREIGN.match(text, start, limit)
        if foreign and len(foreign.group()) >= 3:
            return start + len(foreign.group().rstrip(" ,."))
        spaced = _SPACED.match(text, start, limit)
        if spaced and surname_length(text[start : start + 3]) and is_name_like(spaced.group()):
            return spaced.end()
    tagged = reading.name_at(start)
    if tagged and tagged <= limit and is_name_like(text[start:tagged]):
        return _extend(text, start, tagged)[1]
    run = _RUN.match(text, start, limit)
    if run is None or text[run.end() : run.end() + 1] == "*":
        return None
    return _run_end(text, start, run.group(), strict=strict)


def _dotted_end(text: str, start: int, end: int) -> int:
    cut = _KEY.search(text, start + 3, end)
    return cut.start() if cut else end


def _run_end(text: str, start: int, run: str, *, strict: bool) -> int | None:
    table = name_table()
    surname = surname_length(run)
    if strict and (not surname or (surname == 1 and run[0] in table.doubtful)):
        return None
    cut = _KEY.search(run, 1)
    if cut and cut.start() >= 2:
        run = run[: cut.start()]
    longest = surname + 2 if surname else 4
    if len(run) <= longest:
        closed = text[start + len(run) : start + len(run) + 1] != ":"
        return start + len(run) if closed and is_name_like(run) else None
    # More characters than a name has: the shortest name that something known follows.
    for length in (surname + 2, surname + 1):
        if surname and run[length] in table.followers and is_name_like(run[:length]):
            return start + length
    if strict or not surname or not is_name_like(run[: surname + 2]):
        return None
    return start + surname + 2


def find_shaped_names(reading: Reading) -> Iterator[Detection]:
    """Yield names by what stands around them: 张三，男 · 张三同志 · 阿依古丽·买买提."""
    table, text = name_table(), reading.text
    for match in table.before_sex.finditer(text):
        if is_name_like(match[1]):
            yield _person(match.start(1), match.end(1), 0.9, "sex or number after")
    for match in table.titles.finditer(text):
        name = match[1]
        before = text[max(0, match.start() - 1) : match.start()]
        if is_name_like(name) and name[0] not in table.doubtful and before != "老":
            bounded = not _RUN.match(before) or before in table.followers
            yield _person(match.start(), match.end(), 0.8 if bounded else 0.5, "title after")
    for match in _DOTTED.finditer(text):
        start = _dotted_start(text, *match.span())
        end = _dotted_end(text, start, match.end())
        if "·" in match.group() and end - start >= 5 and _is_transliterated(text[start:end]):
            yield _person(start, end, 0.88, "dot inside")


def _is_transliterated(name: str) -> bool:
    letters = [c for c in name if c.isalpha()]
    return sum(c in name_table().transliteration for c in letters) * 2 >= len(letters)


def _dotted_start(text: str, start: int, end: int) -> int:
    """Skip label words that run into a transliterated name."""
    last = start
    for match in name_table().direct.finditer(text, start, end):
        last = match.end()
    return last if last < end - 3 else start


def find_model_names(reading: Reading) -> Iterator[Detection]:
    """Yield what the name model tagged, trimmed, extended over · and checked for shape."""
    text = reading.text
    for tagged in reading.names:
        start, end = _extend(text, *tagged)
        name = text[start:end]
        if is_name_like(name) and text[end : end + 1] not in {"某", "*"}:
            yield Detection(start, end, DetectionKind.PERSON, _model_score(name), "name-model", ("model",))


def _model_score(name: str) -> float:
    """Score 0–1 of a tagged name by its shape: model and surname agreeing is as good as a label."""
    if "·" in name:
        return 0.85
    if re.fullmatch(rf"[{_HAN}]+", name) is None:
        return 0.6 if " " in name and re.fullmatch(r"[A-Za-z .'\-]{4,40}", name) else 0.4
    surname = surname_length(name)
    usual = surname and surname < len(name) <= surname + 2 and name[0] not in name_table().doubtful
    return 0.85 if usual else 0.7


def _extend(text: str, start: int, end: int) -> Span:
    """Trim blanks, and join the parts of a name that the model cut at ·."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end - start > 2 and text[end - 1 : end + 1] in name_table().tails:
        end -= 1
    more = re.compile(rf" ?· ?[{_HAN}]{{1,8}}").match(text, end)
    if more:
        end = _dotted_end(text, start, more.end())
    return start, end


def _person(start: int, end: int, score: float, why: str) -> Detection:
    return Detection(start, end, DetectionKind.PERSON, score, "name-label", (why,))
