"""Texts written by hand with their personal data marked in place.

A file holds texts one after another. A text begins with a line ``=== id form`` and goes on to the next such
line; a value is marked ``{{KIND:value}}``, KIND a `DetectionKind`, and may hold line ends, blanks, colons::

    === t-001 letter
    {{PERSON:王  强}}同志：你的卡号{{BANK_CARD:6222 …}}已登记。

``python -m training.privacy_texts.marked FILE…`` checks files and counts what they hold.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from models.privacy.detections import DetectionKind
from training.synthetic.markup import Piece, Span, spans_of, text_of

_HEAD = re.compile(r"^=== (?P<id>\S+) (?P<form>\S+)[ \t]*\n", re.MULTILINE)
_MARK = re.compile(r"\{\{(?P<kind>[A-Z_]+):(?P<value>.+?)\}\}", re.DOTALL)
_NUMBER = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")


@dataclass(frozen=True, slots=True)
class MarkedText:
    """One text in pieces; ``form`` is the writer's word for what it is (letter, roster, none …)."""

    text_id: str
    form: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return text_of(self.pieces)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Half-open spans of code points, in order."""
        return spans_of(self.pieces)


def parse(source: str) -> Iterator[MarkedText]:
    """Yield the texts of a file's content.

    Raises:
        ValueError: something stands before the first head, a mark is broken, empty or of an unknown kind,
            or a value has blanks at its ends. The message names the text.
    """
    heads = list(_HEAD.finditer(source))
    if source[: heads[0].start() if heads else len(source)].strip():
        raise ValueError("text before the first head line")
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = source[head.end() : following.start() if following else len(source)]
        try:
            yield MarkedText(head["id"], head["form"], tuple(_pieces(body.strip("\n"))))
        except ValueError as error:
            raise ValueError(f"{head['id']}: {error}") from error


def _pieces(body: str) -> Iterator[Piece]:
    last = 0
    for match in _MARK.finditer(body):
        yield from _plain(body[last : match.start()])
        value = match["value"]
        if value != value.strip() or "{{" in value:
            raise ValueError(f"a bad mark of kind {match['kind']}")
        yield value, DetectionKind(match["kind"])
        last = match.end()
    yield from _plain(body[last:])


def _plain(text: str) -> Iterator[Piece]:
    if "{{" in text or "}}" in text:
        raise ValueError("a broken mark")
    if text:
        yield text, None


@cache
def _counties() -> frozenset[str]:
    table = (files("models") / "reference" / "regions.tsv").read_text("utf-8")
    return frozenset(re.findall(r"(?m)^(\d{6})\b", table))


def faults(texts: Sequence[MarkedText]) -> list[str]:
    """Return what is wrong with texts that parsed: repeated ids, numbers that may be somebody's."""
    ids = Counter(text.text_id for text in texts)
    found = [f"{text_id}: id used {count} times" for text_id, count in ids.items() if count > 1]
    return found + [
        f"{text.text_id}: an identity number of an assigned county"
        for text in texts
        if any(number[:6] in _counties() for number in _NUMBER.findall(text.text))
    ]


def main(paths: Sequence[str]) -> int:
    """Write faults and counts of files to standard output; return how many faults there were."""
    count = 0
    for path in paths:
        try:
            texts = list(parse(Path(path).read_text("utf-8")))
        except ValueError as error:
            wrong, told = [str(error)], []
        else:
            wrong, told = faults(texts), [_counted(texts)]
        count += len(wrong)
        sys.stdout.writelines(f"{path}: {line}\n" for line in (*wrong, *told))
    return count


def _counted(texts: Sequence[MarkedText]) -> str:
    kinds = Counter(kind.value for text in texts for _, _, kind in text.spans)
    forms = Counter(text.form for text in texts)
    return f"{len(texts)} texts, {sum(len(t.text) for t in texts)} characters, {dict(kinds)}, {dict(forms)}"


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
