"""Where a personal name ends that begins at a known place."""

from __future__ import annotations

import re
import sys
from enum import IntEnum

from models.privacy.grid import Span
from models.privacy.layout import Reading
from models.privacy.name_table import HAN, is_name_like, name_table, surname_length
from models.text.segmentation import is_word

RUN = re.compile(rf"[{HAN}]{{1,16}}")
DOTTED = re.compile(rf"[{HAN}]{{1,8}}(?: ?[·.] ?[{HAN}]{{1,8}}){{1,4}}")
_SPACED = re.compile(
    rf"(?:[{HAN}]|[{HAN}]{{2}}(?= {{1,4}}[{HAN}] ))(?: {{1,4}}(?![男女])[{HAN}]){{1,2}}(?![{HAN}:])"
    rf"|[{HAN}] {{1,4}}[{HAN}] {{1,4}}[{HAN}](?=性别|身份|民族|出生|[男女])"
)
FOREIGN = re.compile(
    r"[A-ZА-ЯЁÀ-Þ][A-Za-zА-яёЁÀ-ÿ'’.\-]*"
    r"(?:[ ,]{1,2}(?:(?:de|van|von|da|bin|al) )?[A-ZА-ЯЁÀ-Þ][A-Za-zА-яёЁÀ-ÿ'’.\-]*){0,4}"
)
# A name broken by the end of a line, right behind its label: 姓名邸⏎二宝身份证号.
_BROKEN = re.compile(rf"[{HAN}]\n[{HAN}]{{1,2}}(?=身份|性别|电话|家庭|出生|[^{HAN}]|$)")
_TAIL = re.compile("因[工公病]|[原系]在?|自愿")
_KEY = re.compile(
    r"姓\s{0,6}名|性\s{0,3}别|男|女|身份|出生|年龄|民族|电话|签字|签名|因|于|申请|提出|证件|公民|日期|的"
)


class Sure(IntEnum):
    """How surely a name comes next."""

    PROMISED = 0
    """Behind 姓名： or in a column of names."""
    LABELLED = 1
    """Behind a colon."""
    APART = 2
    """Behind a label and blanks."""
    ADJACENT = 3
    """Directly behind a word."""


def name_end(
    reading: Reading, start: int, *, sure: Sure, limit: int = sys.maxsize, firm: bool = False
) -> int | None:
    """Return where the name that begins at ``start`` ends; None if no name begins there.

    Unless a colon or cell says that a name must come, a common surname and a sign that the name is over
    are asked for; directly behind a word the name must not be a word itself.
    Behind a ``firm`` label a short run up to a punctuation mark may be a word (司机平安，). No name reaches
    beyond ``limit``.
    """
    text = reading.text
    limit = min(limit, len(text))
    dotted = DOTTED.match(text, start, limit)
    if dotted and len(dotted.group()) >= 4:
        return dotted_end(text, start, dotted.end())
    if sure <= Sure.LABELLED and (end := _foreign_or_spaced(text, start, limit)) is not None:
        return end
    if firm and sure is Sure.APART and (end := _spaced(text, start, limit)) is not None:
        return end
    words = FOREIGN.match(text, start, limit) if firm else None
    if words and " " in words.group().rstrip() and is_name_like(words.group()):
        return start + len(words.group().rstrip(" ,."))
    return _han_end(reading, start, limit, sure=sure, firm=firm)


def _han_end(reading: Reading, start: int, limit: int, *, sure: Sure, firm: bool) -> int | None:
    text = reading.text
    run = RUN.match(text, start, limit)
    if run and name_table().organisation.search(run.group(), 2):
        return None
    if (end := _tagged_end(reading, start, limit)) is not None:
        return end
    if run is None or text[run.end() : run.end() + 1] == "*":
        return None
    if firm and sure > Sure.LABELLED and (end := _closed_word(text, run, sure)):
        return end
    broken = _BROKEN.match(text, start, limit) if len(run.group()) == 1 else None
    if broken and surname_length(run.group()):
        return broken.end()
    return _run_end(text, start, run.group(), sure=sure)


def _foreign_or_spaced(text: str, start: int, limit: int) -> int | None:
    foreign = FOREIGN.match(text, start, limit)
    if foreign and len(foreign.group()) >= 3 and is_name_like(foreign.group()):
        return start + len(foreign.group().rstrip(" ,."))
    return _spaced(text, start, limit)


