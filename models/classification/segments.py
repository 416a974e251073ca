"""Cuts a long text into pieces an encoder can read whole."""

from __future__ import annotations

from models.text.segmentation import sentences

SEGMENT_CHARACTERS = 320


def segments_of(text: str, limit: int = SEGMENT_CHARACTERS) -> list[str]:
    """Return consecutive pieces of whole sentences, at most ``limit`` code points each; no blank ones."""
    pieces: list[str] = []
    start = end = 0
    for sentence_start, sentence_end in sentences(text, limit):
        if sentence_end - start > limit:
            pieces.append(text[start:end])
            start = sentence_start
        end = sentence_end
    pieces.append(text[start:end])
    return [piece for piece in pieces if piece.strip()]


def spread(pieces: list[str], count: int) -> list[str]:
    """Return at most ``count`` pieces, evenly spaced, the first and the last among them."""
    if len(pieces) <= count:
        return pieces
    if count == 1:
        return pieces[:1]
    step = (len(pieces) - 1) / (count - 1)
    return [pieces[round(number * step)] for number in range(count)]
