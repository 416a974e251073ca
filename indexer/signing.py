"""Use case: an officer signs the archive report; signed reports are kept and can be checked anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from indexer.auditing import audited
from indexer.reports import Reports
from indexer.store.port import AuditLog
from indexer.store.signed_reports import SignedReport, SignedReportStore
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import InvalidInput, NotVisible
from models.privacy.detector import PersonalDataDetector
from models.privacy.masking import mask, profile
from models.privacy.report import ArchiveReport

KEEP_YEARS = 3
"""Records of impact assessments and handling are kept three years at least (PIPL art. 56)."""
_MAX_STATEMENT = 2000


@dataclass(slots=True)
class Signing:
    """Signs what `Reports` makes; ``render`` turns a report into plain JSON values."""

    reports: Reports
    signed: SignedReportStore
    detector: PersonalDataDetector
    audit: AuditLog
    render: Callable[[ArchiveReport], dict[str, object]]
    clock: Callable[[], datetime]
    via: str = "http"

    def sign(self, statement: str, principal: Principal) -> SignedReport:
        """Make the archive report, add the officer's statement (personal data masked), sign and keep it.

        Raises:
            Forbidden: no duty to review detections. InvalidInput: the statement is empty or too long.
        """
        words = statement.strip()
        if not 0 < len(words) <= _MAX_STATEMENT:
            raise InvalidInput(f"签署意见应有 1 至 {_MAX_STATEMENT} 字。")
        now = self.clock()
        made = self.render(self.reports.archive(principal))
        until = now.replace(year=now.year + KEEP_YEARS, day=min(now.day, 28))
        shown = mask(words, self.detector.detect([words])[0], profile("public")).text
        report_id = str(uuid4())
        with audited(
            self.audit, principal, via=self.via, action="privacy_report_signed", about=report_id, at=now
        ):
            head = {
                "signed_report_id": report_id,
                "officer": principal.subject,
                "signed_at": now.isoformat(),
                "keep_until": until.isoformat(),
                "statement": shown,
            }
            body = json.dumps({**head, "report": made}, ensure_ascii=False, sort_keys=True).encode()
            report = SignedReport(
                report_id,
                principal.subject,
                tuple(principal.region_prefixes),
                now,
                until,
                body,
                self.signed.signature_of(body),
                self.signed.public_key,
            )
            self.signed.keep(report)
            return report

    def listed(self, principal: Principal) -> list[SignedReport]:
        """Return the reports over regions within the principal's own, the latest first."""
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        with audited(self.audit, principal, via=self.via, action="privacy_reports_signed", about="", at=now):
            return [report for report in self.signed.reports() if _covers(principal, report)]

    def one(self, report_id: str, principal: Principal) -> SignedReport:
        """Return one signed report.

        Raises:
            NotVisible: absent, or over other regions than the principal's.
        """
        now = self.clock()
        require(principal, Duty.REVIEW_DETECTIONS, now)
        with audited(
            self.audit, principal, via=self.via, action="privacy_reports_signed", about=report_id, at=now
        ):
            for report in self.signed.reports():
                if report.report_id == report_id and _covers(principal, report):
                    return report
            raise NotVisible("没有找到这份签署的报告，或它不在您的查阅范围内。")


def _covers(principal: Principal, report: SignedReport) -> bool:
    return bool(report.regions) and all(
        any(region.startswith(prefix) for prefix in principal.region_prefixes) for region in report.regions
    )
