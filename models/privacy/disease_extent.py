"""Where the name of a disease, an injury or an operation begins and ends in a text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from models.privacy.disease_composer import Composed, compose, is_name, is_part
from models.privacy.disease_names import plain_letters

_GRADE = re.compile(
    r"[,、]? ?(?:(?:NYHA|CKD|ASA) ?)?"
    r"[A-D]?[0-9一二三四五壹贰叁肆IVⅠⅡⅢⅣⅤ]{1,3}[ABCabc]?(?:[-~/至][0-9一二三四IVⅠⅡⅢⅣ]{1,3})?[级期型度](?![别间初末前后中])"
    r"|\([0-9IVⅠⅡⅢ一二三]{1,3}期\)(?=[。,;])"
    "|中?晚期|[早中]期|终末期|恢复期|后遗症期?|急性(?:发作|加重)期?|缓解期|活动期|稳定期|(?:失)?代偿期"
)
# 病史, 病人, 病历, 症状 … are other words.
_OTHER_WORD = re.compile("[史人历房区床理情程例假种退故重危休害毒痛]|状(?!态)")
# A word of quality that no table lists, at the beginning of an item: 孔源性, 迟发性, 黄疸型.
_QUALITY = re.compile(
    r"(?:^|[\s,.:;、()\d+/]|诊断|确诊|[患因行为伴示系]|并发|合并|考虑)([一-鿿]{1,4}[性型样状])$"
)
_OPERATION = re.compile("(?:拟行|施行|实施|接受|进行|行|做)[了过]?(?![了过])([一-鿿a-zA-Z+/]{1,10})$")
_ITEM = re.compile(r"(?:^|[\s,.:;、()\d])([一-鿿]{1,4})$")
_NO_PART = re.compile(
    "[的了在因为于是被由从和与及或该此这那年月日时经者患我他她你们对到个属示系并行致后前有无未见伴]|男性|女性|诊断|考虑|可能|疑|除外|"
    "既往|目前|原拟|拟|改行|改为|继发|合并|术后|[入出]院|门诊|住院|[中西]医|主要|其他|其它|症状|表现|结论|意见|检查|伤情|病情|部位|名称|情况"
)
_DISEASE_END = re.compile("[病炎癌瘤症折伤位裂损血肿疝石痔障脱直曲缩死出死疡塞窄痪瘫竭]")
# 尘肺病(矽肺)叁期: the stage belongs to both.
_STAGED = re.compile(r"\) ?[0-9一二三四壹贰叁肆IVⅠⅡⅢⅣ]{1,3}[期级度]")
_PAST = re.compile("术后")
_LINK = re.compile("联合|[加+]")
_PART_OF_OPERATION = re.compile("(?:除|清除|摘除|引流|复位|固定|松解|缝合|探查|术|减压|植骨|切开|扩张|成形)$")
_WRAPPED = 12
"""Characters of a line that may go on within a word on the next one."""
_BEFORE = 24
_WORD = 8
_BREAK = re.compile("[\n ](?<=[一-鿿].)(?=[一-鿿])", re.DOTALL)
_GLUE = frozenset("性部侧间端节脏")
_SPREAD = re.compile(r"[\t|]|  ")


class DiseaseName(NamedTuple):
    """A half-open span; ``whole`` says that it is a name where no label announces one."""

    start: int
    end: int
    whole: bool


def disease_names_in(text: str) -> list[DiseaseName]:
    """Return the names in ``text``, in order, without overlaps; a blank or a line end may break a word."""
    joined, cuts, hard = _joined(plain_letters()(text))
    words = _without_past_operations(joined, [made for made in compose(joined) if _is_word(joined, made)])
    found = (_placed(made, joined, cuts, hard) for made in words)
    merged = _merged(text, sorted(found, key=lambda name: (name.start, -name.end)))
    widened = [_widened(text, name, floor) for floor, name in _with_floors(merged)]
    return _linked(text, widened)


def item_start(text: str, start: int) -> int:
    """Return where the item of a list of diagnoses begins whose known part begins at ``start``."""
    before = text[max(0, start - _BEFORE) : start]
    match = _ITEM.search(before)
    if match is None or _NO_PART.search(match[1]):
        return start
    return start - len(match[1])


def graded(name: str) -> str:
    """Return ``name`` without its grade or stage."""
    return _GRADE.sub("", name)


def _is_word(text: str, composed: Composed) -> bool:
    """Whether the last word of a name ends where it seems to: not 高血压病|史, 病|人."""
    if _OTHER_WORD.match(text, composed.end) is None:
        return True
    return len(composed.last) > 1 and not (composed.last[-1] in "病症" and is_name(composed.last[:-1]))


def _without_past_operations(text: str, words: Sequence[Composed]) -> Sequence[Composed]:
    """Leave out operations that only date the disease before them: 骨折|内固定术后."""
    diseases = {word.start for word in words if _DISEASE_END.match(word.last[-1])}
    return [
        word
        for word in words
        if word.start not in diseases
        or _DISEASE_END.match(word.last[-1])
        or _PAST.match(text, word.end - (word.last[-1] == "术")) is None
    ]


def _joined(text: str) -> tuple[str, list[int], frozenset[int]]:
    """Return ``text`` without what breaks running Chinese, the places of the breaks in it, and the hard ones.

    At the end of a long line a name may go on with its next word; at a blank or behind a short line, where a
    field may end, only a word goes on that was begun.
    """
    cuts: list[int] = []
    hard: list[int] = []
    edges = [0]
    for match in _BREAK.finditer(text):
        cut = match.start() - len(cuts)
        first = max(0, match.start() - 4 * _WRAPPED)
        line = text[max(text.rfind("\n", first, match.start()) + 1, first) : match.start()]
        if match.group() == " " or len(line) < _WRAPPED or _SPREAD.search(line):
            hard.append(cut)
        cuts.append(cut)
        edges += [match.start(), match.end()]
    if not cuts:
        return text, [], frozenset()
    return (
        "".join(text[a:b] for a, b in zip(edges[::2], [*edges[1::2], len(text)], strict=True)),
        cuts,
        frozenset(hard),
    )


def _placed(made: Composed, joined: str, cuts: Sequence[int], hard: frozenset[int]) -> DiseaseName:
    """Return the name at its place in the text as given, from the last break on that it cannot cross."""
    if not cuts:
        return DiseaseName(made.start, made.end, made.whole)
    begin, whole = made.start, made.whole
    head = made.end - len(made.last)
    for cut in cuts[bisect_right(cuts, begin) : bisect_right(cuts, made.end - 1)]:
        ends = any(is_name(joined[at:cut]) for at in range(max(begin, cut - _WORD), cut))
        if ends or (cut in hard and _begins_word(joined, cut, made.end)):
            begin, whole = cut, whole and (cut < head or is_name(joined[cut : made.end]))
    last = made.end - 1
    return DiseaseName(begin + bisect_right(cuts, begin), made.end + bisect_right(cuts, last), whole)


def _begins_word(joined: str, cut: int, end: int) -> bool:
    return any(
        is_part(joined[cut:at]) and joined[cut:at] not in _GLUE
        for at in range(cut + 1, min(end, cut + _WORD) + 1)
    )


def _merged(text: str, names: Sequence[DiseaseName]) -> list[DiseaseName]:
    """Return names that overlap or touch as one; a procedure behind a disease is a name of its own."""
    merged: list[DiseaseName] = []
    for name in names:
        held = merged[-1] if merged else None
        if held is None or name.start > held.end + 1 or text[held.end : name.start] not in {"", "性"}:
            merged.append(name)
        elif (
            name.end > held.end + 1 and text[held.end - 1 : held.end + 1] == "术后" and name.start < held.end
        ):
            merged.append(name._replace(start=held.end + 1))
        elif name.end > held.end:
            if name.start < held.end or text[name.end - 1] != "术":
                merged[-1] = DiseaseName(held.start, name.end, held.whole or name.whole)
            elif text[name.end : name.end + 1] != "后":
                merged.append(name)
    return merged


def _with_floors(names: Sequence[DiseaseName]) -> Iterator[tuple[int, DiseaseName]]:
    floor = 0
    for name in names:
        yield floor, name
        floor = name.end


def _widened(text: str, name: DiseaseName, floor: int) -> DiseaseName:
    """Take in a grade behind the name and unknown words before it whose form says that they belong to it."""
    before = text[max(floor, name.start - _BEFORE) : name.start].rpartition("\n")[2]
    match = _QUALITY.search(before)
    if match is None and text[name.end - 1] == "术":
        match = _OPERATION.search(before)
    start = name.start
    if match is not None and not _NO_PART.search(match[1]):
        start -= len(match[1])
    grade = _GRADE.match(text, name.end)
    return name._replace(
        start=start, end=grade.end() if grade else name.end, whole=name.whole or start < name.start
    )


def _linked(text: str, names: Sequence[DiseaseName]) -> list[DiseaseName]:
    """Join the steps of one operation (血肿清除加去骨瓣减压术), a name and its synonym with their stage."""
    linked: list[DiseaseName] = []
    for name in names:
        held = linked[-1] if linked else None
        link = text[held.end : name.start] if held else ""
        if held and link == "(" and (stage := _STAGED.match(text, name.end)):
            linked[-1] = DiseaseName(held.start, stage.end(), held.whole)
        elif held and _LINK.fullmatch(link) and _is_one_operation(text, held, name):
            linked[-1] = DiseaseName(held.start, name.end, held.whole or name.whole)
        else:
            linked.append(name)
    return linked


def _is_one_operation(text: str, first: DiseaseName, second: DiseaseName) -> bool:
    return (
        text[second.end - 1] == "术" and _PART_OF_OPERATION.search(text, first.start, first.end) is not None
    )
