"""The classifier that serves: the promoted version, wherever it is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

from indexer.classifiers import ClassifierVersions
from models.classification.results import Classification, Classifier


class ServedClassifier:
    """A `Classifier` that follows promotions, also those of another process, at the next call."""

    def __init__(self, versions: ClassifierVersions, load: Callable[[Path], Classifier]) -> None:
        self._versions = versions
        self._load = load
        self._lock = Lock()
        self._held: tuple[str, Classifier] | None = None

    @property
    def artifact(self) -> str:
        return self._current().artifact

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        return self._current().classify(texts)

    def _current(self) -> Classifier:
        wanted = self._versions.promoted()
        with self._lock:
            if self._held is None or self._held[0] != wanted:
                self._held = wanted, self._load(self._versions.folder_of(wanted))
            return self._held[1]
