"""Searching long texts with patterns that are slow to begin: only where they can match at all."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Around:
    """The neighbourhoods of something that a pattern cannot match without and that is fast to find.

    Everything that a match takes or looks at must lie in the neighbourhood of one ``landmark``: ``before``
    characters before it and ``behind`` behind it. Then the matches are those of a search of the whole text.
    """

    landmark: re.Pattern[str]
    before: int
    behind: int = 0

    def matches(self, pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
        """Yield the matches of ``pattern``, left to right, without overlaps."""
        for start, end in self._neighbourhoods(text):
            yield from pattern.finditer(text, start, end)

    def _neighbourhoods(self, text: str) -> Iterator[tuple[int, int]]:
        start = end = -1
        for landmark in self.landmark.finditer(text):
            first = max(0, landmark.start() - self.before)
            if first > end:
                if end >= 0:
                    yield start, end
                start = first
            end = landmark.end() + self.behind
        if end >= 0:
            yield start, end


def any_of(words: Iterable[str]) -> str:
    """Return a pattern of any of ``words``, the longest that fits first; equal beginnings are read once."""
    rests: defaultdict[str, set[str]] = defaultdict(set)
    ends = False
    for word in words:
        if word:
            rests[word[0]].add(word[1:])
        else:
            ends = True
    branches = [
        re.escape(first) + (any_of(rest) if rest != {""} else "") for first, rest in sorted(rests.items())
    ]
    return f"(?:{'|'.join(branches)}){'?' if ends else ''}"


def matches_from(starts: re.Pattern[str], pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of ``pattern``, left to right, without overlaps.

    Each begins where ``starts`` matches, which takes one character. Worth it
    where a pattern begins with a condition on what stands before.
    """
    done = 0
    for start in starts.finditer(text):
        if start.start() >= done and (match := pattern.match(text, start.start())):
            done = match.end()
            yield match
