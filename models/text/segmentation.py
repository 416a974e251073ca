"""Cutting text: sentences for sequence models, words and bigrams for search."""

from __future__ import annotations

import re

_END = re.compile(r"[。！？；!?;\n\r]+")
_SOFT = "，,、：: \t"
_TOKEN = re.compile(r"[0-9A-Za-z]+|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


def sentences(text: str, limit: int = 200) -> list[tuple[int, int]]:
    """Return half-open spans of at most ``limit`` code points that cover ``text`` without gaps.

    A span ends after 。！？； or a line break; a longer one is cut after its last comma or blank in the
    second half, else at ``limit``.

    Raises:
        ValueError: ``limit`` is below 1.
    """
    if limit < 1:
        raise ValueError("limit must be at least 1")
    spans: list[tuple[int, int]] = []
    start = 0
    for mark in _END.finditer(text):
        spans.extend(_pieces(text, start, mark.end(), limit))
        start = mark.end()
    spans.extend(_pieces(text, start, len(text), limit))
    return spans


def _pieces(text: str, start: int, end: int, limit: int) -> list[tuple[int, int]]:
    pieces = []
    while end - start > limit:
        soft = max(text.rfind(mark, start + limit // 2, start + limit) for mark in _SOFT)
        cut = soft + 1 if soft >= 0 else start + limit
        pieces.append((start, cut))
        start = cut
    if start < end:
        pieces.append((start, end))
    return pieces


def words(text: str) -> list[str]:
    """Return the words of ``text`` in order, blanks left out (dictionary + HMM segmentation)."""
    import rjieba

    # The segmenter takes UTF-8 only; half of a surrogate pair is no word anyway.
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return [word for word in rjieba.cut(clean) if not word.isspace()]


def is_word(text: str) -> bool:
    """Whether the segmenter's dictionary has ``text`` as one word."""
    import rjieba

    return bool(rjieba.has_word(text))


def bigrams(text: str) -> list[str]:
    """Return overlapping pairs over each run of Han characters, and runs of ASCII letters and digits whole.

    A single Han character between other signs stands for itself; ASCII is lower-cased.
    """
    tokens: list[str] = []
    for match in _TOKEN.finditer(text):
        run = match.group()
        if run[0].isascii():
            tokens.append(run.lower())
        elif len(run) == 1:
            tokens.append(run)
        else:
            tokens.extend(run[i : i + 2] for i in range(len(run) - 1))
    return tokens
