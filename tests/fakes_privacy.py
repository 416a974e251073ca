"""A working `PersonalDataDetector` without models: 18-digit numbers, mobile numbers and known values."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence

from models.privacy.checksums import is_resident_id
from models.privacy.detections import Detection, DetectionKind
from models.privacy.detector import KnownValues
from models.text.normalisation import normalise

_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])", re.ASCII)
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII)
_LABELLED = re.compile(r"(?<=姓名:)[\u4e00-\u9fff]{2,4}")


class FakeDetector:
    """Finds resident numbers by form, names behind 姓名：, and whatever the catalogue already knows."""

    degraded = False
    version = "fake-detector-1"

    def detect(
        self,
        texts: Sequence[str],
        known: Sequence[KnownValues] | None = None,
        groups: Sequence[Hashable] | None = None,  # noqa: ARG002
    ) -> list[list[Detection]]:
        values = [KnownValues()] * len(texts) if known is None else known
        return [_apart(_found(text, known)) for text, known in zip(texts, values, strict=True)]


def _found(text: str, known: KnownValues) -> Iterator[Detection]:
    plain = normalise(text)
    for match in _NUMBER.finditer(plain):
        score = 0.99 if is_resident_id(match.group()) else 0.6
        yield Detection(*match.span(), DetectionKind.RESIDENT_ID, score, "number")
    for match in _PHONE.finditer(plain):
        yield Detection(*match.span(), DetectionKind.PHONE, 0.8, "phone")
    for match in _LABELLED.finditer(plain):
        yield Detection(*match.span(), DetectionKind.PERSON, 0.9, "label", ("姓名",))
    for kind, words in (
        (DetectionKind.PERSON, known.names),
        (DetectionKind.RESIDENT_ID, known.id_numbers),
        (DetectionKind.OTHER_CERT, known.other),
    ):
        for word in filter(None, words):
            for match in re.finditer(re.escape(normalise(word)), plain):
                yield Detection(*match.span(), kind, 1.0, "catalogue")


def _apart(found: Iterator[Detection]) -> list[Detection]:
    """Keep the earliest and longest of what overlaps."""
    kept: list[Detection] = []
    for detection in sorted(found, key=lambda d: (d.start, -d.end, -d.score)):
        if not kept or detection.start >= kept[-1].end:
            kept.append(detection)
    return kept
