"""What the sequence model found, weighed against what the rules and the name model found."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from models.privacy.detections import Detection, DetectionKind
from models.privacy.resolution import CATALOGUE, DIVISIBLE, SEQUENCE, THRESHOLDS
from models.privacy.sequence_tags import NUMBERS, WORDS

_AGREEMENT = 0.1
_SUREST = 0.99
_WIDER = 0.001
_SURE_GUESS = 0.875
"""Score from which a guess of the sequence model is right in nine of ten cases where others cut a word
otherwise (on hand-written texts that it had not been trained on)."""


def agreed(candidates: Sequence[Detection]) -> list[Detection]:
    """Return the candidates, what the sequence model found weighed against the others.

    Others are surer where it found the very same span and kind. Where it is sure of itself, what others say
    of those characters in words falls away (`_outdone`). Less sure, it keeps what nobody else found, gives
    way to the rules where they know how far a diagnosis goes, and takes over an address it makes longer.
    """
    guesses = [d for d in candidates if d.recognizer == SEQUENCE]
    sure = _Rivals(d for d in guesses if d.score >= _SURE_GUESS)
    seen = {(d.start, d.end, d.kind) for d in guesses}
    others = [d for d in candidates if d.recognizer != SEQUENCE and not _outdone(d, sure, seen)]
    weighed = [
        replace(d, score=max(d.score, min(_SUREST, d.score + _AGREEMENT)), evidence=(*d.evidence, SEQUENCE))
        if (d.start, d.end, d.kind) in seen
        else d
        for d in others
    ]
    rivals = {
        kind: _Rivals(d for d in others if d.kind is kind and d.score >= THRESHOLDS[kind])
        for kind in DIVISIBLE
    }
    for guess in guesses:
        met = rivals[guess.kind].meeting(guess) if guess.kind in rivals else []
        weighed.extend(_beside(guess, met))
    return weighed


def _outdone(found: Detection, sure: _Rivals, seen: Collection[tuple[int, int, DetectionKind]]) -> bool:
    """Whether a guess the model is sure of stands in the place of a detection, cut or named otherwise.

    Words only: numbers have their checks. But a number that merely passes Luhn may be a resident ID misread,
    and a diagnosis that a guess would cut short stays.
    """
    if found.recognizer == CATALOGUE or (found.start, found.end, found.kind) in seen:
        return False
    for guess in sure.meeting(found):
        if guess.kind in NUMBERS:
            if guess.kind is DetectionKind.RESIDENT_ID and found.kind is DetectionKind.BANK_CARD:
                return True
        elif found.kind in WORDS and not (
            found.kind is guess.kind is DetectionKind.DIAGNOSIS
            and found.start <= guess.start
            and guess.end <= found.end
        ):
            return True
    return False


class _Rivals:
    """Detections that may overlap one another, asked for those that meet a span."""

    def __init__(self, detections: Iterable[Detection]) -> None:
        self._sorted = sorted(detections)
        self._starts = [d.start for d in self._sorted]
        # How far the detections up to each one reach: behind that nothing earlier meets a span.
        self._reach = list(accumulate((d.end for d in self._sorted), max))

    def meeting(self, span: Detection) -> list[Detection]:
        i = bisect_left(self._starts, span.end)
        met = []
        while i > 0 and self._reach[i - 1] > span.start:
            i -= 1
            if self._sorted[i].end > span.start:
                met.append(self._sorted[i])
        return met


def _beside(guess: Detection, met: Sequence[Detection]) -> Iterator[Detection]:
    """Yield what remains of a guess of the sequence model beside the rules' detections ``met``."""
    if not met:
        yield guess
    elif guess.kind is DetectionKind.ADDRESS and all(
        guess.start <= d.start and d.end <= guess.end for d in met
    ):
        yield replace(guess, score=max(guess.score, *(d.score + _WIDER for d in met)))
