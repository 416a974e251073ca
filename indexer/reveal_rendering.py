"""The values of asked kinds in one document, read at the moment of showing and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from indexer.renditions import TITLE_PAGE
from indexer.store.port import ClearContent, DocumentStore
from models.access.policy import profile_of
from models.access.principal import Principal
from models.access.reveal import CatalogueField, RevealRules
from models.privacy.detections import Detection, DetectionKind
from models.privacy.detector import KnownValues, PersonalDataDetector
from models.privacy.masking import MaskingProfile, mask, profile
from models.privacy.unmasking import STILL_HIDDEN, ShownPlace, shown_places


@dataclass(frozen=True, slots=True)
class PageValue:
    """A masked place of a page (0: the title) in the reader's rendition, and what stands there."""

    page_no: int
    place: ShownPlace = field(repr=False)


@dataclass(frozen=True, slots=True)
class CatalogueValue:
    name: CatalogueField
    kind: DetectionKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Values:
    pages: tuple[PageValue, ...] = ()
    catalogue: tuple[CatalogueValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Showing:
    """Reads the values of one document; ``detector`` is asked about words of the catalogue only."""

    store: DocumentStore
    detector: Callable[[], PersonalDataDetector]
    rules: RevealRules

    def values(
        self, doc_id: str, kinds: Collection[DetectionKind], principal: Principal, now: datetime
    ) -> Values:
        """Return what the principal's rendition hides of ``kinds``, and nothing that other kinds hide."""
        chosen = profile(profile_of(principal))
        content, found = self.store.content(doc_id), self.store.detections_in_force(doc_id, now)
        texts = [(TITLE_PAGE, content.title), *((page.page_no, page.text) for page in content.pages)]
        return Values(
            tuple(
                PageValue(page_no, place)
                for page_no, text in texts
                for place in shown_places(text, found.get(page_no, ()), chosen, kinds)
            ),
            tuple(self._catalogue(content, kinds, chosen)),
        )

    def _catalogue(
        self, content: ClearContent, kinds: Collection[DetectionKind], chosen: MaskingProfile
    ) -> Iterator[CatalogueValue]:
        given = {
            CatalogueField.HOLDER_NAME: content.holder_name,
            CatalogueField.HOLDER_ID: content.holder_id,
            CatalogueField.EMPLOYER: content.employer,
        }
        known = KnownValues(
            names=tuple(filter(None, [content.holder_name])),
            id_numbers=tuple(filter(None, [content.holder_id])),
        )
        for name, value in given.items():
            kind = self.rules.catalogue[name]
            if value and kind in kinds:
                found = self.detector().detect([value], [known])[0]
                yield CatalogueValue(name, kind, _without_others(value, found, kinds, chosen))


def _without_others(
    value: str, found: Collection[Detection], kinds: Collection[DetectionKind], chosen: MaskingProfile
) -> str:
    """Hide what other kinds hide inside a value of the catalogue; as a whole it is what its field says."""
    part = [d for d in found if d.end - d.start < len(value.strip())]
    others = [d for d in part if d.kind not in kinds and chosen.operators[d.kind].hides]
    hidden = mask(value, others, chosen)
    told, source = list[str](), 0
    for span in hidden.masked:
        told += (value[source : span.start], STILL_HIDDEN)
        source = span.end
    return "".join([*told, value[source:]])
