"""Names and numbers of people a question may hold: every piece that could be one, whatever it looks like.

Which of them is anybody's is found out by looking each up; what stands around a piece decides only whether
a match counts, for 工伤 or 高明 may be somebody's name too. Pure: no document, no index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from indexer.spelling import vocabulary
from indexer.understanding.identity import identity_spans
from indexer.understanding.pieces import Piece, PieceKind
from indexer.understanding.regions import is_region_word
from indexer.understanding.words import question_words, wordings
from models.privacy.blind_index import HAN, Use, asked_number_keys, name_keys
from models.privacy.name_table import is_name_like, is_transliterated, surname_length
from models.text.normalisation import normalise
from models.text.script import simplified
from models.text.segmentation import is_word

_LONGEST_WORD = 5
_PIECE = range(2, 5)
_GIVEN = range(1, 3)
_LONG = range(5, 16)
"""Characters of a long name without dots (阿卜杜热合曼买买提): asked for whole, between what bounds it."""
_GAP = 4
"""Blanks allowed between two characters of a name written wide (王  强)."""
_RUN = re.compile(f"[{HAN}](?: {{0,{_GAP}}}[{HAN}])*")
_DOTTED = re.compile(f"([{HAN}]{{1,10}})((?:[·.][{HAN}]{{1,10}})*[·.])([{HAN}]{{1,10}})")
_LATIN = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*")
_LATIN_GAP = re.compile(r"[ ,·.]{1,2}")
_LATIN_WORDS = 4
_NUMBER = re.compile(r"[0-9A-Za-z]+")
_NUMBER_GAP = re.compile(r"[ \-./()]{1,2}")
_NUMBER_RUNS = 6
_CUT_OFF = re.compile(r"[*#●×xX]$")
_GOES_ON = re.compile(r"[*#●×]")
_TAIL = re.compile(r"(?:尾号|末尾|[后末尾][0-9一二三四五六七八九十两几]{1,2}位|结尾)[是为:]?\s*$")
_LEAST_SIGNS = 5


@dataclass(frozen=True, slots=True)
class PersonTerm:
    """One piece that may be a person's, code points ``start``–``end``; ``keys`` are looked up as one.

    ``counts``: whether a match says that the person is meant. ``likely``: whether the piece is taken for a
    name or number even where nobody is found by it.
    """

    start: int
    end: int
    use: Use
    keys: tuple[str, ...]
    counts: bool
    likely: bool

    @property
    def piece(self) -> Piece:
        kind = PieceKind.PERSON if self.use is Use.NAME else PieceKind.IDENTITY
        return Piece(kind, self.start, self.end, (), LOOKED_UP)


LOOKED_UP = "按人查找"


def person_terms(text: str, understood: Sequence[Piece]) -> list[PersonTerm]:
    """Return every piece of a question that is looked up: numbers, then names, each in text order.

    ``understood`` are the other pieces of the question; numbers of files are nobody's, and words of
    insurances, materials and regions bound a name and seldom are one.
    """
    plain = normalise(simplified(text))
    return [*_numbers(plain, understood), *_Names(plain, understood).terms()]


def meant(terms: Sequence[PersonTerm]) -> list[PersonTerm]:
    """Return the terms without those that overlap a longer one (王小 in 王小明), in text order."""
    kept: list[PersonTerm] = []
    for term in sorted(terms, key=lambda t: (t.start - t.end, t.start)):
        if not any(term.start < other.end and other.start < term.end for other in kept):
            kept.append(term)
    return sorted(kept, key=lambda t: t.start)


def _numbers(plain: str, understood: Sequence[Piece]) -> Iterator[PersonTerm]:
    taken = [(p.start, p.end) for p in understood if p.kind in _NUMBERS_OF_FILES]
    personal = set(identity_spans(plain))
    spans = {span for span in (*personal, *_number_spans(plain)) if _is_whole(plain, *span)}
    for start, end in sorted(spans):
        keys = asked_number_keys(plain[start:end])
        if keys and not any(start < e and s < end for s, e in taken):
            yield PersonTerm(start, end, Use.NUMBER, keys, counts=True, likely=(start, end) in personal)


_NUMBERS_OF_FILES = frozenset({PieceKind.ARCHIVE_NO, PieceKind.DOCUMENT_NO})


def _number_spans(plain: str) -> Iterator[tuple[int, int]]:
    """Yield runs of letters and digits, and such runs side by side: numbers are written in groups."""
    runs = [m.span() for m in _NUMBER.finditer(plain)]
    for first in range(len(runs)):
        for last in range(first, min(first + _NUMBER_RUNS, len(runs))):
            if last > first and not _NUMBER_GAP.fullmatch(plain[runs[last - 1][1] : runs[last][0]]):
                break
            start, end = runs[first][0], runs[last][1]
            if sum(c.isdigit() for c in plain[start:end]) >= _LEAST_SIGNS:
                yield start, end


def _is_whole(plain: str, start: int, end: int) -> bool:
    """Whether a number is not the end or the rest of one that the asker has masked (尾号5543)."""
    before, behind = plain[:start], plain[end : end + 1]
    return not (_TAIL.search(before[-8:]) or _CUT_OFF.search(before[-1:]) or _GOES_ON.match(behind))


class _Names:
    """The pieces of one question that may be names, and what stands around them."""

    def __init__(self, plain: str, understood: Sequence[Piece]) -> None:
        self._plain = plain
        self._others = [(p.start, p.end) for p in understood if p.kind is not PieceKind.IDENTITY]
        self._begins = {start for start, _ in self._others}
        self._ends = {end for _, end in self._others}
        self._left_edge, self._right_edge = cache(self._is_left_edge), cache(self._is_right_edge)

    def terms(self) -> list[PersonTerm]:
        seen: dict[tuple[int, int], PersonTerm] = {}
        for start, end in (*self._han(), *self._dotted(), *self._latin()):
            keys = name_keys(self._plain[start:end])
            if keys and (start, end) not in seen:
                seen[start, end] = self._term(start, end, keys)
        return [seen[span] for span in sorted(seen)]

    def _han(self) -> Iterator[tuple[int, int]]:
        for run in _RUN.finditer(self._plain):
            at = [n for n in range(*run.span()) if self._plain[n] != " "]
            for first in range(len(at)):
                for length in _PIECE:
                    if first + length <= len(at):
                        yield at[first], at[first + length - 1] + 1
                if self._left_edge(at[first]):
                    yield from self._long(at, first)

    def _long(self, at: Sequence[int], first: int) -> Iterator[tuple[int, int]]:
        for length in _LONG:
            if first + length <= len(at):
                start, end = at[first], at[first + length - 1] + 1
                whole = self._plain[start:end]
                if end - start == length and self._right_edge(end) and is_transliterated(whole):
                    yield start, end

    def _dotted(self) -> Iterator[tuple[int, int]]:
        for match in _DOTTED.finditer(self._plain):
            for start in range(match.start(1), match.end(1)):
                for end in range(match.start(3) + 1, match.end(3) + 1):
                    yield start, end

    def _latin(self) -> Iterator[tuple[int, int]]:
        runs = [m.span() for m in _LATIN.finditer(self._plain)]
        for first in range(len(runs)):
            for last in range(first, min(first + _LATIN_WORDS, len(runs))):
                if last > first and not _LATIN_GAP.fullmatch(self._plain[runs[last - 1][1] : runs[last][0]]):
                    break
                yield runs[first][0], runs[last][1]

    def _term(self, start: int, end: int, keys: tuple[str, ...]) -> PersonTerm:
        left, right = self._left_edge(start), self._right_edge(end)
        name, bounded = keys[0], left and right
        cued = self._is_cued(start, end)
        if _is_ordinary(name):
            counts = cued or self._is_all(start, end)
        elif len(name) == min(_PIECE) or is_word(name):
            counts = bounded or cued
        else:
            counts = bounded or ((left or right) and surname_length(name) > 0)
        likely = counts and bounded and self._looks_like_one(start, end)
        return PersonTerm(start, end, Use.NAME, keys, counts, likely)

    def _looks_like_one(self, start: int, end: int) -> bool:
        """Whether a piece is taken for a name though nobody is found: short, and begins with no word."""
        name = self._plain[start:end]
        inside = any(start < e and s < end for s, e in self._others)
        drags = name[0] in _edges("before") or name[-1] in _edges("behind") or _edges("never") & set(name)
        surname = surname_length(name)
        begun = any(is_word(name[:n]) for n in range(surname + 1, len(name) + 1))
        short = surname > 0 and len(name) - surname in _GIVEN and not begun
        return short and not inside and not drags and not _is_ordinary(name) and is_name_like(name)

    def _is_left_edge(self, start: int) -> bool:
        before = self._plain[max(0, start - _LONGEST_WORD) : start]
        if not before or not _is_han(before[-1]) or start in self._ends or before[-1] in _edges("before"):
            return True
        return any(_is_known(before[-n:]) for n in range(2, len(before) + 1))

    def _is_right_edge(self, end: int) -> bool:
        behind = self._plain[end : end + _LONGEST_WORD]
        if not behind or not _is_han(behind[0]) or end in self._begins or behind[0] in _edges("behind"):
            return True
        return any(_is_known(behind[:n]) for n in range(2, len(behind) + 1))

    def _is_cued(self, start: int, end: int) -> bool:
        before, behind = self._plain[:start].rstrip(" :,"), self._plain[end:].lstrip(" ")
        return before.endswith(_cues("before")) or behind.startswith(_cues("behind"))

    def _is_all(self, start: int, end: int) -> bool:
        """Whether the question is only this, words that carry no matter aside."""
        rest = self._plain[:start] + " " + self._plain[end:]
        for word in sorted(question_words()["empty"], key=len, reverse=True):
            rest = rest.replace(word, "")
        return not any(c.isalnum() for c in rest)


@cache
def _edges(side: str) -> frozenset[str]:
    return frozenset(question_words()["person"][f"signs_{side}"])


@cache
def _cues(side: str) -> tuple[str, ...]:
    return tuple(question_words()["person"][f"cues_{side}"])


@cache
def _ordinary() -> frozenset[str]:
    words = question_words()
    return frozenset([*vocabulary(), *wordings(), *words["empty"], *words["only"], *words["not_regions"]])


def _is_ordinary(word: str) -> bool:
    """Whether a word of our trade or of our tables."""
    return word in _ordinary() or is_region_word(word)


def _is_known(word: str) -> bool:
    """Whether a word may stand beside a name: of our tables, or of the segmenter's dictionary."""
    return _is_ordinary(word) or is_word(word)


def _is_han(character: str) -> bool:
    return _ONE_HAN.match(character) is not None


_ONE_HAN = re.compile(f"[{HAN}]")
