"""Our own sequence model: every kind of personal data by what stands around and in it.

It reads words and parts of words through the first layers of a language model, and characters, pairs of
characters, the word tags of LAC and the label a character stands under through convolutions, all under
onnxruntime. It is there for what rules and the name model miss (see the model cards beside the weights).

A short text has little around its values to tell them by: it is read by a second, deeper network as well,
and what both say counts half. Longer texts gain by that too, but at several times the time (docs/privacy.md),
so for them it is a choice: thorough reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np

from models.privacy.detections import Detection
from models.privacy.lac import WordTags
from models.privacy.layout import Reading
from models.privacy.sequence_network import SequenceNetwork
from models.privacy.sequence_opinion import GROUPS, Opinion, beliefs_of
from models.privacy.sequence_shapes import shaped
from models.privacy.sequence_tags import Guess, Probabilities, guesses

NAME, SHORT_NAME = "privacy-sequence-v4", "privacy-short-v1"
"""The network that reads everything, and the one that reads short texts besides."""
RECOGNIZER = "sequence"
SHORT = 112
"""Most characters of a short text: the windows that its network learnt from."""
LEAST = 0.4
"""Least probability of a span to become a detection; chosen on the development texts, recall first."""
_LOWEST_SCORE, _HIGHEST_SCORE = 0.6, 0.9


class SequenceTagger:
    """The two networks, or one alone. Build with `load`."""

    def __init__(
        self, network: SequenceNetwork, second: SequenceNetwork | None, *, thorough: bool = False
    ) -> None:
        """``second`` reads short texts besides, or all if ``thorough``."""
        self._network = network
        self._second = second
        self._thorough = thorough

    @classmethod
    def load(cls, folder: Path | None = None, threads: int = 1, *, thorough: bool = False) -> SequenceTagger:
        """Load the shipped networks, or the one in ``folder`` to read texts of any length alone.

        Raises:
            ArtifactTampered: a file is missing or differs from the manifest, or it is another kind of model.
            ModelUnavailable: there is no such folder, or onnxruntime is missing.
        """
        if folder is not None:
            return cls(SequenceNetwork.load(folder, threads), None)
        weights = Path(str(files("models"))) / "weights"
        both = (SequenceNetwork.load(weights / name, threads) for name in (NAME, SHORT_NAME))
        return cls(*both, thorough=thorough)

    @property
    def version(self) -> str:
        """Names of the networks, and whether both read everything."""
        names = [network.version for network in (self._network, self._second) if network]
        return "+".join([*names, *(["thorough"] if self._thorough else [])])

    def opinion(self, reading: Reading, words: WordTags) -> Opinion:
        """Return what the model says of a reading; ``words`` has one tag for each character."""
        beliefs = np.empty((GROUPS, len(reading.text)), dtype=np.uint8)
        found: list[Detection] = []
        for start, made in self._blocks(reading, words):
            beliefs[:, start : start + len(made)] = beliefs_of(made)
            found.extend(_detections(reading.text, start, made))
        return Opinion(found, beliefs)

    def detect(self, reading: Reading, words: WordTags) -> list[Detection]:
        """Return the detections of a reading, in order; ``words`` has one tag for each character."""
        return list(self.opinion(reading, words).detections)

    def guesses(self, reading: Reading, words: WordTags) -> list[Guess]:
        """Return every span of the likeliest path, however doubtful."""
        return [
            replace(guess, start=start + guess.start, end=start + guess.end)
            for start, made in self._blocks(reading, words)
            for guess in guesses(made)
        ]

    def _blocks(self, reading: Reading, words: WordTags) -> Iterator[tuple[int, Probabilities]]:
        read = self._network.blocks(reading, words)
        if self._second is None or (len(reading.text) > SHORT and not self._thorough):
            yield from read
            return
        for (start, made), (_, other) in zip(read, self._second.blocks(reading, words), strict=True):
            yield start, mean_of(made, other)


def mean_of(one: Probabilities, other: Probabilities) -> Probabilities:
    """Return the mean of what two networks say of the same characters."""
    made: Probabilities = (one + other) * np.float32(0.5)
    return made


def _detections(text: str, start: int, probabilities: Probabilities) -> Iterator[Detection]:
    for guess in guesses(probabilities):
        if guess.probability < LEAST:
            continue
        found = shaped(text, replace(guess, start=start + guess.start, end=start + guess.end))
        if found is not None:
            yield Detection(found.start, found.end, found.kind, _score(found), RECOGNIZER, ("model",))


def _score(guess: Guess) -> float:
    """Return a score from the thresholds of `resolution` up to that of a label or a full rule."""
    share = (guess.probability - LEAST) / (1 - LEAST)
    return round(_LOWEST_SCORE + share * (_HIGHEST_SCORE - _LOWEST_SCORE), 3)
