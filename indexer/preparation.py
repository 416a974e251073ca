"""Parsed pages to prepared documents: detect, classify, mask, chunk, embed. No files, no database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from indexer.catalogue import Row
from indexer.renditions import (
    SOURCE_PAGE,
    TITLE_PAGE,
    IndexRendition,
    index_rendition,
    shown_source,
)
from indexer.store.identifiers import new_id
from indexer.store.port import ClearContent, PreparedDocument
from indexer.store.records import index_text
from models.archive import taxonomy
from models.archive.documents import (
    ArchiveDocument,
    CatalogueEntry,
    DocumentState,
    Page,
    PageOrigin,
)
from models.archive.levels import AccessLevel
from models.classification.results import Classification, Classifier, Decision
from models.embedding.space import Embedder
from models.privacy.denied import NOTHING_DENIED, DeniedValue, DenyList, with_denied
from models.privacy.detections import Detection, DetectionKind
from models.privacy.detector import KnownValues, PersonalDataDetector
from models.privacy.masking import mask, profile

_DERIVED_TITLE_CHARACTERS = 60
_NEVER_IN_FIELDS = frozenset({DetectionKind.PERSON, DetectionKind.RESIDENT_ID, DetectionKind.PHONE})
"""What an agency, a number or a material may hold by mistake; they are shown as written otherwise."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What parsing gave. ``source_name_is_private``: the source's name may itself hold personal data.

    An empty ``title`` is made of the first line of the text.
    """

    source_id: str
    title: str
    pages: tuple[Page, ...]
    sha256: str
    media_type: str
    row: Row
    source_name_is_private: bool


class StageClock:
    """Seconds spent in each stage (parse, detect, classify, embed, store, index) of one run."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin


@dataclass(frozen=True, slots=True)
class Preparer:
    """The models of the pipeline; ``deposit_region`` owns what comes without a region of its own."""

    detector: PersonalDataDetector
    classifier: Classifier
    embedder: Embedder
    deposit_region: str = ""
    denied: Callable[[], DenyList] = lambda: NOTHING_DENIED
    """Values that people found missing; they are hidden in every document from then on."""

    def prepare(self, documents: Sequence[ReadDocument], clock: StageClock) -> list[PreparedDocument]:
        """Return the prepared documents in order; the models see the whole batch at once."""
        denied = self.denied()
        with clock.stage("detect"):
            found = self._detect(documents, denied.values)
            titled = [_titled(read, spans) for read, spans in zip(documents, found, strict=True)]
            documents, detections = [read for read, _ in titled], [spans for _, spans in titled]
            entries = self._shown_entries(documents, denied.values)
            masked = [
                index_rendition(read.title, read.pages, spans)
                for read, spans in zip(documents, detections, strict=True)
            ]
        with clock.stage("classify"):
            decisions = self.classifier.classify([m.full_text for m in masked])
        with clock.stage("embed"):
            texts = [index_text(m.title, chunk.masked_text) for m in masked for chunk in m.chunks]
            vectors = self.embedder.embed_passages(texts)
        prepared, position = [], 0
        for read, entry, spans, rendition, decision in zip(
            documents, entries, detections, masked, decisions, strict=True
        ):
            own = vectors[position : position + len(rendition.chunks)]
            position += len(rendition.chunks)
            document, gaps = self._document(read, entry, rendition, decision)
            prepared.append(
                PreparedDocument(
                    document=document,
                    content=_content(read, _source(read, spans)),
                    chunks=rendition.chunks,
                    vectors=own,
                    detections=spans,
                    classification=decision,
                    gaps=gaps,
                    degraded=self.detector.degraded,
                    detector_version=self.detector.version,
                    denied_version=denied.version,
                    line_given=entry.line is not None,
                )
            )
        return prepared

    def _detect(
        self, documents: Sequence[ReadDocument], denied: Sequence[DeniedValue]
    ) -> list[dict[int, tuple[Detection, ...]]]:
        """Detect over source name, title and pages of every document in one batch."""
        texts: list[str] = []
        known: list[KnownValues] = []
        groups: list[int] = []
        for number, read in enumerate(documents):
            values = known_values(read.row.entry)
            own = [
                read.source_id if read.source_name_is_private else "",
                read.title,
                *(page.text for page in read.pages),
            ]
            texts += own
            known += [values] * len(own)
            groups += [number] * len(own)
        detected = self.detector.detect(texts, known, groups)
        found = (with_denied(text, own, denied) for text, own in zip(texts, detected, strict=True))
        spans = []
        for read in documents:
            pages = {SOURCE_PAGE: next(found), TITLE_PAGE: next(found)}
            pages |= {page.page_no: next(found) for page in read.pages}
            spans.append(pages)
        return spans

    def _shown_entries(
        self, documents: Sequence[ReadDocument], denied: Sequence[DeniedValue]
    ) -> list[CatalogueEntry]:
        """Return the entries with the holder's name or number hidden where a plain field repeats it."""
        index = profile("index")
        entries = [read.row.entry for read in documents]
        texts = [getattr(entry, name) or "" for entry in entries for name in PLAIN_FIELDS]
        known = [known_values(entry) for entry in entries for _ in PLAIN_FIELDS]
        found = self.detector.detect(texts, known)
        shown = iter(
            mask(
                text, with_denied(text, [d for d in spans if d.kind in _NEVER_IN_FIELDS], denied), index
            ).text
            or None
            for text, spans in zip(texts, found, strict=True)
        )
        return [
            replace(
                entry,
                archive_no=next(shown),
                fonds=next(shown),
                material_type=next(shown),
                agency=next(shown),
            )
            for entry in entries
        ]

    def _document(
        self, read: ReadDocument, entry: CatalogueEntry, rendition: IndexRendition, decision: Classification
    ) -> tuple[ArchiveDocument, tuple[str, ...]]:
        completed, derived = completed_entry(entry, decision)
        missing = entry.missing_required()
        lines = (
            frozenset({completed.line}) if completed.line else taxonomy.lines_of(completed.insurance_types)
        )
        origins = {page.origin for page in read.pages}
        formed_on, retention = completed.formed_on, completed.retention
        document = ArchiveDocument(
            doc_id=new_id(),
            source_id=read.source_id,
            title=rendition.title,
            lines=lines,
            region=completed.region or self.deposit_region,
            access_level=AccessLevel.INTERNAL if entry.access_level is None else entry.access_level,
            state=DocumentState.TO_BE_CATALOGUED if missing else DocumentState.HELD,
            insurance_types=completed.insurance_types,
            material_type=completed.material_type,
            archive_no=completed.archive_no,
            fonds=completed.fonds,
            formed_on=formed_on,
            retention=retention,
            due_on=retention.due_on(formed_on) if retention and formed_on else None,
            agency=completed.agency,
            carrier=PageOrigin.OCR if PageOrigin.OCR in origins else PageOrigin.BORN_DIGITAL,
            page_count=len(read.pages),
            source_sha256=read.sha256,
            media_type=read.media_type,
        )
        notes = [f"缺{name}，待著录" for name in missing]
        if entry.access_level is None:
            notes.append("未注明访问级别，按“内部”")
        if not lines:
            notes.append("条线不明")
        return document, (*read.row.problems, *notes, *derived)


