"""What a password must be: rules as data (`models/reference/passwords.toml`), pure."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from models.errors import InvalidInput

_STANDS_FOR = str.maketrans({"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", "$": "s", "5": "s"})
_LEAST_WALK = 3
_LEAST_NAME = 3

_DAY = re.compile(
    r"(?:19|20)\d\d[-./年]?(?:1[0-2]|0[1-9])[-./月]?(?:3[01]|[12]\d|0[1-9])日?"
    r"|\d\d(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])|(?:3[01]|[12]\d|0[1-9])(?:1[0-2]|0[1-9])(?:19|20)\d\d"
    r"|(?:19|20)\d\d年?(?:1[0-2]|0[1-9])?"
)
"""Days and years as people write birthdays: 19900101, 900101, 01011990, 1990, 199001."""

_SYLLABLE = re.compile(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en"
    r"|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|ve|[aeiouv])|ang|eng|ai|an|ao|ei|en|er|ou"
)
_LONGEST_REPEATED = 4
_LONGEST_PART = 37


@dataclass(frozen=True, slots=True)
class PasswordRule:
    """Lengths in code points; ``history``: how many earlier passwords may not come again."""

    least_characters: int
    most_characters: int
    least_parts: int
    history: int


def password_rule() -> PasswordRule:
    return PasswordRule(**_table()["rule"])


def check_password(password: str, account: str = "") -> None:
    """Refuse a password that is too short, too long or too easily guessed.

    Raises:
        InvalidInput: which rule it breaks, without a word of the password.
    """
    rule = password_rule()
    if not rule.least_characters <= len(password) <= rule.most_characters or password.isdigit():
        raise InvalidInput(
            f"口令应有 {rule.least_characters} 到 {rule.most_characters} 个字符，且不能全是数字。"
        )
    plain, name = _plain(password), _plain(account)
    if len(name) >= _LEAST_NAME and (name in plain or name[::-1] in plain):
        raise InvalidInput("口令中不能含有账号名，请换一个。")
    if parts_of(password) < rule.least_parts:
        raise InvalidInput("口令过于常见或有规律（常用词、键盘顺序、姓名加生日、重复），请换一个。")


def parts_of(password: str) -> int:
    """Return how many parts a guesser would have to put together; see the table for what a part is.

    The cut with the fewest parts counts. A repetition of what stands directly before it is no part.
    """
    plain = _plain(password)
    fewest = [0] * (len(plain) + 1)
    for end in range(1, len(plain) + 1):
        fewest[end] = fewest[end - 1] + 1
        for begin in range(end - 2, max(-1, end - _LONGEST_PART - 1), -1):
            if fewest[begin] + 1 < fewest[end] and _is_part(plain[begin:end]):
                fewest[end] = fewest[begin] + 1
        for length in range(1, min(_LONGEST_REPEATED, end // 2) + 1):
            if plain[end - length : end] == plain[end - 2 * length : end - length]:
                fewest[end] = min(fewest[end], fewest[end - length])
    return fewest[-1]


def _is_part(piece: str) -> bool:
    words = _words()
    if piece in words or piece.translate(_STANDS_FOR) in words:
        return True
    if _DAY.fullmatch(piece) or _SYLLABLE.fullmatch(piece):
        return True
    return len(piece) >= _LEAST_WALK and any(piece in row for row in _rows())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@cache
def _words() -> frozenset[str]:
    table = _table()["words"]
    return frozenset((*table["common"], *table["numbers"]))


@cache
def _rows() -> tuple[str, ...]:
    rows = _table()["words"]["rows"]
    return tuple(way for row in rows for way in (row, row[::-1]))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("models") / "reference" / "passwords.toml").read_text("utf-8"))
