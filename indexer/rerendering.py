"""A document's index rendition made anew after people changed its detections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from indexer.preparation import PLAIN_FIELDS
from indexer.renditions import RECORD_MEDIA_TYPE, SOURCE_PAGE, TITLE_PAGE, index_rendition, shown_source
from indexer.store.port import ClearContent, DocumentStore
from indexer.store.records import index_text
from indexer.store.reviews_port import Rerendering, StoredFinding, mark_of
from models.archive.documents import ArchiveDocument
from models.embedding.space import Embedder
from models.privacy.denied import DeniedValue, with_denied
from models.privacy.detections import Detection
from models.privacy.masking import mask, profile

Pages = Mapping[int, Sequence[Detection]]


@dataclass(frozen=True, slots=True)
class Rerenderer:
    """Makes renditions; nothing is stored here."""

    store: DocumentStore
    embedder: Embedder

    def rendering(
        self,
        doc_id: str,
        content: ClearContent,
        findings: Sequence[StoredFinding],
        detections: Pages,
        *,
        added: Sequence[tuple[int, Detection]] = (),
        denied: Sequence[DeniedValue] = (),
    ) -> Rerendering:
        """Return the rendition that hides ``detections``; ``findings`` are those it was read with."""
        made = index_rendition(content.title, content.pages, detections)
        texts = [index_text(made.title, chunk.masked_text) for chunk in made.chunks]
        document = self.store.documents([doc_id])[doc_id]
        if content.shown_source_id != content.source_id or detections.get(SOURCE_PAGE):
            content = replace(content, shown_source_id=shown_source(content.source_id, detections))
        return Rerendering(
            doc_id=doc_id,
            based_on=mark_of(findings),
            title=made.title,
            content=content,
            chunks=made.chunks,
            vectors=self.embedder.embed_passages(texts),
            added=tuple(added),
            plain=_plain_fields(document, denied),
        )

    def hiding(
        self,
        doc_id: str,
        findings: Sequence[StoredFinding],
        item: DeniedValue,
        own: tuple[int, Detection] | None = None,
    ) -> Rerendering | None:
        """Return the document with the value hidden wherever it stands, None where it does not.

        ``own``: page and detection of the span that a person pointed at in this document.
        """
        content = self.store.content(doc_id)
        before = by_page(findings)
        added = [own] if own else []
        for page_no, text in self._texts(doc_id, content):
            known = [*before.get(page_no, ()), *(d for place, d in added if place == page_no)]
            found = with_denied(text, known, (item,))
            added += [(page_no, d) for d in found if d not in known]
        document = self.store.documents([doc_id])[doc_id]
        if not added and not _plain_fields(document, (item,)):
            return None
        after = {page: list(found) for page, found in before.items()}
        for page_no, detection in added:
            after.setdefault(page_no, []).append(detection)
        return self.rendering(doc_id, content, findings, after, added=added, denied=(item,))

    def _texts(self, doc_id: str, content: ClearContent) -> list[tuple[int, str]]:
        texts = [(TITLE_PAGE, content.title), *((page.page_no, page.text) for page in content.pages)]
        if self.store.documents([doc_id])[doc_id].media_type != RECORD_MEDIA_TYPE:
            texts.append((SOURCE_PAGE, content.source_id))
        return texts


def by_page(findings: Sequence[StoredFinding]) -> dict[int, list[Detection]]:
    pages: dict[int, list[Detection]] = {}
    for finding in findings:
        pages.setdefault(finding.page_no, []).append(finding.detection)
    return pages


def _plain_fields(document: ArchiveDocument, denied: Sequence[DeniedValue]) -> dict[str, str | None]:
    """Return the plain columns in which a denied value stands, with the value hidden."""
    index = profile("index")
    shown: dict[str, str | None] = {}
    for name in PLAIN_FIELDS:
        text = getattr(document, name) or ""
        masked = mask(text, with_denied(text, (), denied), index).text
        if masked != text:
            shown[name] = masked or None
    return shown
