"""Use case: the data-entry audit (自动化审核) over what somebody may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from indexer.auditing import audited
from indexer.reading import require_visible
from indexer.reports import visible_documents
from indexer.store.port import AuditLog, ClearContent, DocumentStore
from indexer.store.reviews_port import ReviewStore
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.archive.documents import ArchiveDocument, CatalogueEntry
from models.entry_audit.checks import Entered
from models.entry_audit.checks import audited as contradictions
from models.entry_audit.rules import EntryFinding
from models.entry_audit.series import near_duplicates, series
from models.privacy.masking import mask, profile


@dataclass(frozen=True, slots=True)
class AuditedEntry:
    """A document with what contradicts itself; ``title`` is the index rendition."""

    doc_id: str
    archive_no: str | None
    title: str
    findings: tuple[EntryFinding, ...]


@dataclass(slots=True)
class EntryAudits:
    """Audits entries; every run is written to the log."""

    store: DocumentStore
    reviews: ReviewStore
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"

    def document(self, doc_id: str, principal: Principal) -> AuditedEntry:
        """Return one document's findings; rules over many documents are left out.

        Raises:
            NotVisible: absent, or not the principal's to see. Forbidden: no duty to read.
        """
        now = self.clock()
        require(principal, Duty.READ, now)
        with audited(self.audit, principal, via=self.via, action="entry_audit", about=doc_id, at=now) as look:
            look.doc_ids = (doc_id,)
            require_visible(self.store, doc_id, principal, now)
            return next(iter(self._entries([doc_id], now)))

    def archive(self, principal: Principal) -> list[AuditedEntry]:
        """Return the documents with findings among those the principal may see, in the order of ids.

        Archive numbers in a row and nearly equal texts are compared among these documents alone.

        Raises:
            Forbidden: no duty to read.
        """
        now = self.clock()
        require(principal, Duty.READ, now)
        with audited(self.audit, principal, via=self.via, action="entry_audit", about="", at=now):
            ids = [d.facts.doc_id for d in visible_documents(self.reviews, principal, now)]
            entries = list(self._entries(ids, now))
            more: dict[str, list[EntryFinding]] = defaultdict(list)
            numbers = {entry.doc_id: entry.archive_no for entry in entries if entry.archive_no}
            texts = {doc_id: self._masked(doc_id, now) for doc_id in ids}
            for doc_id, found in (*series(numbers), *near_duplicates(texts)):
                more[doc_id].append(found)
            joined = (
                AuditedEntry(e.doc_id, e.archive_no, e.title, (*e.findings, *more[e.doc_id])) for e in entries
            )
            return [entry for entry in joined if entry.findings]

    def _entries(self, doc_ids: Iterable[str], now: datetime) -> Iterable[AuditedEntry]:
        ids = list(doc_ids)
        documents, sure = self.store.documents(ids), self.store.sure_insurances(ids)
        for doc_id in ids:
            document, content = documents[doc_id], self.store.content(doc_id)
            detections = self.store.detections(doc_id)
            entered = Entered(
                entry=_entry_of(document, content),
                pages=[(p.page_no, p.text, detections.get(p.page_no, ())) for p in content.pages],
                insurance=sure.get(doc_id),
                today=now.date(),
            )
            yield AuditedEntry(doc_id, document.archive_no, document.title, tuple(contradictions(entered)))

    def _masked(self, doc_id: str, now: datetime) -> str:
        content, detections = self.store.content(doc_id), self.store.detections_in_force(doc_id, now)
        index = profile("index")
        return "\n".join(mask(p.text, detections.get(p.page_no, ()), index).text for p in content.pages)


def _entry_of(document: ArchiveDocument, content: ClearContent) -> CatalogueEntry:
    return CatalogueEntry(
        archive_no=content.archive_no,
        fonds=document.fonds,
        title=content.title,
        insurance_types=document.insurance_types,
        material_type=document.material_type,
        region=document.region or None,
        formed_on=document.formed_on,
        retention=document.retention,
        holder_name=content.holder_name,
        holder_id=content.holder_id,
        employer=content.employer,
    )
