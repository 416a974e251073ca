"""Use case: hand a document over as a copy without the personal data that the reader's role may not see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from indexer.auditing import audited
from indexer.reading import require_visible
from indexer.redaction.files import Copier, MaskedCopy
from indexer.redaction.sheets import Find
from indexer.renditions import RECORD_MEDIA_TYPE
from indexer.store.port import AuditLog, ClearContent, DocumentStore
from models.access.policy import profile_of, require
from models.access.principal import Duty, Principal
from models.privacy.detections import Detection, DetectionKind
from models.privacy.detector import KnownValues, PersonalDataDetector
from models.privacy.masking import MaskingProfile, profile


@dataclass(slots=True)
class MaskedCopies:
    """Copies and page pictures of stored originals, always masked, every one audited."""

    store: DocumentStore
    audit: AuditLog
    detector: PersonalDataDetector
    copier: Copier
    clock: Callable[[], datetime]
    via: str = "http"

    def copy(self, doc_id: str, principal: Principal) -> MaskedCopy:
        """Return the whole document.

        Raises:
            NotVisible: absent, or not the principal's to see. Forbidden: no duty to read.
            InvalidInput, OcrUnavailable, UnreadableFile: see `Copier.copy`.
        """
        with self._original(doc_id, principal, "copy") as it:
            return self.copier.copy(it.data, it.media_type, it.texts, it.find, it.profile)

    def page(self, doc_id: str, page_no: int, principal: Principal) -> MaskedCopy:
        """Return one page as PNG; errors as `copy`."""
        with self._original(doc_id, principal, "page_picture") as it:
            return self.copier.page(it.data, it.media_type, page_no, it.find, it.profile)

    @contextmanager
    def _original(self, doc_id: str, principal: Principal, action: str) -> Iterator[_Original]:
        now = self.clock()
        require(principal, Duty.READ, now)
        with audited(self.audit, principal, via=self.via, action=action, about=doc_id, at=now) as look:
            look.doc_ids = (doc_id,)
            require_visible(self.store, doc_id, principal, now)
            document, chosen = self.store.documents([doc_id])[doc_id], profile(profile_of(principal))
            recorded = document.media_type == RECORD_MEDIA_TYPE
            content = self.store.content(doc_id)
            stored = self.store.detections_in_force(doc_id, now)
            yield _Original(
                b"" if recorded else self.store.original(document.source_sha256),
                document.media_type,
                [page.text for page in content.pages],
                self._finder(content, stored, chosen),
                chosen,
            )

    def _finder(
        self, content: ClearContent, stored: Mapping[int, Sequence[Detection]], chosen: MaskingProfile
    ) -> Find:
        """Return what finds in any text: what people settled for a page read before, else anew.

        A text that was not stored as it is (a page drawn and read again, a table's cells) is searched
        afresh, and for every value that the stored pages hide.
        """
        known = _known(content, stored, chosen)
        settled = {page.text: list(stored.get(page.page_no, ())) for page in content.pages}

        def find(texts: Sequence[str]) -> list[list[Detection]]:
            fresh = self.detector.detect(texts, [known] * len(texts), [0] * len(texts))
            return [settled.get(text, found) for text, found in zip(texts, fresh, strict=True)]

        return find


@dataclass(frozen=True, slots=True)
class _Original:
    data: bytes
    media_type: str
    texts: list[str]
    find: Find
    profile: MaskingProfile


def _known(
    content: ClearContent, stored: Mapping[int, Sequence[Detection]], chosen: MaskingProfile
) -> KnownValues:
    values: dict[DetectionKind, set[str]] = {}
    for page in content.pages:
        for d in stored.get(page.page_no, ()):
            if chosen.operators[d.kind].hides:
                values.setdefault(d.kind, set()).add(page.text[d.start : d.end])
    names = values.pop(DetectionKind.PERSON, set())
    numbers = values.pop(DetectionKind.RESIDENT_ID, set())
    others = {value for found in values.values() for value in found}
    return KnownValues(tuple(sorted(names)), tuple(sorted(numbers)), tuple(sorted(others)))
