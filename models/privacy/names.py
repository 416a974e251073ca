"""Personal names by surname, label, title and shape; what the name model says is weighed here too."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from enum import Enum

from models.privacy.detections import Detection, DetectionKind
from models.privacy.grid import Span
from models.privacy.layout import Reading, labelled
from models.privacy.name_table import HAN, is_name_like, is_transliterated, name_table, surname_length
from models.text.segmentation import is_word

_RUN = re.compile(rf"[{HAN}]{{1,16}}")
_SPACED = re.compile(
    rf"(?:[{HAN}]|[{HAN}]{{2}}(?= {{1,4}}[{HAN}] ))(?: {{1,4}}(?![男女])[{HAN}]){{1,2}}(?![{HAN}:])"
)
_DOTTED = re.compile(rf"[{HAN}]{{1,8}}(?: ?[·.] ?[{HAN}]{{1,8}}){{1,4}}")
_FOREIGN = re.compile(r"[A-ZА-ЯЁ][A-Za-zА-яёЁ'’.\-]*(?:[ ,]{1,2}[A-ZА-ЯЁ][A-Za-zА-яёЁ'’.\-]*){0,4}")
_TAIL = re.compile("因[工公病]|[原系]在?|自愿")
_LONGEST_LIST = 200
_NEXT = re.compile(r"[、,/;(] ?|和(?=[一-鿿]{2,3}(?:[、,。;\s]|$))")
_KEY = re.compile(
    r"姓\s{0,6}名|性\s{0,3}别|男|女|身份|出生|年龄|民族|电话|签字|签名|因|于|申请|提出|证件|公民|日期|的"
)


class Sure(Enum):
    """How surely a name comes next: behind colon or in a cell, behind label and blank, behind a word."""

    LABELLED = 1
    APART = 2
    ADJACENT = 3


def find_labelled_names(reading: Reading) -> Iterator[Detection]:
    """Yield names behind 标签：, directly behind a label, in table cells and in lists behind a label."""
    table, text = name_table(), reading.text
    for label, start in labelled(text):
        if _is_name_label(label):
            yield from _listed(reading, start, 0.9, "label")
    for field in reading.fields:
        if _is_name_label(field.label):
            end = name_end(reading, field.start, sure=Sure.LABELLED, limit=field.end)
            if end:
                yield _person(field.start, end, 0.9, "column")
    for match in table.direct.finditer(text):
        start = match.end()
        while start < len(text) and start < match.end() + 3 and text[start] in " :\t\n_":
            start += 1
        if ":" not in text[match.end() : start]:
            end = name_end(reading, start, sure=Sure.APART if start > match.end() else Sure.ADJACENT)
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
    sure = Sure.LABELLED
    for _ in range(_LONGEST_LIST):
        end = name_end(reading, start, sure=sure)
        if end is None:
            return
        yield _person(start, end, score, why)
        mark = _NEXT.match(reading.text, end)
        if mark is None or not surname_length(reading.text[mark.end() : mark.end() + 4]):
            return
        # Behind 、 comes another name; behind a comma the sentence may just go on.
        start, sure = mark.end(), Sure.LABELLED if mark.group()[0] in "、/" else Sure.ADJACENT


def name_end(reading: Reading, start: int, *, sure: Sure, limit: int = sys.maxsize) -> int | None:
    """Return where the name that begins at ``start`` ends; None if no name begins there.

    Unless a colon or cell says that a name must come, a common surname and a sign that the name is over
    are asked for; directly behind a word the name must not be a word itself.
    No name reaches beyond ``limit``.
    """
    text = reading.text
    limit = min(limit, len(text))
    dotted = _DOTTED.match(text, start, limit)
    if dotted and len(dotted.group()) >= 4:
        return _dotted_end(text, start, dotted.end())
    if sure is Sure.LABELLED:
        foreign = _FOREIGN.match(text, start, limit)
        if foreign and len(foreign.group()) >= 3:
            return start + len(foreign.group().rstrip(" ,."))
        spaced = _SPACED.match(text, start, limit)
        if spaced and surname_length(text[start : start + 3]) and is_name_like(spaced.group()):
            return spaced.end()
    if (end := _tagged_end(reading, start, limit)) is not None:
        return end
    run = _RUN.match(text, start, limit)
    if run is None or text[run.end() : run.end() + 1] == "*":
        return None
    return _run_end(text, start, run.group(), sure=sure)


def _tagged_end(reading: Reading, start: int, limit: int) -> int | None:
    """Return the end of the name tagged at ``start``, or of the whole Han run if that is a name."""
    tagged, text = reading.name_at(start), reading.text
    if tagged is None or tagged > limit:
        return None
    # The model likes names of two characters; a run that is no longer than a name is the name.
    if (whole := _closed_name(text, start, limit)) > tagged:
        return whole
    return _extend(text, start, tagged)[1] if is_name_like(text[start:tagged]) else None


def _closed_name(text: str, start: int, limit: int) -> int:
    """Return the end of the whole Han run at ``start`` if it has the shape of a name, else 0."""
    run = _RUN.match(text, start, limit)
    surname = surname_length(run.group()) if run else 0
    if run is None or not surname or len(run.group()) > surname + 2 or _KEY.search(run.group(), 1):
        return 0
    return run.end() if is_name_like(run.group()) and text[run.end() : run.end() + 1] not in {":", "*"} else 0


def _dotted_end(text: str, start: int, end: int) -> int:
    cut = _KEY.search(text, start + 3, end)
    return cut.start() if cut else end


def _run_end(text: str, start: int, run: str, *, sure: Sure) -> int | None:
    table = name_table()
    surname = surname_length(run)
    if sure is not Sure.LABELLED and (not surname or (surname == 1 and run[0] in table.doubtful)):
        return None
    if sure is Sure.ADJACENT and surname == 1 and is_word(run[:2]):
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
    if sure is not Sure.LABELLED or not surname or not is_name_like(run[: surname + 2]):
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
        if "·" in match.group() and end - start >= 5 and is_transliterated(text[start:end]):
            yield _person(start, end, 0.88, "dot inside")


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
    if re.fullmatch(rf"[{HAN}]+", name) is None:
        return 0.6 if " " in name and re.fullmatch(r"[A-Za-z .'\-]{4,40}", name) else 0.4
    surname = surname_length(name)
    if not surname and len(name) >= 4 and not is_transliterated(name):
        return 0.5
    usual = surname and surname < len(name) <= surname + 2 and name[0] not in name_table().doubtful
    return 0.85 if usual else 0.7


def _extend(text: str, start: int, end: int) -> Span:
    """Trim blanks, and join the parts of a name that the model cut at ·."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    tail = _TAIL.search(text, start + 2, end)
    if tail and tail.end() == end:
        end = tail.start()
    if end - start > 2 and text[end - 1 : end + 1] in name_table().tails:
        end -= 1
    if text[start:end].isascii() and (foreign := _FOREIGN.match(text, start)):
        return start, max(end, start + len(foreign.group().rstrip(" ,.")))
    more = re.compile(rf" ?· ?[{HAN}]{{1,8}}").match(text, end)
    if more:
        end = _dotted_end(text, start, more.end())
    return start, end


def _person(start: int, end: int, score: float, why: str) -> Detection:
    return Detection(start, end, DetectionKind.PERSON, score, "name-label", (why,))
