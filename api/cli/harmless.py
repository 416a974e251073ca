"""A stream that a terminal can be trusted with: what others wrote is shown and never obeyed.

Names of files, titles and passages come from outside. A control sequence in one could rewrite what an
operator reads, set the clipboard or the title of the window; marks of direction (Unicode UAX 9) could turn
the end of a name in front of its beginning. They are written as ``\\u001b``, which in JSON means the same.
"""

from __future__ import annotations

import re
from typing import TextIO, cast

_OBEYED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]|\r(?!\n)"
)


class Harmless:
    """Writes to ``stream`` without control characters but for line ends and tabs; all else is its own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(shown(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def shown(text: str) -> str:
    """Return ``text`` with control characters and marks of direction as escapes."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def harmless(stream: TextIO) -> TextIO:
    """Return the stream to print on in place of ``stream``."""
    return cast("TextIO", Harmless(stream))
