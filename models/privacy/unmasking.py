"""Which masked places of a rendition hold values of some kinds, and what may be read there.

A place is what masking hides as one: detections that overlap belong together. Of it only those characters
are shown that no hidden detection of another kind covers, so a name inside an address stays hidden when the
address is asked for, and an address around a name when the name is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby

from models.privacy.detections import Detection, DetectionKind
from models.privacy.masking import MaskingProfile, mask

STILL_HIDDEN = "〔遮蔽〕"
"""Stands for a stretch that other kinds hide, however long."""


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """``start``–``end`` of the rendition, half-open, holds ``value`` in the source.

    ``kinds``: those of the asked ones that lie there. ``whole``: nothing of it is hidden any more.
    """

    start: int
    end: int
    kinds: tuple[DetectionKind, ...]
    value: str
    whole: bool


def shown_places(
    text: str, detections: Iterable[Detection], profile: MaskingProfile, asked: Collection[DetectionKind]
) -> list[ShownPlace]:
    """Return the masked places of ``text`` that hold a value of an asked kind, in text order.

    What the profile shows anyway is no masked place, hence is not among them.
    """
    hiding = [d for d in detections if profile.operators[d.kind].hides and d.start < d.end]
    wanted = [d for d in hiding if d.kind in asked]
    still = {i for d in hiding if d.kind not in asked for i in range(max(0, d.start), min(d.end, len(text)))}
    places = []
    for span in mask(text, hiding, profile).masked:
        inside = {d.kind for d in wanted if d.start < span.end and span.start < d.end}
        if inside:
            kept = range(span.start, span.end)
            value = "".join(
                _told(text, list(run), hidden) for hidden, run in groupby(kept, still.__contains__)
            )
            kinds = tuple(kind for kind in DetectionKind if kind in inside)
            places.append(ShownPlace(span.at, span.to, kinds, value, still.isdisjoint(kept)))
    return places


def _told(text: str, run: list[int], hidden: bool) -> str:
    return STILL_HIDDEN if hidden else text[run[0] : run[-1] + 1]
