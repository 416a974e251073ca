"""What recognition does to a text: blanks inside values, look-alike characters in the words around them."""

from __future__ import annotations

import random

from training.synthetic.markup import Piece, Pieces

_LOOK_ALIKE = str.maketrans("已未日人本：，0", "己末曰入木:,O")
_TABLE_MARKS = frozenset("|\t\n")


def worn(pieces: Pieces, rng: random.Random) -> Pieces:
    """Return the page as a poor scan would read it; spans keep covering their values.

    Digits of values stay right; only blanks come between them. Line ends and table marks stay.
    """
    return tuple(_worn_piece(piece, rng) for piece in pieces)


def _worn_piece(piece: Piece, rng: random.Random) -> Piece:
    text, kind = piece
    if kind is not None:
        if len(text) < 3 or rng.random() > 0.3:
            return piece
        at = rng.randrange(1, len(text))
        return (f"{text[:at]} {text[at:]}".replace("  ", " "), kind)
    return ("".join(_worn_character(c, rng) for c in text), None)


def _worn_character(character: str, rng: random.Random) -> str:
    if character in _TABLE_MARKS or character == " ":
        return character
    draw = rng.random()
    if draw < 0.12:
        return character.translate(_LOOK_ALIKE)
    if draw < 0.135:
        return character + rng.choice((" ", " ", "·", "'"))
    return "" if draw < 0.14 else character
