"""Did you mean: typing slips, pinyin and initials, set right against public words alone.

The words are those of `models/reference`. No document of the archive has a say, so no suggestion can
betray one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from indexer.understanding.words import wordings
from models.text.normalisation import normalise
from models.text.pinyin import syllables
from models.text.segmentation import is_word

_LATIN = re.compile(r"(?<![A-Za-z0-9-])[a-z]{2,40}(?![A-Za-z0-9-])")
_LONGEST, _AT_MOST = 8, 3
_HOMOPHONE_FROM, _SLIP_FROM = 2, 4
"""Characters of the shortest word set right by sound, and by all characters but one."""
_QUESTION_CHARACTERS = 60
"""Longer questions are descriptions, not slips of typing."""


@cache
def vocabulary() -> tuple[str, ...]:
    """Return the public words, the table's order first: official terms, then how people say them."""
    text = (files("models") / "reference" / "vocabulary.txt").read_text("utf-8")
    listed = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    said = [word for word, wording in wordings().items() if wording.kind is not None]
    return tuple(dict.fromkeys([*listed, *said]))


@cache
def _known() -> frozenset[str]:
    return frozenset(vocabulary()) | frozenset(wordings())


@dataclass(frozen=True, slots=True)
class _Spellings:
    by_sound: Mapping[tuple[str, ...], str]
    by_letters: Mapping[str, tuple[str, ...]]
    by_all_but_one: Mapping[tuple[int, str], str]


@cache
def _spellings() -> _Spellings:
    sound: dict[tuple[str, ...], str] = {}
    letters: defaultdict[str, list[str]] = defaultdict(list)
    slips: dict[tuple[int, str], str] = {}
    for word in vocabulary():
        if not 2 <= len(word) <= _LONGEST:
            continue
        said = syllables(word)
        sound.setdefault(tuple(said), word)
        for spelled in ("".join(s[0] for s in said), "".join(said)):
            letters[spelled].append(word)
        if len(word) >= _SLIP_FROM:
            for i in range(len(word)):
                slips.setdefault((i, word[:i] + word[i + 1 :]), word)
    return _Spellings(sound, {k: tuple(v) for k, v in letters.items()}, slips)


def words_spelled(letters: str) -> tuple[str, ...]:
    """Return the public words with this pinyin or these initials."""
    return _spellings().by_letters.get(letters.lower(), ())


def other_wordings(text: str) -> tuple[str, ...]:
    """Return at most three other wordings of a question, likeliest first; none for one that is well put."""
    plain = normalise(text)
    if len(plain) > _QUESTION_CHARACTERS:
        return ()
    spelled = [*_from_letters(plain.lower())]
    righted = _set_right(plain)
    return tuple(dict.fromkeys(w for w in [*spelled, righted] if w != plain))[:_AT_MOST]


def _from_letters(plain: str) -> Iterator[str]:
    for match in _LATIN.finditer(plain):
        for word in words_spelled(match.group()):
            yield plain[: match.start()] + word + plain[match.end() :]


def _set_right(plain: str) -> str:
    said = syllables(plain)
    if len(said) != len(plain):
        return plain
    known, made, start = _known(), [], 0
    while start < len(plain):
        for length in range(min(_LONGEST, len(plain) - start), 1, -1):
            word = plain[start : start + length]
            better = word if word in known else _better(word, tuple(said[start : start + length]))
            if better is not None:
                made.append(better)
                start += length
                break
        else:
            made.append(plain[start])
            start += 1
    return "".join(made)


def _better(word: str, said: tuple[str, ...]) -> str | None:
    """Return the public word that ``word`` is a slip of; a word of the language is none if short."""
    if any(c.isascii() for c in word) or (len(word) < 3 and is_word(word)):
        return None
    spellings = _spellings()
    if len(word) >= _HOMOPHONE_FROM and (meant := spellings.by_sound.get(said)) is not None:
        return meant
    if len(word) >= _SLIP_FROM and not is_word(word):
        slips = (spellings.by_all_but_one.get((i, word[:i] + word[i + 1 :])) for i in range(len(word)))
        return next((w for w in slips if w is not None and len(w) == len(word)), None)
    return None
