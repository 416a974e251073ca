"""Our own sequence model: names, birth dates, addresses and diagnoses by what stands around and in them.

It reads characters, pairs of characters, the word tags of LAC and the label a character stands under, and
runs under onnxruntime. It is there for what rules and the name model miss; trained on generated text and
statutes only (see the model card beside the weights).
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from models.artifacts import Manifest, verify
from models.errors import ArtifactTampered, ModelUnavailable
from models.privacy.detections import Detection, DetectionKind
from models.privacy.lac import WordTags
from models.privacy.layout import Reading
from models.privacy.name_table import HAN, is_name_like
from models.privacy.sequence_features import Alphabet, Features
from models.privacy.sequence_tags import TAGS, Guess, Probabilities, guesses

KIND = "privacy-sequence"
MODEL_FILE, ALPHABET_FILE = "model.onnx", "alphabet.txt"
RECOGNIZER = "sequence"
_AT_ONCE = 4096
_REACH = 72
"""Characters on either side that the network looks at: windows overlap by as much."""
LEAST = {
    DetectionKind.PERSON: 0.88,
    DetectionKind.BIRTH_DATE: 0.75,
    DetectionKind.ADDRESS: 0.80,
    DetectionKind.DIAGNOSIS: 0.96,
}
"""Least probability of a span to become a detection; chosen on the development half."""
_CHINESE_NAME = re.compile(rf"[{HAN}](?:[ \t\r\n·.]{{0,4}}[{HAN}]){{1,14}}")
_FOREIGN_NAME = re.compile(r"[^\W\d_]+(?:[ ,.'’\-]{1,2}[^\W\d_]+){1,5}\.?")
_LOWEST_SCORE, _HIGHEST_SCORE = 0.62, 0.84


class SequenceTagger:
    """The model of one verified folder. Build with `load`."""

    def __init__(self, session: Any, alphabet: Alphabet, manifest: Manifest) -> None:
        self._session = session
        self._alphabet = alphabet
        self.version = manifest.version

    @classmethod
    def load(cls, folder: Path | None = None, threads: int = 1) -> SequenceTagger:
        """Load the shipped model or the one in ``folder``, after its files were checked.

        Raises:
            ArtifactTampered: a file is missing or differs from the manifest, or it is another kind of model.
            ModelUnavailable: there is no such folder, or onnxruntime is missing.
        """
        folder = folder or Path(str(files("models"))) / "weights" / "privacy-sequence-v1"
        if not folder.is_dir():
            raise ModelUnavailable("个人信息序列模型不存在")
        manifest = verify(folder)
        if manifest.kind != KIND:
            raise ArtifactTampered(f"{folder.name} 不是个人信息序列模型")
        try:
            import onnxruntime as ort

            options = ort.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            session = ort.InferenceSession(
                str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
            )
        except (ImportError, RuntimeError) as error:
            raise ModelUnavailable("个人信息序列模型无法加载") from error
        return cls(session, Alphabet((folder / ALPHABET_FILE).read_bytes().decode("utf-8")), manifest)

    def detect(self, reading: Reading, words: WordTags) -> list[Detection]:
        """Return the detections of a reading, in order; ``words`` has one tag for each character."""
        return [
            Detection(guess.start, guess.end, guess.kind, _score(guess), RECOGNIZER, ("model",))
            for guess in self.guesses(reading, words)
            if guess.probability >= LEAST[guess.kind] and _has_shape(reading.text, guess)
        ]

    def guesses(self, reading: Reading, words: WordTags) -> list[Guess]:
        """Return every span of the likeliest path, however doubtful."""
        features = self._alphabet.features(reading, words)
        return guesses(self._probabilities(features))

    def _probabilities(self, features: Features) -> Probabilities:
        length = len(features.characters)
        out = np.zeros((length, TAGS), dtype=np.float32)
        for start in range(0, length, _AT_ONCE):
            end = min(length, start + _AT_ONCE)
            first, last = max(0, start - _REACH), min(length, end + _REACH)
            part = features.part(first, last)
            feed = {
                "characters": part.characters[None],
                "pairs": part.pairs[None],
                "words": part.words[None],
                "labels": part.labels[None],
            }
            (made,) = self._session.run(["probabilities"], feed)
            out[start:end] = made[0, start - first : end - first]
        return out


def _has_shape(text: str, guess: Guess) -> bool:
    """Whether a name looks like one (no marks or digits, more than one word unless Chinese); no offices."""
    value = text[guess.start : guess.end]
    if guess.kind is DetectionKind.ADDRESS:
        return not value.endswith(("委员会", "公司", "派出所"))
    if guess.kind is not DetectionKind.PERSON:
        return True
    if _FOREIGN_NAME.fullmatch(value):
        return True
    return _CHINESE_NAME.fullmatch(value) is not None and is_name_like(value)


def _score(guess: Guess) -> float:
    """Return a score above the thresholds of `resolution`, below that of a label or a full rule."""
    least = LEAST[guess.kind]
    share = (guess.probability - least) / (1 - least)
    return round(_LOWEST_SCORE + share * (_HIGHEST_SCORE - _LOWEST_SCORE), 3)
