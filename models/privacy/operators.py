"""How one value is shown: operators named in `models/reference/masking.toml`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.privacy.addresses import county_end, township_end
from models.privacy.diagnoses import chapter_of
from models.privacy.name_table import surname_length
from models.privacy.tokens import Tokeniser
from models.text.normalisation import normalise

STAR = "*"
_SEPARATORS = frozenset(" \t\r\n-./·()+@_\u3000－—・（）．＠")
_CN_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_YEAR = re.compile(r"(?:1[89]|20)\d\d(?!\d*[.\-/]?\d{5})")
_NAME_PART = re.compile(r"[^·.\s]+")


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator with its parameters; ``first`` and ``last`` count characters that are no separators."""

    name: str
    text: str = ""
    first: int = 0
    last: int = 0

    @property
    def hides(self) -> bool:
        return self.name != "clear"

    @property
    def needs_key(self) -> bool:
        return self.name == "token"

    def apply(self, value: str, tokens: Tokeniser | None = None) -> str:
        """Return how ``value`` is shown.

        Raises:
            ValueError: a token is wanted and there are no ``tokens``.
        """
        if not self.needs_key:
            return _OPERATORS[self.name](self, value)
        if tokens is None:
            raise ValueError("this profile needs a tokeniser")
        return tokens.token(self.text, value)


def starred(value: str, first: int = 0, last: int = 0) -> str:
    """Return ``value`` with * per character, separators kept, and ``first`` and ``last`` characters kept.

    At least as many characters are hidden as are shown; a shorter value is hidden altogether.
    """
    places = [i for i, c in enumerate(value) if c not in _SEPARATORS]
    if first + last > len(places) * 2 // 3:
        first = last = 0
    hidden = set(places[first : len(places) - last])
    return "".join(STAR if i in hidden else c for i, c in enumerate(value))


def _placeholder(operator: Operator, value: str) -> str:
    return operator.text or starred(value)


def _stars(operator: Operator, value: str) -> str:
    return starred(value, operator.first, operator.last)


def _surname(_operator: Operator, value: str) -> str:
    plain = normalise(value)
    parts = list(_NAME_PART.finditer(plain))
    if "·" in plain or not parts or plain[parts[0].start()].isascii():
        kept = {parts[0].start()} if parts and len(parts[0].group()) > 1 else set()
    else:
        squeezed = "".join(part.group() for part in parts)
        places = [i for part in parts for i in range(*part.span())]
        count = max(1, surname_length(squeezed)) if len(squeezed) > 1 else 0
        kept = set(places[:count])
    return "".join(c if i in kept or c in _SEPARATORS else STAR for i, c in enumerate(value))


def _year(operator: Operator, value: str) -> str:
    digits = re.sub(r"\s", "", normalise(value)).translate(_CN_DIGITS)
    found = _YEAR.search(digits)
    return f"{found.group()}年" if found else operator.text


def _band(operator: Operator, value: str) -> str:
    year = _year(Operator("year"), value)
    if not year:
        return operator.text
    first = int(year[:-1]) // operator.first * operator.first
    return f"〔{first}-{first + operator.first - 1}年〕"


def _chapter(operator: Operator, value: str) -> str:
    chapter = chapter_of(normalise(value))
    return f"〔{chapter}〕" if chapter else operator.text


def _email(_operator: Operator, value: str) -> str:
    local, at, domain = value.replace("＠", "@").rpartition("@")
    name = local.strip()
    return f"{name[:1] if len(name) > 1 else ''}***{at}{domain.strip()}" if at else starred(value)


def _county(operator: Operator, value: str) -> str:
    return value[: county_end(normalise(value))] or operator.text


def _township(operator: Operator, value: str) -> str:
    end = township_end(normalise(value))
    return value[:end] + STAR * 2 if end else operator.text


_OPERATORS: Mapping[str, Callable[[Operator, str], str]] = {
    "clear": lambda _, value: value,
    "placeholder": _placeholder,
    "stars": _stars,
    "surname": _surname,
    "year": _year,
    "band": _band,
    "chapter": _chapter,
    "email": _email,
    "county": _county,
    "township": _township,
}
NAMES = frozenset(_OPERATORS) | {"token"}
