"""What goes over the wire about reveals."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from api.schemas import Answer, Sent, example
from indexer.reveal_approvals import PendingReveal
from indexer.reveal_rendering import CatalogueValue, PageValue
from indexer.reveal_reviews import Emergencies, Emergency
from indexer.reveals import OpenedReveal, RevealRequest
from indexer.store.reveals_port import Reveal, RevealVerdict
from models.privacy.detections import DetectionKind

_MAX_WORDS, _MAX_NUMBER = 1000, 200  # the rules are stricter; here only nonsense is stopped
State = Literal["waiting", "granted", "refused", "expired"]


def state_of(reveal: Reveal, now: datetime) -> State:
    """Return the state as it is at ``now``: what was not refused and has run out is expired."""
    if reveal.state.value != "refused" and now >= reveal.expires_at:
        return "expired"
    return reveal.state.value


class RevealIn(Sent):
    model_config = example(kinds=["PERSON", "PHONE"], reason="核对退休待遇领取人身份", case_no="BJ2026-0412")

    kinds: list[DetectionKind] = Field(
        min_length=1, max_length=len(DetectionKind), description="要显示的种类"
    )
    reason: str = Field(
        min_length=1, max_length=_MAX_WORDS, description="事由，加密保存；个人信息会被星号遮去，请不要写"
    )
    case_no: str = Field(min_length=1, max_length=_MAX_NUMBER, description="办件编号，加密保存")
    emergency: bool = Field(default=False, description="紧急查阅：不等第二人批准，事后必须复核")

    def to_request(self) -> RevealRequest:
        return RevealRequest(frozenset(self.kinds), self.reason, self.case_no, self.emergency)


class RefusalIn(Sent):
    note: str = Field(min_length=1, max_length=_MAX_WORDS, description="为什么不批准")


class EmergencyReviewIn(Sent):
    verdict: RevealVerdict = Field(description="justified 确有必要，unjustified 没有必要")
    note: str = Field(min_length=1, max_length=_MAX_WORDS, description="依据和处理")


class PlaceOut(Answer):
    page_no: int = Field(description="页码，自 1 起；0 为题名")
    start: int = Field(description="遮蔽处在本岗位所见文字中的起点（字符，含）")
    end: int = Field(description="终点（不含）")
    kinds: list[DetectionKind] = Field(description="此处属于所申请的哪些种类")
    value: str = Field(description="原文；其中属于其他种类的部分仍写作〔遮蔽〕")
    whole: bool = Field(description="此处是否已全部显示")

    @classmethod
    def of(cls, shown: PageValue) -> Self:
        place = shown.place
        return cls(
            page_no=shown.page_no,
            start=place.start,
            end=place.end,
            kinds=list(place.kinds),
            value=place.value,
            whole=place.whole,
        )


class CatalogueValueOut(Answer):
    name: str = Field(description="目录项：holder_name 持有人，holder_id 公民身份号码，employer 单位名称")
    kind: DetectionKind = Field(description="按哪一种类显示")
    value: str = Field(description="目录所载；其中属于其他种类的部分仍写作〔遮蔽〕")

    @classmethod
    def of(cls, shown: CatalogueValue) -> Self:
        return cls(name=shown.name.value, kind=shown.kind, value=shown.value)


class RevealOut(Answer):
    reveal_id: str = Field(description="申请编号")
    doc_id: str = Field(description="档案编号（系统内）")
    kinds: list[DetectionKind] = Field(description="申请的种类")
    purpose: str = Field(description="用途")
    emergency: bool = Field(description="是否紧急查阅")
    state: State = Field(description="waiting 待批准，granted 可查看，refused 未批准，expired 已到期")
    requested_at: datetime = Field(description="申请时间（UTC）")
    expires_at: datetime = Field(description="到期时间（UTC）：待批准的到时作废，可查看的到时为止")
    decided_by: str | None = Field(description="批准或不批准的人；不需要批准的为空")
    note: str = Field(description="不批准的理由")
    opened: int = Field(description="已查看几次")
    reason: str = Field(description="事由，个人信息已遮蔽")
    case_no: str = Field(description="办件编号")
    case_fits: bool | None = Field(description="与目录所载办件编号是否相符；目录未载的为空")

    @classmethod
    def of(cls, reveal: Reveal, now: datetime) -> Self:
        decision = reveal.decision
        return cls(
            reveal_id=reveal.reveal_id,
            doc_id=reveal.doc_id,
            kinds=list(reveal.kinds),
            purpose=reveal.purpose,
            emergency=reveal.emergency,
            state=state_of(reveal, now),
            requested_at=reveal.requested_at,
            expires_at=reveal.expires_at,
            decided_by=decision.by if decision else None,
            note=decision.note if decision else "",
            opened=reveal.opened,
            reason=reveal.reason,
            case_no=reveal.case_no,
            case_fits=reveal.case_fits,
        )


class RevealsOut(Answer):
    reveals: list[RevealOut] = Field(description="本账号的申请，后申请的在前，最多 200 条；不含原文")


class OpenedOut(Answer):
    reveal: RevealOut = Field(description="申请")
    places: list[PlaceOut] = Field(description="各遮蔽处的原文；待批准和未批准的没有")
    catalogue: list[CatalogueValueOut] = Field(description="目录项")

    @classmethod
    def of(cls, opened: OpenedReveal, now: datetime) -> Self:
        return cls(
            reveal=RevealOut.of(opened.reveal, now),
            places=[PlaceOut.of(shown) for shown in opened.values.pages],
            catalogue=[CatalogueValueOut.of(shown) for shown in opened.values.catalogue],
        )


class PendingOut(Answer):
    reveal_id: str = Field(description="申请编号")
    doc_id: str = Field(description="档案编号（系统内）")
    title: str = Field(description="题名，个人信息换成占位符")
    subject: str = Field(description="申请人")
    purpose: str = Field(description="用途")
    kinds: list[DetectionKind] = Field(description="申请的种类")
    reason: str = Field(description="事由，个人信息已遮蔽")
    case_no: str = Field(description="办件编号")
    case_fits: bool | None = Field(description="与目录所载办件编号是否相符；目录未载的为空")
    requested_at: datetime = Field(description="申请时间（UTC）")
    expires_at: datetime = Field(description="到时不处理即作废（UTC）")

    @classmethod
    def of(cls, pending: PendingReveal) -> Self:
        reveal = pending.reveal
        return cls(
            reveal_id=reveal.reveal_id,
            doc_id=reveal.doc_id,
            title=pending.title,
            subject=reveal.subject,
            purpose=reveal.purpose,
            kinds=list(reveal.kinds),
            reason=reveal.reason,
            case_no=reveal.case_no,
            case_fits=reveal.case_fits,
            requested_at=reveal.requested_at,
            expires_at=reveal.expires_at,
        )


class ApprovalsOut(Answer):
    waiting: list[PendingOut] = Field(description="本岗位范围内待批准的，先申请的在前；不含自己的")


class DecidedRevealOut(Answer):
    reveal_id: str = Field(description="申请编号")
    state: State = Field(description="granted 已批准，refused 未批准")
    expires_at: datetime = Field(description="申请人可查看到何时（UTC）")


class EmergencyOut(Answer):
    reveal_id: str = Field(description="申请编号")
    doc_id: str = Field(description="档案编号（系统内）")
    subject: str = Field(description="谁")
    purpose: str = Field(description="用途")
    kinds: list[DetectionKind] = Field(description="种类")
    case_fits: bool | None = Field(description="所填办件编号与目录所载是否相符；目录未载的为空")
    requested_at: datetime = Field(description="何时（UTC）")
    opened: int = Field(description="查看几次")
    opened_at: datetime | None = Field(description="最后一次查看（UTC）")
    due_at: datetime = Field(description="应在何时之前复核（UTC）")
    overdue: bool = Field(description="是否逾期未复核")
    verdict: RevealVerdict | None = Field(description="复核结论，未复核的为空")
    reviewed_by: str | None = Field(description="复核人")
    reviewed_at: datetime | None = Field(description="复核时间（UTC）")
    note: str = Field(description="复核所写的依据和处理")

    @classmethod
    def of(cls, emergency: Emergency) -> Self:
        reveal, review = emergency.reveal, emergency.reveal.review
        return cls(
            reveal_id=reveal.reveal_id,
            doc_id=reveal.doc_id,
            subject=reveal.subject,
            purpose=reveal.purpose,
            kinds=list(reveal.kinds),
            case_fits=reveal.case_fits,
            requested_at=reveal.requested_at,
            opened=reveal.opened,
            opened_at=reveal.opened_at,
            due_at=emergency.due_at,
            overdue=emergency.overdue,
            verdict=review.verdict if review else None,
            reviewed_by=review.by if review else None,
            reviewed_at=review.at if review else None,
            note=review.note if review else "",
        )


class EmergenciesOut(Answer):
    unreviewed: int = Field(description="未复核几次")
    overdue: int = Field(description="其中逾期几次")
    emergencies: list[EmergencyOut] = Field(
        description="未复核的在前，后发生的在前；不含事由、办件编号和内容"
    )

    @classmethod
    def of(cls, found: Emergencies) -> Self:
        return cls(
            unreviewed=found.unreviewed,
            overdue=found.overdue,
            emergencies=[EmergencyOut.of(emergency) for emergency in found.listed],
        )
