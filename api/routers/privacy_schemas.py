"""What goes over the wire for reports and reviews."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from api.schemas import Answer, Sent, example
from indexer.allowances import SampledDocument, ShownAllowance
from indexer.reviews import DEFAULT_DAYS, MAX_DAYS, MAX_REASON_CHARACTERS
from indexer.store.reviews_port import AllowanceScope
from models.privacy.detections import DetectionKind
from models.privacy.report import DocumentSummary

_REASON = "理由；其中的个人信息会被遮蔽"


class ReviewIn(Sent):
    model_config = example(
        verdict="false_positive", reason="“方便”在这里不是人名", scope="document", days=180
    )

    verdict: Literal["confirmed", "false_positive", "wrong_kind"] = Field(
        description="confirmed 确认，false_positive 误报，wrong_kind 种类有误"
    )
    reason: str = Field(min_length=1, max_length=MAX_REASON_CHARACTERS, description=_REASON)
    kind: DetectionKind | None = Field(None, description="正确的种类，种类有误时必填")
    scope: AllowanceScope = Field(
        AllowanceScope.DOCUMENT, description="误报放行的范围：document 本件，all 查阅范围内所有含此内容的文件"
    )
    days: int = Field(DEFAULT_DAYS, ge=1, le=MAX_DAYS, description="误报放行的有效天数")


class AllowanceIn(Sent):
    doc_id: str = Field(max_length=64, description="档案编号（系统内）")
    number: int = Field(ge=1, le=2**31 - 1, description="检出编号")
    reason: str = Field(min_length=1, max_length=MAX_REASON_CHARACTERS, description=_REASON)
    scope: AllowanceScope = Field(AllowanceScope.DOCUMENT, description="放行范围：document 本件，all 所有")
    days: int = Field(DEFAULT_DAYS, ge=1, le=MAX_DAYS, description="有效天数")


class MissedIn(Sent):
    model_config = example(page_no=1, start=12, end=15, kind="PERSON", reason="签名处的姓名没有检出")

    page_no: int = Field(ge=0, le=2**31 - 1, description="页码，自 1 起；0 为题名")
    start: int = Field(ge=0, le=2**31 - 1, description="起点，按字符计，自 0 起")
    end: int = Field(ge=1, le=2**31 - 1, description="终点（不含）")
    kind: DetectionKind = Field(description="个人信息种类")
    reason: str = Field(min_length=1, max_length=MAX_REASON_CHARACTERS, description=_REASON)


class ReviewOut(Answer):
    number: int = Field(description="检出编号")
    verdict: str = Field(description="复核结论")
    allowance_id: str | None = Field(description="误报放行的编号，待第二人批准；其他结论为空")


class MissedOut(Answer):
    number: int = Field(description="新检出的编号")


class TotalsOut(Answer):
    open: int = Field(description="待复核")
    confirmed: int = Field(description="已确认")
    rejected: int = Field(description="误报")
    retyped: int = Field(description="已改类")
    added: int = Field(description="人工补充")
    needs_review: int = Field(description="待复核中可信度不足、宜先复核的")
    all: int = Field(description="合计")


class SummaryOut(Answer):
    report_id: str = Field(description="报告编号，即档案编号")
    archive_no: str | None = Field(description="档号")
    title: str = Field(description="题名，个人信息已遮蔽")
    totals: TotalsOut = Field(description="检出与复核")
    not_cleared: list[str] = Field(description="未放行的原因，空为可放行")

    @classmethod
    def of(cls, summary: DocumentSummary) -> Self:
        return cls(
            report_id=summary.doc_id,
            archive_no=summary.archive_no,
            title=summary.title,
            totals=TotalsOut.model_validate(summary.totals, from_attributes=True),
            not_cleared=list(summary.not_cleared),
        )


class ReportsOut(Answer):
    reports: list[SummaryOut] = Field(description="各件的报告")
    next: str | None = Field(description="下一页的 cursor，空为没有了")


class AllowanceOut(Answer):
    allowance_id: str = Field(description="放行编号")
    doc_id: str = Field(description="提出时所在的档案编号")
    number: int = Field(description="检出编号")
    kind: DetectionKind = Field(description="个人信息种类")
    sample: str = Field(description="遮蔽后的样例")
    scope: AllowanceScope = Field(description="范围：document 本件，all 所有")
    state: str = Field(description="proposed 待批准，approved 已批准，withdrawn 已撤回，expired 已过期")
    reason: str = Field(description="理由，个人信息已遮蔽")
    proposed_by: str = Field(description="提出人")
    proposed_at: datetime = Field(description="提出时间（UTC）")
    expires_at: datetime = Field(description="到期时间（UTC）")
    decided_by: str | None = Field(description="批准人或撤回人")

    @classmethod
    def of(cls, shown: ShownAllowance) -> Self:
        a = shown.allowance
        return cls(
            allowance_id=a.allowance_id,
            doc_id=a.doc_id,
            number=a.number,
            kind=a.kind,
            sample=shown.sample,
            scope=a.scope,
            state="expired" if shown.expired else a.state.value,
            reason=a.reason,
            proposed_by=a.proposed_by,
            proposed_at=a.proposed_at,
            expires_at=a.expires_at,
            decided_by=a.decided_by,
        )


class AllowancesOut(Answer):
    allowances: list[AllowanceOut] = Field(description="放行清单，先提出的在前")


class SampledOut(Answer):
    report_id: str = Field(description="档案编号（系统内）")
    archive_no: str | None = Field(description="档号")
    title: str = Field(description="题名，个人信息已遮蔽")
    looked_by: str | None = Field(description="复看人，空为待复看")


class SampleOut(Answer):
    documents: list[SampledOut] = Field(description="抽中的文件")

    @classmethod
    def of(cls, sampled: Iterable[SampledDocument]) -> Self:
        return cls(
            documents=[
                SampledOut(
                    report_id=item.document.doc_id,
                    archive_no=item.document.archive_no,
                    title=item.document.title,
                    looked_by=item.looked_by,
                )
                for item in sampled
            ]
        )
