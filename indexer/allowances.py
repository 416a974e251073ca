"""Use case: what may be shown although it was detected, approved by a second person; and second looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from indexer.auditing import audited
from indexer.reports import clean_sample, not_cleared, sample_of_value, visible_documents
from indexer.store.marks import text_of
from indexer.store.port import AuditLog, DocumentStore
from indexer.store.reviews_port import Allowance, AllowanceState, ReviewStore, StoredFinding
from indexer.tallies import totals_of
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import Conflict, Forbidden, NotVisible
from models.privacy.report import DocumentSummary

_ABSENT = "没有找到这一条，或它不在您的查阅范围内。"


@dataclass(frozen=True, slots=True)
class ShownAllowance:
    """An allowance with the masked sample of its value."""

    allowance: Allowance
    sample: str
    expired: bool


@dataclass(frozen=True, slots=True)
class SampledDocument:
    """A document without detections to be read again; ``looked_by`` None: not yet."""

    document: DocumentSummary
    looked_by: str | None


@dataclass(slots=True)
class SecondPerson:
    """What takes two people, or a second look."""

    store: DocumentStore
    reviews: ReviewStore
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"

    def allowances(self, principal: Principal) -> list[ShownAllowance]:
        """Return the proposals and decisions about documents the principal may see, oldest first."""
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        with audited(self.audit, principal, via=self.via, action="allowances", about="allowances", at=now):
            visible = {d.facts.doc_id for d in visible_documents(self.reviews, principal, now)}
            return [self._shown(a, now) for a in self.reviews.allowances() if a.doc_id in visible]

    def approve(self, allowance_id: str, principal: Principal) -> ShownAllowance:
        """Let the value be shown within the scope, as far as both persons may see, until it expires.

        Raises:
            NotVisible: absent, or about a document that is not the principal's to see.
            Forbidden: the principal proposed it, or has no duty to review detections.
            Conflict: decided already, or past its day.
        """
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        with audited(
            self.audit, principal, via=self.via, action="approve_allowance", about=allowance_id, at=now
        ) as look:
            visible = {d.facts.doc_id for d in visible_documents(self.reviews, principal, now)}
            found = next((a for a in self.reviews.allowances() if a.allowance_id == allowance_id), None)
            if found is None or found.doc_id not in visible:
                raise NotVisible(_ABSENT)
            look.doc_ids = (found.doc_id,)
            if found.proposed_by == principal.subject:
                raise Forbidden("提出人不能批准自己提出的，请由另一位隐私专员批准。")
            if found.state is not AllowanceState.PROPOSED or found.expires_at <= now:
                raise Conflict("这一条已经处理过或已过期，请刷新后查看。")
            approved = replace(
                found,
                state=AllowanceState.APPROVED,
                regions=_common(found.regions, principal.region_prefixes),
                clearance=min(found.clearance, principal.clearance),
                decided_by=principal.subject,
                decided_at=now,
            )
            self.reviews.approve(approved)
            return self._shown(approved, now)

    def sample(self, principal: Principal) -> list[SampledDocument]:
        """Return the sampled documents without detections that the principal may see."""
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        with audited(self.audit, principal, via=self.via, action="second_look", about="sample", at=now):
            looks = self.reviews.second_looks()
            return [
                SampledDocument(
                    DocumentSummary(
                        d.facts.doc_id,
                        d.archive_no,
                        d.title,
                        totals_of(self.reviews.findings(d.facts.doc_id)),
                        not_cleared(d),
                    ),
                    looks.get(d.facts.doc_id),
                )
                for d, _ in clean_sample(self.reviews, visible_documents(self.reviews, principal, now))
            ]

    def look(self, doc_id: str, principal: Principal) -> None:
        """Record that a sampled document was read to the end; what was missed is added before.

        Raises:
            NotVisible: not in the principal's sample.
        """
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        with audited(
            self.audit, principal, via=self.via, action="second_look_done", about=doc_id, at=now
        ) as look:
            look.doc_ids = (doc_id,)
            visible = visible_documents(self.reviews, principal, now)
            if doc_id not in {d.facts.doc_id for d, _ in clean_sample(self.reviews, visible)}:
                raise NotVisible("这份档案不在抽查名单中，或不在您的查阅范围内。")
            self.reviews.record_look(doc_id, principal.subject, now)

    def regression(self, principal: Principal) -> list[tuple[str, StoredFinding]]:
        """Return what people corrected, spans and kinds only, to hold the next version against."""
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        with audited(
            self.audit, principal, via=self.via, action="regression_export", about="regression", at=now
        ):
            visible = [d.facts.doc_id for d in visible_documents(self.reviews, principal, now)]
            return list(self.reviews.reviewed_spans(visible))

    def _shown(self, allowance: Allowance, now: datetime) -> ShownAllowance:
        findings = self.reviews.findings(allowance.doc_id)
        finding = next(f for f in findings if f.number == allowance.number)
        text = text_of(self.store.content(allowance.doc_id), finding.page_no)
        value = text[finding.detection.start : finding.detection.end]
        return ShownAllowance(allowance, sample_of_value(allowance.kind, value), allowance.expires_at <= now)


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Return the prefixes of the regions that lie in both."""
    longer = {max(a, b, key=len) for a in one for b in other if a.startswith(b) or b.startswith(a)}
    return tuple(sorted(longer))
