"""From a template to a sentence: slots filled, then worn as typed text is worn."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

_SLOT = re.compile(r"\{(\w+)(\?)?\}")
_MAX_DEPTH = 6
_SPLIT_FROM = 6  # a shorter list is shared: half of three values would say nothing
_TYPOS = {"的": "得", "在": "再", "做": "作", "账": "帐", "吗": "嘛", "申": "伸", "象": "像", "辞": "词"}


def fill(
    template: str, slots: Mapping[str, Sequence[str]], rng: random.Random, *, held_out: bool | None = None
) -> str:
    """Return ``template`` with its slots drawn by ``rng``.

    Args:
        template: ``{name}`` is drawn from ``slots``; ``{name?}`` is left out half of the time.
        slots: values may name further slots.
        rng: the only source of chance.
        held_out: True draws only from the third of each long list kept for calibration, False only
            from the rest, None from all of it.

    Raises:
        KeyError: the template names a slot that nobody knows.
        RecursionError: slots that name each other.
    """

    def drawn(found: re.Match[str]) -> str:
        values = slots[found.group(1)]
        if found.group(2) and rng.random() < 0.5:
            return ""
        return rng.choice(_part_of(values, held_out))

    text = template
    for _ in range(_MAX_DEPTH):
        if "{" not in text:
            return text
        text = _SLOT.sub(drawn, text)
    raise RecursionError(f"slots do not end: {template}")


def is_held_out(value: str, share: float) -> bool:
    """Say whether a template or slot value belongs to the calibration part, from its text alone."""
    return int.from_bytes(sha256(value.encode()).digest()[:8]) / 2**64 < share


def _part_of(values: Sequence[str], held_out: bool | None) -> Sequence[str]:
    if held_out is None or len(values) < _SPLIT_FROM:
        return values
    return [value for value in values if is_held_out(value, 1 / 3) is held_out] or values


def typed(text: str, rng: random.Random) -> str:
    """Return ``text`` as somebody in a hurry might type it: a typo, lost or changed punctuation, spaces."""
    chance = rng.random()
    if chance < 0.08:
        return re.sub(r"[，。？！、]", " ", text).strip()
    if chance < 0.16:
        return re.sub(r"[，。？！]", "", text)
    if chance < 0.22:
        return text.replace("，", ",").replace("？", "?")
    if chance < 0.28:
        places = [i for i, char in enumerate(text) if char in _TYPOS]
        if places:
            at = rng.choice(places)
            return text[:at] + _TYPOS[text[at]] + text[at + 1 :]
    return text