def _spaced(text: str, start: int, limit: int) -> int | None:
    """Return the end of a name with blanks between its characters, None if there is none."""
    spaced = _SPACED.match(text, start, limit)
    if spaced and surname_length(text[start : start + 3]) and is_name_like(spaced.group()):
        # 奚 落 复 核: the last character may begin the next label.
        ahead = re.sub(r"\s", "", text[spaced.end() - 1 : spaced.end() + 6])
        cut = any(ahead[:size] in name_table().labels for size in (2, 3))
        return start + len(spaced.group()[:-1].rstrip()) if cut else spaced.end()
    return None


def _closed_word(text: str, run: re.Match[str], sure: Sure) -> int:
    """Return the end of a run that is a name only because a label stands before it, 0 if it is none."""
    name, surname = run.group(), surname_length(run.group())
    if not surname or len(name) > surname + 2 or text[run.end() : run.end() + 1] == ":":
        return 0
    return run.end() if is_name_like(name, firm=sure is Sure.APART) else 0


def _tagged_end(reading: Reading, start: int, limit: int) -> int | None:
    """Return the end of the name tagged at ``start``, or of the whole Han run if that is a name."""
    tagged, text = reading.name_at(start), reading.text
    if tagged is None or tagged > limit:
        return None
    # The model likes names of two characters; a run that is no longer than a name is the name.
    if (whole := closed_name(text, start, limit)) > tagged:
        return whole
    return extended(text, start, tagged)[1] if is_name_like(text[start:tagged]) else None


def closed_name(text: str, start: int, limit: int = sys.maxsize) -> int:
    """Return the end of the whole Han run at ``start`` if it has the shape of a name, else 0."""
    run = RUN.match(text, start, min(limit, len(text)))
    surname = surname_length(run.group()) if run else 0
    if run is None or not surname or len(run.group()) > surname + 2 or _KEY.search(run.group(), 1):
        return 0
    return run.end() if is_name_like(run.group()) and text[run.end() : run.end() + 1] not in {":", "*"} else 0


def dotted_end(text: str, start: int, end: int) -> int:
    """Cut a name with a dot where a word of the form begins."""
    cut = _KEY.search(text, start + 3, end)
    end = cut.start() if cut else end
    last = max(text.rfind("·", start, end), text.rfind(".", start, end))
    more = name_table().dotted_after.search(text, last + 2, end) if last >= 0 else None
    # 孟和 ends like a word that goes on.
    return more.start() if more and not (more.end() == end and more.group() in "和同即以") else end


def _run_end(text: str, start: int, run: str, *, sure: Sure) -> int | None:
    table = name_table()
    surname = surname_length(run)
    if sure > Sure.LABELLED and (not surname or (surname == 1 and run[0] in table.doubtful)):
        return None
    if sure is Sure.ADJACENT and surname == 1 and is_word(run[:2]):
        return None
    longest = surname + 2 if surname else 4
    cut = _KEY.search(run, 1)
    # 于是之, 何因: a short run in a column of names is one name.
    if cut and cut.start() >= 2 and not (sure is Sure.PROMISED and len(run) <= longest):
        run = run[: cut.start()]
    firm = sure is Sure.PROMISED
    if len(run) <= longest and not (surname and len(run) == surname + 2 and run[-1] == "等"):
        closed = text[start + len(run) : start + len(run) + 1] != ":"
        return start + len(run) if closed and is_name_like(run, firm=firm) else None
    # More characters than a name has: the shortest name that something known follows.
    for length in (surname + 2, surname + 1):
        followed = surname and length < len(run) and run[length] in table.followers
        if followed and is_name_like(run[:length], firm=firm):
            return start + length
    if sure > Sure.LABELLED or not surname or not is_name_like(run[: surname + 2]):
        return None
    return start + surname + 2


def extended(text: str, start: int, end: int) -> Span:
    """Trim blanks, and join the parts of a name that the model cut at ·."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    # 鲜于秀 tagged without 鲜: a compound surname is not cut.
    if start > 0 and text[start - 1 : start + 1] in name_table().compound:
        start -= 1
    tail = _TAIL.search(text, start + 2, end)
    if tail and tail.end() == end:
        end = tail.start()
    if end - start > 2 and text[end - 1 : end + 1] in name_table().tails:
        end -= 1
    if text[start:end].isascii() and (foreign := FOREIGN.match(text, start)):
        return start, max(end, start + len(foreign.group().rstrip(" ,.")))
    more = re.compile(rf" ?· ?[{HAN}]{{1,8}}").match(text, end)
    if more:
        end = dotted_end(text, start, more.end())
    return start, end
