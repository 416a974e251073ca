"""What opens the line of a place: asked for one place after another, in time linear in the text."""

from __future__ import annotations

import re

from models.privacy.grid import Span
from models.privacy.labels import kin_words

_VISIBLE = re.compile(r"\S")


class LineOpenings:
    """Whether a kin word and nothing else opens the line of a place; asked for places in order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = kin_words() | {"女"}
        self._longest = max(map(len, self._words))
        self._asked = 0
        self._first, self._next = self._opening(0)

    def _opening(self, line: int) -> Span:
        """Return where ``line`` has its first sign, and the first one that no kin word reaches."""
        first = self._visible(line)
        return first, self._visible(first + self._longest)

    def _visible(self, start: int) -> int:
        found = _VISIBLE.search(self._text, start)
        return found.start() if found else len(self._text)

    def is_kin(self, place: int) -> bool:
        line = self._text.rfind("\n", self._asked, place) + 1
        self._asked = place
        if line:
            self._first, self._next = self._opening(line)
        if self._next < place:
            return False
        return self._text[self._first : min(place, self._first + self._longest)].rstrip() in self._words
