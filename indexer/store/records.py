"""Between rows and the types of the domain; sealing happens here, on the way in and out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from indexer.store import marks
from indexer.store.port import ClearContent, PreparedDocument, QuarantinedFile
from indexer.store.review_tables import DocumentPrivacyRow, PersonRow
from indexer.store.sealing import Sealed, Sealer
from indexer.store.tables import ChunkRow, DetectionRow, DocumentRow, QuarantineRow
from models.access.facts import DocumentFacts
from models.archive import archive_no as numbers
from models.archive.documents import ArchiveDocument, Chunk, DocumentState, Page, PageOrigin
from models.archive.levels import AccessLevel, Line, Retention
from models.classification.results import Classification, Decision, LabelProbability
from models.embedding.space import EmbeddingSpace, Vectors
from models.privacy.detections import Detection, DetectionKind


def index_text(title: str, masked_text: str) -> str:
    """Return what is embedded and tokenised of a chunk: its document's title, then the passage."""
    return masked_text if masked_text.startswith(title) else f"{title}\n{masked_text}"


def document_row(prepared: PreparedDocument, sealer: Sealer, at: datetime) -> DocumentRow:
    document, content = prepared.document, prepared.content
    sealed = sealer.seal(content_bytes(content), document.doc_id)
    number = content.archive_no or document.archive_no
    return DocumentRow(
        doc_id=document.doc_id,
        source_key=sealer.keyed_hash(content.source_id, "source"),
        source_sha256=document.source_sha256,
        title=document.title,
        title_key=sealer.keyed_hash(numbers.canonical(content.title), "title"),
        archive_no=document.archive_no,
        archive_no_key=sealer.keyed_hash(numbers.canonical(number), "archive_no") if number else None,
        fonds=document.fonds,
        lines=",".join(sorted(document.lines)),
        line_given=prepared.line_given,
        region=document.region,
        access_level=int(document.access_level),
        state=document.state.value,
        insurance_types=list(document.insurance_types),
        material_type=document.material_type,
        formed_on=document.formed_on,
        retention=document.retention.value if document.retention else None,
        due_on=document.due_on,
        agency=document.agency,
        carrier=document.carrier.value,
        page_count=document.page_count,
        media_type=document.media_type,
        gaps=list(prepared.gaps),
        classification=classification_value(prepared.classification),
        degraded=prepared.degraded,
        case_key=marks.case_key(sealer, marks.case_no_of(content)),
        deposited_at=at,
        wrapped_key=sealed.wrapped_key,
        sealed=sealed.content,
    )


def chunk_rows(doc_id: str, chunks: Sequence[Chunk], vectors: Vectors) -> Iterator[ChunkRow]:
    for chunk, vector in zip(chunks, vectors, strict=True):
        yield ChunkRow(
            doc_id=doc_id,
            page_no=chunk.page_no,
            start=chunk.start,
            end=chunk.end,
            masked_text=chunk.masked_text,
            vector=vector.astype("float32").tobytes(),
        )


def detection_rows(prepared: PreparedDocument, sealer: Sealer) -> Iterator[DetectionRow]:
    for page_no, detections in prepared.detections.items():
        for d in detections:
            yield marks.detection_row(prepared.document.doc_id, page_no, d, prepared.content, sealer)


def mark_rows(prepared: PreparedDocument, sealer: Sealer) -> Iterator[DocumentPrivacyRow | PersonRow]:
    """Yield what reports need of the document without opening it."""
    document, content = prepared.document, prepared.content
    yield marks.privacy_row(document.doc_id, prepared.detector_version, content, sealer)
    yield from marks.person_rows(document.doc_id, document.region, content, prepared.detections, sealer)


def detections_of(rows: Iterable[DetectionRow]) -> dict[int, tuple[Detection, ...]]:
    pages: dict[int, tuple[Detection, ...]] = {}
    for row in rows:
        pages[row.page_no] = (*pages.get(row.page_no, ()), detection_of(row))
    return pages


def detection_of(row: DetectionRow) -> Detection:
    kind = DetectionKind(row.kind)
    return Detection(row.start, row.end, kind, row.score, row.recognizer, tuple(row.evidence))


