"""Use case: read a document as one's role may read it. Renditions are made at read time from detections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from indexer.auditing import audited
from indexer.renditions import TITLE_PAGE
from indexer.store.port import AuditLog, DocumentStore, Placement
from models.access.policy import profile_of, require
from models.access.principal import Duty, Principal
from models.access.scope import EVERYTHING
from models.archive.documents import ArchiveDocument
from models.errors import NotVisible
from models.privacy.masking import mask, profile


@dataclass(frozen=True, slots=True)
class MaskedPage:
    page_no: int
    text: str
    origin: str
    ocr_confidence: float | None


@dataclass(frozen=True, slots=True)
class MaskedDocument:
    """A document in the rendition of the reader's role; ``document.title`` is the index rendition."""

    document: ArchiveDocument
    title: str
    pages: tuple[MaskedPage, ...]
    hidden: int
    """How many detections the rendition masks."""


@dataclass(slots=True)
class Reader:
    """Opens documents and passages, always masked."""

    store: DocumentStore
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"

    def read(self, doc_id: str, principal: Principal) -> MaskedDocument:
        """Return the document as the principal may read it; the look is audited either way.

        Raises:
            NotVisible: absent, or not the principal's to see: one answer for both.
            Forbidden: the principal has no duty to read at all.
        """
        now = self.clock()
        require(principal, Duty.READ, now)
        with audited(self.audit, principal, via=self.via, action="read", about=doc_id, at=now) as look:
            look.doc_ids = (doc_id,)
            return self._read(doc_id, principal, now)

    def _read(self, doc_id: str, principal: Principal, now: datetime) -> MaskedDocument:
        require_visible(self.store, doc_id, principal, now)
        chosen = profile(profile_of(principal))
        content, detections = self.store.content(doc_id), self.store.detections_in_force(doc_id, now)
        pages = tuple(
            MaskedPage(
                page_no=page.page_no,
                text=mask(page.text, detections.get(page.page_no, ()), chosen).text,
                origin=page.origin.value,
                ocr_confidence=page.ocr_confidence,
            )
            for page in content.pages
        )
        title = mask(content.title, detections.get(TITLE_PAGE, ()), chosen).text
        hidden = sum(len(found) for page_no, found in detections.items() if page_no >= TITLE_PAGE)
        return MaskedDocument(self.store.documents([doc_id])[doc_id], title, pages, hidden)

    def passage(self, place: Placement, profile_name: str) -> tuple[str, str]:
        """Return title and passage of a visible document, cut from the role's rendition.

        Masking comes first and cutting second, so that no cut can expose half of a value.
        """
        chosen = profile(profile_name)
        content = self.store.content(place.doc_id)
        detections = self.store.detections_in_force(place.doc_id, self.clock())
        page = next(page for page in content.pages if page.page_no == place.page_no)
        rendition = mask(page.text, detections.get(place.page_no, ()), chosen)
        start, end = rendition.span_of(place.start, place.end)
        title = mask(content.title, detections.get(TITLE_PAGE, ()), chosen).text
        return title, rendition.text[start:end].strip()


def require_visible(store: DocumentStore, doc_id: str, principal: Principal, now: datetime) -> None:
    """Refuse a document that is absent or outside what the principal may see just now, alike.

    Raises:
        NotVisible: either.
    """
    if doc_id not in store.permitted([doc_id], principal, now, EVERYTHING):
        raise NotVisible("没有找到这份档案，或它不在您的查阅范围内。")
