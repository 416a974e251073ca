"""Hand-written texts as training material: the same context again and again with other people in it.

Contexts, layouts and turns of phrase stay as they were written; names, dates, places, diseases and numbers
are exchanged (`training.privacy_texts.exchange`), some lines are cut out, some damage is done.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from models.privacy.detections import DetectionKind as Kind
from training.privacy_texts.damage import damaged
from training.privacy_texts.documents import Example
from training.privacy_texts.exchange import Exchange
from training.privacy_texts.marked import MarkedText, parse
from training.synthetic.markup import Piece, spans_of, text_of

NOBODY = "none"
"""Form of the texts without personal data."""
_KEPT = 0.12
_CROPPED = 0.45
_MIN_LINES = 4


@cache
def written_texts(only: tuple[str, ...] = ()) -> tuple[MarkedText, ...]:
    """Return the texts of the ``written`` folder, or of its files ``only``, in the order of file names.

    Raises:
        ValueError: a file does not parse; the message names the text.
    """
    folder = files("training.privacy_texts") / "written"
    entries = sorted((e for e in folder.iterdir() if e.name.endswith(".txt")), key=lambda entry: entry.name)
    wanted = (entry for entry in entries if not only or entry.name.removesuffix(".txt") in only)
    return tuple(text for entry in wanted for text in parse(entry.read_text("utf-8")))


def multiplied(texts: Sequence[MarkedText], count: int, seed: int) -> Iterator[Example]:
    """Yield ``count`` variants of texts in turn; variant ``i`` depends on ``seed`` and ``i`` alone."""
    diseases = sorted({v for text in texts for v, kind in text.pieces if kind is Kind.DIAGNOSIS})
    for index in range(count):
        rng = random.Random(f"written:{seed}:{index}")
        pieces = variant(texts[index % len(texts)], diseases, rng)
        yield text_of(pieces), tuple(span for span in spans_of(pieces) if span[0] < span[1])


def variant(text: MarkedText, diseases: Sequence[str], rng: random.Random) -> list[Piece]:
    """Return one variant of a text; ``diseases`` are names that may stand in for its own."""
    pieces = list(text.pieces)
    if text.form != NOBODY and rng.random() >= _KEPT:
        exchange = Exchange(pieces, diseases, rng)
        pieces = [(exchange.value(value, kind), kind) if kind else (value, kind) for value, kind in pieces]
    if rng.random() < _CROPPED:
        pieces = cropped(pieces, rng)
    return damaged(pieces, rng)


def cropped(pieces: Sequence[Piece], rng: random.Random) -> list[Piece]:
    """Return some lines that follow one another, values whole; a short text stays as it is."""
    rows: list[list[Piece]] = [[]]
    for text, kind in pieces:
        first, *rest = [text] if kind else text.split("\n")
        rows[-1].append((first, kind))
        rows.extend([(line, None)] for line in rest)
    if len(rows) < _MIN_LINES:
        return list(pieces)
    size = rng.randint(1, len(rows) - 1)
    start = rng.randint(0, len(rows) - size)
    out: list[Piece] = []
    for i, row in enumerate(rows[start : start + size]):
        out += [("\n", None)] if i else []
        out += row
    return [piece for piece in out if piece[0]]
