"""Personal names by surname, label, title and shape; what the name model says is weighed here too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from models.privacy.detections import Detection, DetectionKind
from models.privacy.labels import is_label, label_kind
from models.privacy.layout import Reading, labelled
from models.privacy.name_extent import DOTTED, RUN, Sure, closed_name, dotted_end, extended, name_end
from models.privacy.name_places import is_role, places, skip_kin
from models.privacy.name_table import HAN, is_name_like, is_transliterated, name_table, surname_length
from models.text.segmentation import is_word

_LONGEST_LIST = 200
_BRACKETS = re.compile(r"\([^()]*\)")
_NEXT = re.compile(r"[、,/;(] ?|和(?=[一-鿿]{2,3}(?:[、,。;\s]|$))")
_BLANKS = re.compile(r" {1,8}|\t")
_SIGNED = re.compile(r"(?:签名|签字|签章|盖章|姓名|\(.*)$")
_ENGLISH = re.compile(
    r"[NnMDP英](?<![A-Za-z].)"
    r"(?:(?<=[Nn])ame|(?<=N)AME|(?<=M)(?:r|s|rs)\.?|(?<=D)r\.?|(?<=P)atient|(?<=英)文名)[ :]{1,3}"
    r"([A-ZÀ-Þ][A-Za-zÀ-ÿ'’\-]*(?: [A-ZÀ-Þ][A-Za-zÀ-ÿ'’\-]*){1,3})"
)
_DOCUMENT_NO = re.compile(rf"[{HAN}]{{0,6}}[〔(\[]\d{{4}}[〕)\]]")
_COUNTED = re.compile(
    rf"(?<![{HAN}])((?:(?:(?!等)[{HAN}]){{2,3}}[、 ]{{1,3}}){{1,30}}(?:(?!等)[{HAN}]){{2,3}})[ ,]?等?[ ]?"
    r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3})(?:人|名|位)"
)
# What every match of it ends with, for a look before the search: the last name and the number.
_COUNT = re.compile(
    rf"[、 ][{HAN}]{{2,3}}[ ,]?等?[ ]?(?:\d{{1,3}}|[一二两三四五六七八九十]{{1,3}})(?:人|名|位)"
)
_RUN = re.compile(f"[{HAN}]+")
_LATIN = re.compile(r"[A-Za-z .'\-]{4,40}")


def find_labelled_names(reading: Reading) -> Iterator[Detection]:
    """Yield names behind 标签：, directly behind a label, in table cells and in lists behind a label."""
    table, text = name_table(), reading.text
    for label, start in labelled(text):
        if is_name_label(label):
            yield from _listed(reading, start, 0.9, "label", _promise(label))
    for field in reading.fields:
        if field.kind == "PERSON" or is_name_label(field.label):
            end = name_end(reading, field.start, sure=_promise(field.label), limit=field.end)
            if end and not _is_heading(text[field.start : end]):
                yield _person(field.start, end, 0.9, "header")
    for match in table.direct.finditer(text):
        start = match.end()
        while start < len(text) and start < match.end() + 3 and text[start] in " :\t\n_":
            start += 1
        if ":" not in text[match.end() : start]:
            sure = Sure.APART if start > match.end() else Sure.ADJACENT
            end = name_end(reading, start, sure=sure, firm=_promise(match.group()) is Sure.PROMISED)
            if end:
                yield _person(start, end, 0.85 if start > match.end() else 0.75, "label")
        else:
            yield from _listed(reading, start, 0.9, "label", _promise(match.group()))


def _is_heading(value: str) -> bool:
    """Whether a value is another label (兵役状况, 类别), a word of its own and no name that ends like one."""
    return is_label(value) and (not surname_length(value) or is_word(value))


@lru_cache(1024)
def _promise(label: str) -> Sure:
    plain = _without_brackets(label)
    firm = label_kind(plain) == "PERSON" or name_table().firm_labels.search(plain)
    return Sure.PROMISED if firm else Sure.LABELLED


@lru_cache(1024)
def is_name_label(label: str) -> bool:
    """Whether a name stands behind ``label``: 申请人, 法定代表人（签字）, 三方签名, 父."""
    plain = _without_brackets(label)
    if plain.endswith(("签名", "签字")) and len(plain) <= 8:
        return True
    plain = _SIGNED.sub("", plain) or plain
    if is_role(plain) or plain in places().kin:
        return True
    # 兄 and 姐 alone announce a name, 曼姐 is one.
    return any(plain[-length:] in name_table().labels for length in range(2, min(len(plain), 7) + 1))


def _without_brackets(label: str) -> str:
    return _BRACKETS.sub("", label) if "(" in label else label


def _listed(reading: Reading, start: int, score: float, why: str, sure: Sure) -> Iterator[Detection]:
    """Yield the name at ``start`` and those that follow it after 、, 和 or blanks."""
    promised = sure
    for _ in range(_LONGEST_LIST):
        start = skip_kin(reading.text, start, len(reading.text))
        end = name_end(reading, start, sure=sure)
        if end is None:
            return
        yield _person(start, end, score, why)
        if (blanks := _BLANKS.match(reading.text, end)) and closed_name(reading.text, blanks.end()):
            start, sure = blanks.end(), promised
            continue
        mark = _NEXT.match(reading.text, end)
        if mark is None or not (
            (promised is Sure.PROMISED and mark.group()[0] in "、/;")
            or surname_length(reading.text[mark.end() : mark.end() + 4])
        ):
            return
        # Behind 、 comes another name; behind a comma the sentence may just go on.
        start, sure = mark.end(), promised if mark.group()[0] in "、/;" else Sure.ADJACENT


def find_shaped_names(reading: Reading) -> Iterator[Detection]:
    """Yield names by what stands around them: 张三，男 · 张三同志 · 阿依古丽·买买提 · 李王氏."""
    table, text = name_table(), reading.text
    for match in table.before_sex.finditer(text):
        if is_name_like(match[1]):
            yield _person(match.start(1), match.end(1), 0.9, "sex or number after")
    for match in table.spaced.finditer(text):
        yield _person(match.start(1), match.end(1), 0.85, "sex or title after")
    for match in table.married.finditer(text) if "氏" in text else ():
        yield _person(*match.span(), 0.88, "氏")
    for match in table.relative.finditer(text):
        if is_name_like(match[1]) and not is_word(text[match.start() : match.start() + 2]):
            yield _person(*match.span(1), 0.8, "kin before")
    for match in _ENGLISH.finditer(text):
        yield _person(*match.span(1), 0.85, "title before")
    yield from _titled(text)
    yield from _counted(text)
    for match in DOTTED.finditer(text) if "·" in text else ():
        start = _dotted_start(text, *match.span())
        end = dotted_end(text, start, match.end())
        if "·" in match.group() and end - start >= 5 and is_transliterated(text[start:end]):
            yield _person(start, end, 0.88, "dot inside")


def _titled(text: str) -> Iterator[Detection]:
    """Yield names before a title or kin word; words of daily use only behind a label too (死者于海洋之子)."""
    table = name_table()
    for match in table.titles.finditer(text):
        name, start = match[1], match.start()
        before = text[max(0, start - 1) : start]
        behind_label = any(text[max(0, start - n) : start] in table.labels for n in range(2, 6))
        if behind_label and is_name_like(name, firm=True):
            yield _person(start, match.end(), 0.87, "label and title")
        elif (
            is_name_like(name)
            and name[0] not in table.doubtful
            and before != "老"
            and name[-1] not in "任副兼"
        ):
            bounded = not RUN.match(before) or before in table.followers
            yield _person(start, match.end(), 0.8 if bounded else 0.5, "title after")


def _counted(text: str) -> Iterator[Detection]:
    """Yield the names of a list that ends with their number (丁一、丁二等2人)."""
    for match in _COUNTED.finditer(text) if _COUNT.search(text) else ():
        parts = list(_RUN.finditer(match[1]))
        good = [surname_length(part.group()) > 0 and is_name_like(part.group()) for part in parts]
        if all(is_name_like(part.group()) for part in parts) and sum(good) * 5 >= len(good) * 4:
            for part in parts:
                yield _person(match.start() + part.start(), match.start() + part.end(), 0.8, "counted list")


def _dotted_start(text: str, start: int, end: int) -> int:
    """Skip label words that run into a transliterated name."""
    last, dot = start, text.find("·", start, end)
    for pattern in (name_table().direct, name_table().dotted_before):
        last = max((match.end() for match in pattern.finditer(text, start, dot)), default=last)
    return last if last < dot else start


def find_model_names(reading: Reading) -> Iterator[Detection]:
    """Yield what the name model tagged, trimmed, extended over · and checked for shape."""
    text = reading.text
    for tagged in reading.names:
        start, end = extended(text, *tagged)
        if (whole := closed_name(text, start)) > end and text[end] not in name_table().followers:
            end = whole
        name = text[start:end]
        if _DOCUMENT_NO.match(text, end) or name_table().shop.match(text, end):
            continue
        if is_name_like(name) and text[end : end + 1] not in {"某", "*"}:
            yield Detection(start, end, DetectionKind.PERSON, _model_score(name), "name-model", ("model",))


def _model_score(name: str) -> float:
    """Score 0–1 of a tagged name by its shape: model and surname agreeing is as good as a label."""
    if "·" in name:
        return 0.85
    if _RUN.fullmatch(name) is None:
        return 0.6 if " " in name and _LATIN.fullmatch(name) else 0.4
    surname = surname_length(name)
    if not surname and len(name) >= 4 and not is_transliterated(name):
        return 0.5
    usual = surname and surname < len(name) <= surname + 2 and name[0] not in name_table().doubtful
    return 0.85 if usual else 0.7


def _person(start: int, end: int, score: float, why: str) -> Detection:
    return Detection(start, end, DetectionKind.PERSON, score, "name-label", (why,))
