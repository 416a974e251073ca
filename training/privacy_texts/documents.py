"""Whole made-up documents: blocks of the grammar, tables and statute carriers in any order, then damaged."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from training.privacy_texts.cast import Cast
from training.privacy_texts.damage import damaged
from training.privacy_texts.grammar import documents, expand
from training.privacy_texts.tables import form, names_only, roster
from training.synthetic.markup import Piece, Span, spans_of, text_of

_TABLES = (roster, roster, roster, form, form, names_only)
_SUBJECTS = (
    "劳动者",
    "职工",
    "当事人",
    "申请人",
    "被保险人",
    "公民",
    "受益人",
    "代理人",
    "工伤职工",
    "继承人",
    "监护人",
)
Example = tuple[str, tuple[Span, ...]]


def generate(count: int, seed: int, statutes: Sequence[str] = ()) -> Iterator[Example]:
    """Yield ``count`` made-up texts with their spans; text ``i`` depends on the seed and ``i`` alone.

    ``statutes`` are real sentences without personal data, some of which become carriers.
    """
    for index in range(count):
        yield compose(random.Random(f"privacy:{seed}:{index}"), statutes)


def compose(rng: random.Random, statutes: Sequence[str]) -> Example:
    """Return one text of one to four blocks."""
    cast = Cast(rng)
    pieces: list[Piece] = []
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
        draw = rng.random()
        if draw < 0.55:
            block = expand(rng.choice(documents()), cast.slot, rng)
        elif draw < 0.88 or not statutes:
            block = _table(cast)
        else:
            block = carried(rng.choice(statutes), cast)
        pieces += [("\n" * rng.choice((1, 1, 2)), None)] if pieces else []
        pieces += block
    return _example(damaged(_joined(pieces), rng))


def carried(statute: str, cast: Cast) -> list[Piece]:
    """Return a sentence of a statute in which a made-up person takes the place of the subject."""
    rng = cast.rng
    for word in rng.sample(_SUBJECTS, len(_SUBJECTS)):
        head, found, tail = statute.partition(word)
        if found:
            keep = word if rng.random() < 0.5 and len(word) > 2 else ""
            return [(head + keep, None), cast.slot("n1"), (tail, None)]
    return [(statute, None)]


def _table(cast: Cast) -> list[Piece]:
    rng = cast.rng
    block = rng.choice(_TABLES)(cast)
    if rng.random() < 0.4:
        block = [*expand("head", cast.slot, rng), ("\n", None), *block]
    if rng.random() < 0.5:
        block = [*block, ("\n", None), *expand("sign", cast.slot, rng)]
    return block


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Merge neighbouring pieces of ordinary text, so that damage sees labels whole."""
    out: list[Piece] = []
    for text, kind in pieces:
        if kind is None and out and out[-1][1] is None:
            out[-1] = (out[-1][0] + text, None)
        elif text:
            out.append((text, kind))
    return out


def _example(pieces: Sequence[Piece]) -> Example:
    return text_of(pieces), tuple(span for span in spans_of(pieces) if span[0] < span[1])
