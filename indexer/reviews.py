"""Use case: people judge detections, and their word takes effect at once.

A rejected finding stays hidden until a second person approves (`indexer.allowances`); a missed value
is hidden everywhere in one transaction, in documents the officer may not see as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from indexer.auditing import audited
from indexer.reports import visible_documents
from indexer.rerendering import Rerenderer, by_page
from indexer.store.identifiers import new_id
from indexer.store.marks import text_of
from indexer.store.port import AuditLog, DocumentStore
from indexer.store.reviews_port import (
    Allowance,
    AllowanceScope,
    AllowanceState,
    Missed,
    Review,
    ReviewStore,
    StoredFinding,
    Verdict,
)
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import Conflict, InvalidInput, NotVisible
from models.privacy.denied import EVIDENCE, REVIEWED, DeniedValue, with_denied
from models.privacy.detections import Detection, DetectionKind
from models.privacy.detector import PersonalDataDetector
from models.privacy.masking import mask, profile

DEFAULT_DAYS, MAX_DAYS = 180, 366
MAX_MISSED_CHARACTERS = 200
MAX_REASON_CHARACTERS = 500
_ATTEMPTS = 3
_PROFILES = ("index", "clerk", "officer", "public", "research")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason; ``kind`` for a wrong kind; ``scope`` and ``days`` for a false positive."""

    verdict: Verdict
    reason: str
    kind: DetectionKind | None = None
    scope: AllowanceScope = AllowanceScope.DOCUMENT
    days: int = DEFAULT_DAYS


@dataclass(frozen=True, slots=True)
class MissedSpan:
    """Code points ``start``–``end`` (half-open) of a page; page 0 is the title."""

    page_no: int
    start: int
    end: int
    kind: DetectionKind
    reason: str


