"""Use case: the privacy officer's reports over what the officer may see. No report holds a value."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from indexer.auditing import audited
from indexer.store.marks import text_of
from indexer.store.port import AuditLog, ClearContent, DocumentStore
from indexer.store.reviews_port import DocumentPrivacy, ReviewStore, StoredFinding
from indexer.tallies import Tally, is_doubtful, month_of, sample_of, state_of, totals_of
from models.access.policy import require, scope_of
from models.access.principal import Duty, Principal
from models.access.scope import holds
from models.archive.regions import full_name
from models.errors import NotVisible
from models.privacy.classes import class_of, privacy_classes
from models.privacy.detections import DetectionKind
from models.privacy.masking import profile
from models.privacy.operators import starred
from models.privacy.report import (
    ARCHIVE_REPORT,
    ArchiveReport,
    CheckFailed,
    DocumentReport,
    DocumentSummary,
    Engine,
    Finding,
    NotCleared,
)
from models.privacy.residual import residual_risk
from models.privacy.resolution import THRESHOLDS

_OTHER_THRESHOLD = 0.5
_DEGRADED = "识别能力不全（缺姓名模型），可能有遗漏"


@dataclass(slots=True)
class Reports:
    """Makes reports; every one made is audited."""

    store: DocumentStore
    reviews: ReviewStore
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"

    def archive(self, principal: Principal) -> ArchiveReport:
        """Return the report over all documents the principal may see.

        Raises:
            Forbidden: the principal has no duty to review detections.
        """
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        with audited(
            self.audit, principal, via=self.via, action="privacy_report", about=ARCHIVE_REPORT, at=now
        ):
            return self._archive(principal, now)

    def document(self, doc_id: str, principal: Principal) -> DocumentReport:
        """Return one document's report.

        Raises:
            NotVisible: absent, or not the principal's to see.
            Forbidden: the principal has no duty to review detections.
        """
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        with audited(
            self.audit, principal, via=self.via, action="privacy_report", about=doc_id, at=now
        ) as look:
            look.doc_ids = (doc_id,)
            for known in visible_documents(self.reviews, principal, now):
                if known.facts.doc_id == doc_id:
                    return self._document(known, now)
            raise NotVisible("没有找到这份档案，或它不在您的查阅范围内。")

    def summaries(self, principal: Principal, after: str = "", limit: int = 50) -> list[DocumentSummary]:
        """Return one line per visible document, in the order of ids, those behind ``after``."""
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        with audited(self.audit, principal, via=self.via, action="privacy_reports", about=after, at=now):
            later = [d for d in visible_documents(self.reviews, principal, now) if d.facts.doc_id > after]
            return [
                DocumentSummary(
                    d.facts.doc_id,
                    d.archive_no,
                    d.title,
                    totals_of(self.reviews.findings(d.facts.doc_id)),
                    not_cleared(d),
                )
                for d in later[:limit]
            ]

    def _document(self, known: DocumentPrivacy, now: datetime) -> DocumentReport:
        doc_id = known.facts.doc_id
        content, stored = self.store.content(doc_id), self.reviews.findings(doc_id)
        allowed = self.reviews.allowed(doc_id, now)
        return DocumentReport(
            doc_id=doc_id,
            archive_no=known.archive_no,
            title=known.title,
            sha256=known.sha256,
            page_count=known.page_count,
            region=known.facts.region,
            made_at=now,
            engine=_engine_of([known]),
            not_cleared=not_cleared(known),
            totals=totals_of(stored),
            findings=tuple(_shown(f, content, shown=f.detection_id in allowed) for f in stored),
        )

    def _archive(self, principal: Principal, now: datetime) -> ArchiveReport:
        documents = visible_documents(self.reviews, principal, now)
        by_id = {d.facts.doc_id: d for d in documents}
        tally = Tally({doc_id: month_of(d.deposited_at) for doc_id, d in by_id.items()})
        failed = []
        for doc_id, finding in self.reviews.all_findings():
            tally.add(doc_id, finding)
            if finding.check_failed and doc_id in by_id:
                number = by_id[doc_id].archive_no
                failed.append(CheckFailed(doc_id, number, finding.number, finding.detection.kind))
        people = [row for row in self.reviews.people() if row[0] in by_id]
        persons: dict[str, set[str]] = defaultdict(set)
        for doc_id, person, _ in people:
            persons[doc_id].add(person)
        return ArchiveReport(
            officer=principal.subject,
            regions=tuple(full_name(prefix) or prefix for prefix in principal.region_prefixes),
            made_at=now,
            engine=_engine_of(documents),
            documents=len(documents),
            with_personal_data=len(tally.personal),
            with_sensitive_data=len(tally.sensitive),
            totals=tally.totals(),
            kinds=tally.kind_rows(),
            classes=tally.class_rows(persons),
            check_failed=tuple(failed),
            residual=residual_risk((person, combination) for _, person, combination in people),
            not_cleared=tuple(
                NotCleared(d.facts.doc_id, d.archive_no, reasons)
                for d in documents
                if (reasons := not_cleared(d))
            ),
            quarantined=Counter(self.store.counts().get("quarantine", {})),
            months=tally.month_rows(),
            drifts=tally.drifts(),
            second_look=tally.second_look(documents, self.reviews.second_looks()),
        )


def visible_documents(reviews: ReviewStore, principal: Principal, now: datetime) -> list[DocumentPrivacy]:
    """Return what the principal may see, in the order of ids."""
    scope = scope_of(principal, now)
    return [document for document in reviews.documents() if holds(scope, document.facts)]


def clean_sample(
    reviews: ReviewStore, documents: Iterable[DocumentPrivacy]
) -> list[tuple[DocumentPrivacy, Tally]]:
    """Return the sampled documents without detections, with the tally they were chosen by."""
    known = list(documents)
    tally = Tally({d.facts.doc_id: "" for d in known})
    for doc_id, finding in reviews.all_findings():
        tally.add(doc_id, finding)
    clean = [d for d in known if d.facts.doc_id not in tally.machine]
    return [(d, tally) for d in sample_of(clean)]


def not_cleared(document: DocumentPrivacy) -> tuple[str, ...]:
    """Return, in Chinese, why the document is not cleared (未放行); empty when it is."""
    reasons = []
    limit = privacy_classes().limits.ocr_confidence_below
    if document.degraded:
        reasons.append(_DEGRADED)
    if document.blank_pages:
        reasons.append(f"{document.blank_pages} 页没有读出文字")
    if document.ocr_confidence is not None and document.ocr_confidence < limit:
        reasons.append(f"文字识别可信度 {document.ocr_confidence:.2f}，低于 {limit:.2f}")
    return tuple(reasons)


def sample_of_value(kind: DetectionKind, value: str) -> str:
    """Return the value as reports show it: never whole, whatever the operator would leave."""
    shown = profile("report").operators[kind].apply(value)
    if shown == value:
        shown = starred(value)
    return "*" * len(value) if shown == value else shown


def _engine_of(documents: Iterable[DocumentPrivacy]) -> Engine:
    known = list(documents)
    return Engine(
        versions=tuple(sorted({d.detector_version or "未记录（早期入库）" for d in known})),
        thresholds={kind: THRESHOLDS.get(kind, _OTHER_THRESHOLD) for kind in DetectionKind},
        degraded=sum(d.degraded for d in known),
    )


def _shown(stored: StoredFinding, content: ClearContent, *, shown: bool) -> Finding:
    detection = stored.detection
    row = class_of(detection.kind)
    value = text_of(content, stored.page_no)[detection.start : detection.end]
    return Finding(
        number=stored.number,
        page_no=stored.page_no,
        start=detection.start,
        end=detection.end,
        kind=detection.kind,
        sample=sample_of_value(detection.kind, value),
        score=round(detection.score, 4),
        recognizer=detection.recognizer,
        evidence=detection.evidence,
        class_35273=row.class_35273,
        sensitive_35273=row.sensitive_35273,
        sensitive_45574=row.sensitive_45574,
        level_43697=row.level_43697,
        operator=profile("clerk").operators[detection.kind].name,
        check_failed=stored.check_failed,
        state=state_of(stored),
        allowed=shown,
        needs_review=is_doubtful(stored),
        reviewed_by=stored.by,
        reviewed_at=stored.at,
    )
