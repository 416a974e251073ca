"""From the candidates of several texts to their detections, text by text and document by document."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from models.privacy.agreement import agreed
from models.privacy.attributes import find_attributes
from models.privacy.dates import birth_dates_of
from models.privacy.detections import Detection, DetectionKind
from models.privacy.detector import KnownValues
from models.privacy.layout import Reading
from models.privacy.name_clauses import find_clause_names, without_shops
from models.privacy.number_forms import named_by_form
from models.privacy.plausibility import plausible
from models.privacy.propagation import by_opening, propagate, sure_names
from models.privacy.resolution import find_beside_names, find_known, resolve, resolve_more
from models.privacy.roster import find_in_lists, find_in_rosters

_SHORT = 80
_OF_A_PERSON = frozenset(
    {
        DetectionKind.PERSON,
        DetectionKind.RESIDENT_ID,
        DetectionKind.BIRTH_DATE,
        DetectionKind.PERSON_NO,
        DetectionKind.SSC_CARD,
        DetectionKind.BANK_CARD,
        DetectionKind.OTHER_CERT,
        DetectionKind.PASSPORT,
    }
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """One text with what the recognizers said of it and what the catalogue knows of its document."""

    reading: Reading
    said: Sequence[Detection]
    known: KnownValues


def settle(texts: Sequence[Candidates], groups: Sequence[Hashable]) -> list[list[Detection]]:
    """Return the detections of each text, sorted by start, without overlaps.

    ``groups`` names the document of each text: a name that is sure in one text is looked for in all texts of
    its document. A disease in a long document without any person is nobody's diagnosis (a policy, a price
    list, an empty form).
    """
    found = [_first(text) for text in texts]
    names: dict[Hashable, set[str]] = {}
    for text, detections, group in zip(texts, found, groups, strict=True):
        names.setdefault(group, set()).update(sure_names(text.reading, detections))
    wanted = {group: by_opening(some) for group, some in names.items()}
    settled = []
    for text, detections, group in zip(texts, found, groups, strict=True):
        reading = text.reading
        people = resolve_more(reading.text, detections, propagate(reading, detections, wanted[group]))
        more = (*find_beside_names(reading, people), *birth_dates_of(reading, people))
        people = resolve_more(reading.text, people, more)
        settled.append(resolve_more(reading.text, people, find_attributes(reading, people)))
    peopled = {
        group
        for text, detections, group in zip(texts, settled, groups, strict=True)
        if len(text.reading.text) <= _SHORT or any(d.kind in _OF_A_PERSON for d in detections)
    }
    return [
        detections if group in peopled else [d for d in detections if d.kind is not DetectionKind.DIAGNOSIS]
        for detections, group in zip(settled, groups, strict=True)
    ]


def _first(text: Candidates) -> list[Detection]:
    reading = text.reading
    people = [*text.said, *find_clause_names(reading), *find_in_rosters(reading)]
    named = [named_by_form(reading.text, detection) for detection in people]
    said = [*without_shops(reading, plausible(reading, named)), *find_known(reading, text.known)]
    found = resolve(reading.text, agreed(said))
    return resolve_more(reading.text, found, find_in_lists(reading, found))