@dataclass(slots=True)
class DetectionReviews:
    """Takes verdicts; each is audited."""

    store: DocumentStore
    reviews: ReviewStore
    rerenderer: Rerenderer
    detector: PersonalDataDetector
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"
    refresh: Callable[[], object] = lambda: None
    """Brings the index up to date: what was readable leaves it at once."""

    def judge(self, doc_id: str, number: int, judgement: Judgement, principal: Principal) -> str | None:
        """Record a verdict; return the id of the proposed allowance for a false positive.

        Raises:
            NotVisible: no such document or finding, or not the principal's to see.
            InvalidInput: a reason or kind is missing, or the new kind would show what is hidden.
            Forbidden: the principal has no duty to review detections.
        """
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        about = f"{doc_id}#{number}"
        with audited(
            self.audit, principal, via=self.via, action=f"review_{judgement.verdict}", about=about, at=now
        ) as look:
            look.doc_ids = (doc_id,)
            self._check_visible(doc_id, principal, now)
            finding = next((f for f in self.reviews.findings(doc_id) if f.number == number), None)
            if finding is None:
                raise NotVisible("没有找到这份档案，或它不在您的查阅范围内。")
            return self._judge(doc_id, finding, judgement, principal, now)

    def _judge(
        self, doc_id: str, finding: StoredFinding, judgement: Judgement, principal: Principal, now: datetime
    ) -> str | None:
        value = self._value(doc_id, finding.page_no, finding.detection.start, finding.detection.end)
        reason = self._told(judgement.reason, DeniedValue(finding.detection.kind, value))
        review = Review(finding, judgement.verdict, principal.subject, now, reason, judgement.kind)
        if judgement.verdict is Verdict.WRONG_KIND:
            self._retype(doc_id, review)
            return None
        if judgement.verdict is Verdict.CONFIRMED:
            self.reviews.record(review)
            return None
        if judgement.verdict is not Verdict.FALSE_POSITIVE:
            raise InvalidInput("漏检请用补充一处的功能提交。")
        if not 1 <= judgement.days <= MAX_DAYS:
            raise InvalidInput(f"有效天数应在 1 到 {MAX_DAYS} 之间。")
        allowance = Allowance(
            allowance_id=new_id(),
            value_key=finding.value_key,
            kind=finding.detection.kind,
            doc_id=doc_id,
            number=finding.number,
            scope=judgement.scope,
            regions=principal.region_prefixes,
            clearance=principal.clearance,
            state=AllowanceState.PROPOSED,
            proposed_by=principal.subject,
            proposed_at=now,
            expires_at=now + timedelta(days=judgement.days),
            reason=reason,
        )
        self.reviews.record(review, allowance)
        return allowance.allowance_id

    def _retype(self, doc_id: str, review: Review) -> None:
        before, kind = review.finding.detection.kind, review.kind
        if kind is None or kind is before:
            raise InvalidInput("请给出正确的种类，且与原来的不同。")
        if any(p.operators[before].hides and not p.operators[kind].hides for p in map(profile, _PROFILES)):
            raise InvalidInput("改成这一类会使内容对某些岗位显示出来，请按误报提出，由第二人批准。")
        findings = self.reviews.findings(doc_id)
        pages = by_page([f for f in findings if f.detection_id != review.finding.detection_id])
        old = review.finding.detection
        changed = Detection(old.start, old.end, kind, old.score, old.recognizer, old.evidence)
        pages.setdefault(review.finding.page_no, []).append(changed)
        content = self.store.content(doc_id)
        rendering = self.rerenderer.rendering(doc_id, content, findings, pages)
        self.reviews.retype(review, rendering, self.rerenderer.embedder.space)
        self.refresh()

    def add_missed(self, doc_id: str, span: MissedSpan, principal: Principal) -> int:
        """Hide a missed value wherever it stands; return the number of the new finding in this document.

        Raises:
            NotVisible, Forbidden: as for `judge`.
            InvalidInput: the span is empty, too long or outside the page.
            Conflict: the span is part of a finding, or the archive kept changing.
        """
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        about = f"{doc_id}#{span.page_no}:{span.start}-{span.end}"
        with audited(
            self.audit, principal, via=self.via, action="review_missed", about=about, at=now
        ) as look:
            look.doc_ids = (doc_id,)
            self._check_visible(doc_id, principal, now)
            for left in reversed(range(_ATTEMPTS)):
                try:
                    return self._add_missed(doc_id, span, principal.subject, now)
                except Conflict:
                    if not left or self._covering(doc_id, span):
                        raise
        raise Conflict("档案正在变动，请稍后再提交。")

    def _add_missed(self, doc_id: str, span: MissedSpan, by: str, now: datetime) -> int:
        covering = self._covering(doc_id, span)
        if covering:
            raise Conflict(f"这一处已在第 {covering} 号检出之内，请直接复核该号。")
        value = self._value(doc_id, span.page_no, span.start, span.end)
        item = DeniedValue(span.kind, value)
        head = self.store.head_seq()
        own = (span.page_no, Detection(span.start, span.end, span.kind, 1.0, REVIEWED, EVIDENCE))
        renderings = []
        for other in [d.facts.doc_id for d in self.reviews.documents()]:
            findings = self.reviews.findings(other)
            made = self.rerenderer.hiding(other, findings, item, own if other == doc_id else None)
            if made is not None:
                renderings.append(made)
        missed = Missed(doc_id, item, by, now, self._told(span.reason, item))
        self.reviews.add_missed(missed, renderings, self.rerenderer.embedder.space, head)
        self.refresh()
        return next(
            f.number
            for f in reversed(self.reviews.findings(doc_id))
            if (f.page_no, f.detection.start, f.detection.end) == (span.page_no, span.start, span.end)
        )

    def _covering(self, doc_id: str, span: MissedSpan) -> int:
        """Return the number of a finding that holds the whole span, 0 where there is none."""
        return next(
            (
                f.number
                for f in self.reviews.findings(doc_id)
                if f.page_no == span.page_no
                and f.detection.start <= span.start
                and span.end <= f.detection.end
            ),
            0,
        )

    def _value(self, doc_id: str, page_no: int, start: int, end: int) -> str:
        text = text_of(self.store.content(doc_id), page_no)
        value = text[start:end]
        if not (0 <= start < end <= len(text)) or not value.strip():
            raise InvalidInput("页码或起止位置不在这份档案之内，请核对后重新提交。")
        if end - start > MAX_MISSED_CHARACTERS:
            raise InvalidInput(f"一处最多 {MAX_MISSED_CHARACTERS} 个字，请分几处提交。")
        return value

    def _told(self, reason: str, item: DeniedValue) -> str:
        """Return the reason with personal data starred: it is read by others."""
        if not reason.strip() or len(reason) > MAX_REASON_CHARACTERS:
            raise InvalidInput(f"请写明理由，最多 {MAX_REASON_CHARACTERS} 字。")
        found = with_denied(reason, self.detector.detect([reason])[0], (item,))
        return mask(reason, found, profile("officer")).text

    def _check_visible(self, doc_id: str, principal: Principal, now: datetime) -> None:
        if doc_id not in {d.facts.doc_id for d in visible_documents(self.reviews, principal, now)}:
            raise NotVisible("没有找到这份档案，或它不在您的查阅范围内。")
