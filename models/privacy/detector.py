"""The port: whoever finds personal data, finds it like this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.privacy.detections import Detection


@dataclass(frozen=True, slots=True)
class KnownValues:
    """What the catalogue already knows of a document: every occurrence is detected with score 1.0.

    ``names`` persons, ``id_numbers`` resident IDs, ``other`` any other personal value. Never shown in a repr.
    """

    names: tuple[str, ...] = field(default=(), repr=False)
    id_numbers: tuple[str, ...] = field(default=(), repr=False)
    other: tuple[str, ...] = field(default=(), repr=False)


class PersonalDataDetector(Protocol):
    """Finds personal data in texts of any length and content; never fails on a text."""

    @property
    def degraded(self) -> bool:
        """Whether a part is missing (no name model): documents must then be reported as such."""
        ...

    @property
    def version(self) -> str:
        """Engine, rules and models, for reports; changes whenever detections may change."""
        ...

    def detect(
        self, texts: Sequence[str], known: Sequence[KnownValues] | None = None
    ) -> list[list[Detection]]:
        """Return the detections of each text, sorted by start, without overlaps.

        Offsets are code points of the text as given. ``known`` has one entry per text, or is None.

        Raises:
            ValueError: ``known`` and ``texts`` differ in length.
        """
        ...
