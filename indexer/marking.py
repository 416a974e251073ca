"""Which words of a question stand in a shown text: offsets, never markup.

Marks are made on the rendition that is shown, so they can tell nothing that it does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from indexer.lexical.terms import terms_of
from indexer.understanding.words import is_filler
from models.text.normalisation import normalise

_HIDDEN = re.compile(r"〔[^〔〕0-9]{1,12}〕|[*＊]+")
_SMALL = frozenset("的了是在和与或及有我你他她们这那个哪请把被给对为以就都也还要来去")
_TERMS_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Span:
    """Code points of the shown text, half-open."""

    start: int
    end: int


def marking_terms(query: str) -> tuple[str, ...]:
    """Return the words and pairs of characters of a question that are worth marking."""
    terms = terms_of(query)
    words = [word for word in terms.words if len(word) > 1 and not is_filler(word)]
    pairs = [pair for pair in terms.bigrams if len(pair) > 1 and not _SMALL & set(pair)]
    return tuple(dict.fromkeys([*words, *pairs]))[:_TERMS_AT_MOST]


def marks_in(text: str, terms: Iterable[str]) -> tuple[Span, ...]:
    """Return where terms stand in ``text``, in text order; what overlaps or touches is one."""
    plain = "".join(_lower(c) for c in normalise(text))
    plain = _HIDDEN.sub(lambda match: "\x00" * len(match.group()), plain)
    covered = [False] * (len(plain) + 1)
    for term in terms:
        start = plain.find(term)
        while start >= 0:
            covered[start : start + len(term)] = [True] * len(term)
            start = plain.find(term, start + 1)
    edges = [i + 1 for i, (a, b) in enumerate(pairwise([*covered])) if a != b]
    edges = [0, *edges] if covered[0] else edges
    return tuple(Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True))


def words_marked(*shown: tuple[str, tuple[Span, ...]]) -> tuple[str, ...]:
    """Return the distinct marked words of shown texts, in order of first mark, at most twelve."""
    found = (text[span.start : span.end] for text, spans in shown for span in spans)
    return tuple(dict.fromkeys(found))[:12]


def _lower(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character