def facts_of(row: DocumentRow) -> DocumentFacts:
    return DocumentFacts(
        doc_id=row.doc_id,
        lines=_lines(row),
        region=row.region,
        access_level=AccessLevel(row.access_level),
        state=DocumentState(row.state),
        insurance_types=tuple(row.insurance_types),
        material_type=row.material_type,
        year=row.formed_on.year if row.formed_on else None,
        case_key=row.case_key,
    )


def document_of(row: DocumentRow, sealer: Sealer) -> ArchiveDocument:
    content = content_of(sealer.unseal(Sealed(row.wrapped_key, row.sealed), row.doc_id))
    return ArchiveDocument(
        doc_id=row.doc_id,
        source_id=content.shown_source_id,
        title=row.title,
        lines=_lines(row),
        region=row.region,
        access_level=AccessLevel(row.access_level),
        state=DocumentState(row.state),
        insurance_types=tuple(row.insurance_types),
        material_type=row.material_type,
        archive_no=row.archive_no,
        fonds=row.fonds,
        formed_on=row.formed_on,
        retention=Retention(row.retention) if row.retention else None,
        due_on=row.due_on,
        agency=row.agency,
        carrier=PageOrigin(row.carrier),
        page_count=row.page_count,
        source_sha256=row.source_sha256,
        media_type=row.media_type,
    )


def quarantine_row(file: QuarantinedFile, sealer: Sealer) -> QuarantineRow:
    name = sealer.seal(file.name.encode("utf-8", "surrogateescape"), file.sha256)
    return QuarantineRow(
        sha256=file.sha256,
        code=file.code,
        detail=file.detail,
        size_bytes=file.size_bytes,
        kept=file.kept,
        at=file.at,
        wrapped_key=name.wrapped_key,
        sealed_name=name.content,
    )


def quarantined_file(row: QuarantineRow, sealer: Sealer) -> QuarantinedFile:
    name = sealer.unseal(Sealed(row.wrapped_key, row.sealed_name), row.sha256)
    return QuarantinedFile(
        sha256=row.sha256,
        name=name.decode("utf-8", "surrogateescape"),
        code=row.code,
        detail=row.detail,
        size_bytes=row.size_bytes,
        at=row.at,
        kept=row.kept,
    )


def space_value(space: EmbeddingSpace) -> dict[str, Any]:
    return {
        "model": space.model,
        "revision": space.revision,
        "dimension": space.dimension,
        "pooling": space.pooling,
    }


def content_of(plain: bytes) -> ClearContent:
    value = json.loads(plain)
    pages = tuple(Page(p["no"], p["text"], PageOrigin(p["origin"]), p["ocr"]) for p in value.pop("pages"))
    return ClearContent(pages=pages, **value)


def content_bytes(content: ClearContent) -> bytes:
    pages = [
        {"no": p.page_no, "text": p.text, "origin": p.origin.value, "ocr": p.ocr_confidence}
        for p in content.pages
    ]
    value = {
        "source_id": content.source_id,
        "shown_source_id": content.shown_source_id,
        "title": content.title,
        "archive_no": content.archive_no,
        "holder_name": content.holder_name,
        "holder_id": content.holder_id,
        "employer": content.employer,
        "extensions": dict(content.extensions),
        "pages": pages,
    }
    return json.dumps(value, separators=(",", ":")).encode("ascii")  # escaped: lone surrogates survive


def _lines(row: DocumentRow) -> frozenset[Line]:
    return frozenset(Line(line) for line in row.lines.split(",") if line)


def classification_value(c: Classification) -> dict[str, Any]:
    return {
        "insurance_type": c.insurance_type,
        "labels": [[label.label, round(label.probability, 6)] for label in c.labels],
        "prediction_set": list(c.prediction_set),
        "decision": c.decision.value,
        "material_type": c.material_type,
        "material_probability": round(c.material_probability, 6),
        "evidence": list(c.evidence),
        "artifact": c.artifact,
    }


def classification_of(value: Mapping[str, Any]) -> Classification:
    return Classification(
        insurance_type=value["insurance_type"],
        labels=tuple(LabelProbability(label, probability) for label, probability in value["labels"]),
        prediction_set=tuple(value["prediction_set"]),
        decision=Decision(value["decision"]),
        material_type=value["material_type"],
        material_probability=value["material_probability"],
        evidence=tuple(value["evidence"]),
        artifact=value["artifact"],
    )
