"""The port: whoever finds personal data, finds it like this."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
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
        self,
        texts: Sequence[str],
        known: Sequence[KnownValues] | None = None,
        groups: Sequence[Hashable] | None = None,
    ) -> list[list[Detection]]:
        """Return the detections of each text, sorted by start, without overlaps.

        Offsets are code points of the text as given. ``known`` and ``groups`` have one entry per text, or are
        None. Texts of equal group are pages of one document, in order: names that are sure on one page are
        looked for on all, and tables go on from page to page. Without groups every text is a document.

        Raises:
            ValueError: ``known`` or ``groups`` and ``texts`` differ in length.
        """
        ...