PLAIN_FIELDS = ("archive_no", "fonds", "material_type", "agency")


def classified(
    texts: Sequence[str], detector: PersonalDataDetector, classifier: Classifier
) -> list[Classification]:
    """Classify texts as the pipeline does: masked first, so that no evidence holds personal data."""
    index = profile("index")
    found = detector.detect(texts)
    return classifier.classify([mask(t, d, index).text for t, d in zip(texts, found, strict=True)])


def known_values(entry: CatalogueEntry) -> KnownValues:
    """Return what the catalogue knows of the holder, to be found wherever it stands in the file."""
    return KnownValues(
        names=(entry.holder_name,) if entry.holder_name else (),
        id_numbers=(entry.holder_id,) if entry.holder_id else (),
        other=(),
    )


def completed_entry(
    entry: CatalogueEntry, decision: Classification
) -> tuple[CatalogueEntry, tuple[str, ...]]:
    """Return the entry with insurance, material and retention filled in, and what was derived.

    The catalogue decides; the classifier fills only what it is silent about and only where the
    classifier accepts its own answer; the retention follows from the material by rule.
    """
    derived = []
    if (
        not entry.insurance_types
        and decision.decision is Decision.ACCEPTED
        and decision.insurance_type != "其他"
    ):
        entry = replace(entry, insurance_types=(decision.insurance_type,))
        derived.append("险种由自动分类得出")
    if entry.material_type is None and decision.material_type is not None:
        entry = replace(entry, material_type=decision.material_type)
        derived.append("材料类型由自动分类得出")
    material = taxonomy.material_types().get(entry.material_type or "")
    if entry.retention is None and material is not None:
        entry = replace(entry, retention=material.retention)
        derived.append("保管期限按材料类型推定" + ("" if material.verified else "（规则未核实）"))
    return entry, tuple(derived)


def _titled(
    read: ReadDocument, spans: dict[int, tuple[Detection, ...]]
) -> tuple[ReadDocument, dict[int, tuple[Detection, ...]]]:
    """Give a document without a title the beginning of its first line, cut outside every detection."""
    if read.title:
        return read, spans
    page = read.pages[0]
    start = len(page.text) - len(page.text.lstrip())
    end = min(start + _DERIVED_TITLE_CHARACTERS, start + len(page.text[start:].split("\n", 1)[0]))
    for detection in spans[page.page_no]:
        if detection.start < end < detection.end:
            end = detection.start if detection.start > start else detection.end
    own = tuple(
        replace(d, start=d.start - start, end=d.end - start)
        for d in spans[page.page_no]
        if d.start < end and d.end > start
    )
    return replace(read, title=page.text[start:end]), spans | {TITLE_PAGE: own}


def _source(read: ReadDocument, spans: Mapping[int, tuple[Detection, ...]]) -> str:
    return shown_source(read.source_id, spans) if read.source_name_is_private else read.source_id


def _content(read: ReadDocument, shown_source_id: str) -> ClearContent:
    entry = read.row.entry
    return ClearContent(
        source_id=read.source_id,
        shown_source_id=shown_source_id,
        title=read.title,
        archive_no=entry.archive_no,
        pages=read.pages,
        holder_name=entry.holder_name,
        holder_id=entry.holder_id,
        employer=entry.employer,
        extensions=entry.extensions,
    )
