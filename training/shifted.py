"""The same texts on a bad day: misread by a scanner, without the insurance's name, or only talk."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from training.dataset import Example, Source

_ALIKE = dict(
    zip(
        "己已未末土士人入日曰大太天夭千干白自目且刀力贝见儿几工王",
        "已己末未士土入人曰日太大夭天干千自白且目力刀见贝几儿土玉",
        strict=True,
    )
)
_MISREAD, _LOST, _SPLIT = 0.5, 0.02, 0.02
_NAMES = re.compile(
    "基本养老保险|养老保险|养老金|养老|基本医疗保险|医疗保险|医保|医疗|失业保险金|失业保险|失业金|失业|"
    "工伤保险|工伤|生育保险|生育津贴|生育|社会保险|社会保障|社保|五险"
)
_LEFT = 4
"""Fewer characters than this say nothing any more."""


def misread(text: str, rng: random.Random) -> str:
    """Return ``text`` as optical recognition may give it: like characters, lost ones, stray blanks."""
    made = []
    for char in text:
        chance = rng.random()
        if chance < _LOST:
            continue
        seen = _ALIKE[char] if char in _ALIKE and rng.random() < _MISREAD else char
        made.append(seen + " " if chance > 1 - _SPLIT else seen)
    return "".join(made)


def unnamed(text: str) -> str:
    """Return ``text`` without the names of insurances and what carries them."""
    return _NAMES.sub("", text)


def taught(examples: Sequence[Example], unnamed_share: float, measured_share: float) -> list[Example]:
    """Return the examples that are not held out, and shares of them once more unnamed.

    A clerk's words seldom name an insurance; where texts nearly all do, the name is learnt and little else,
    and prediction sets made from them leave the right label out of texts without it. ``unnamed_share`` of
    them teach once more; up to ``measured_share`` they take part in the prediction sets alone: more
    to learn from such rags costs more on whole texts than it gains. Which come again is in their text.
    """
    kept = [e for e in examples if not e.held_out]
    named = {e.text for e in kept}
    again = []
    for example in kept:
        share, text = _drawn(example.text), unnamed(example.text).strip()
        if share < max(unnamed_share, measured_share) and len(text) >= _LEFT and text not in named:
            again.append(replace(example, text=text, measured_only=share >= unnamed_share))
    return kept + again


def _drawn(text: str) -> float:
    """Return a number of [0, 1) that a text always has."""
    return int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:8]) / 2**64


def shifted(examples: Sequence[Example], seed: int) -> Mapping[str, list[Example]]:
    """Return the examples under each shift, by its name; none of ours stays what it was."""
    rng = random.Random(seed)
    ways: dict[str, Callable[[str], str]] = {"misread": lambda text: misread(text, rng), "unnamed": unnamed}
    made = {
        name: [replace(e, text=text) for e in examples if len(text := way(e.text).strip()) >= _LEFT]
        for name, way in ways.items()
    }
    talk = {"question", "narrative"}
    made["colloquial"] = [e for e in examples if e.source is Source.WRITTEN and e.kind in talk]
    return made
