"""Masked values shown in clear: asking, opening, approving, reviewing emergencies."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from api.dependencies import Serving, only_json, requires
from api.routers.answers import refusals
from api.routers.identifiers import DocId, canonical
from api.routers.reveal_schemas import (
    ApprovalsOut,
    DecidedRevealOut,
    EmergenciesOut,
    EmergencyOut,
    EmergencyReviewIn,
    OpenedOut,
    PendingOut,
    RefusalIn,
    RevealIn,
    RevealOut,
    RevealsOut,
    state_of,
)
from indexer.store.reveals_port import Reveal
from models.access.principal import Duty, Principal
from models.errors import (
    Conflict,
    DependencyFailed,
    Forbidden,
    InvalidInput,
    NotVisible,
    RevealEnded,
    RevealExpired,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMedia,
)

router = APIRouter(prefix="/v1", tags=["显示遮蔽的内容"])

Asker = Annotated[Principal, Depends(requires(Duty.REVEAL))]
Approver = Annotated[Principal, Depends(requires(Duty.APPROVE_REVEALS))]
Auditor = Annotated[Principal, Depends(requires(Duty.REVIEW_REVEALS))]
RevealId = Annotated[str, Path(description="申请编号")]
_LIST = refusals(Unauthenticated, Forbidden, DependencyFailed)
_DECIDE = refusals(Unauthenticated, Forbidden, NotVisible, Conflict, DependencyFailed)
_WRITE = refusals(
    Unauthenticated, Forbidden, NotVisible, InvalidInput, UnsupportedMedia, Conflict, DependencyFailed
)
_ASKED: dict[int | str, dict[str, Any]] = {
    202: {"model": OpenedOut, "description": "已记下，须由第二人批准；批准后按申请编号查看"}
}


@router.post(
    "/documents/{doc_id}/reveal",
    summary="申请显示遮蔽的内容",
    response_description="所申请种类的原文，到期为止",
    dependencies=[Depends(only_json)],
    responses=_ASKED
    | refusals(
        Unauthenticated,
        Forbidden,
        NotVisible,
        InvalidInput,
        UnsupportedMedia,
        Conflict,
        TooManyRequests,
        DependencyFailed,
    ),
)
def request(
    doc_id: DocId, wanted: RevealIn, caller: Asker, service: Serving, response: Response
) -> OpenedOut:
    """写明种类、事由和办件编号，显示所申请种类的原文，其余仍遮蔽；最敏感的种类须第二人批准（202）。

    逐次记入日志。不存在的和不在查阅范围内的，回答相同。
    """
    service.readiness.need("detector")
    archive = service.archive
    opened = archive.reveals.request(canonical(doc_id), wanted.to_request(), caller)
    answer = OpenedOut.of(opened, archive.clock())
    response.headers["Location"] = f"/v1/reveals/{opened.reveal.reveal_id}"
    response.status_code = 202 if answer.reveal.state == "waiting" else 200
    return answer


@router.get("/reveals", summary="自己的申请", response_description="清单", responses=_LIST)
def listed(caller: Asker, service: Serving) -> RevealsOut:
    """列出本账号的申请和各自的状态；不含原文，也不算查看。"""
    now = service.archive.clock()
    return RevealsOut(reveals=[RevealOut.of(r, now) for r in service.archive.reveals.listed(caller)])


@router.get("/reveals/approvals", summary="待批准的申请", response_description="清单", responses=_LIST)
def approvals(caller: Approver, service: Serving) -> ApprovalsOut:
    """列出本岗位范围内别人提出、等待批准的申请。"""
    found = service.archive.reveal_approvals.listed(caller)
    return ApprovalsOut(waiting=[PendingOut.of(pending) for pending in found])


@router.get("/reveals/emergencies", summary="紧急查阅", response_description="清单", responses=_LIST)
def emergencies(caller: Auditor, service: Serving) -> EmergenciesOut:
    """列出全部紧急查阅：谁、何时、哪些种类、查看几次、是否复核；不含事由、办件编号和任何内容。"""
    return EmergenciesOut.of(service.archive.emergency_reviews.listed(caller))


@router.get(
    "/reveals/{reveal_id}",
    summary="按申请查看",
    response_description="原文，或仍待批准、未批准的状态",
    responses=refusals(
        Unauthenticated, Forbidden, NotVisible, RevealExpired, RevealEnded, Conflict, DependencyFailed
    ),
)
def opened(reveal_id: RevealId, caller: Asker, service: Serving) -> OpenedOut:
    """查看自己已获准的申请，到期前可以再看，逐次记入日志；每次都重新核对当时的岗位、范围、批准人和档案状态。"""
    service.readiness.need("detector")
    archive = service.archive
    return OpenedOut.of(archive.reveals.open(canonical(reveal_id), caller), archive.clock())


@router.post("/reveals/{reveal_id}/approve", summary="批准", response_description="已批准", responses=_DECIDE)
def approve(reveal_id: RevealId, caller: Approver, service: Serving) -> DecidedRevealOut:
    """批准别人的申请；本人的不能批准。不存在的和不在本岗位范围内的，回答相同。"""
    archive = service.archive
    return _decided(archive.reveal_approvals.approve(canonical(reveal_id), caller), service)


@router.post(
    "/reveals/{reveal_id}/refuse",
    summary="不批准",
    response_description="未批准",
    dependencies=[Depends(only_json)],
    responses=_WRITE,
)
def refuse(reveal_id: RevealId, said: RefusalIn, caller: Approver, service: Serving) -> DecidedRevealOut:
    """不批准别人的申请，写明理由，申请人看得到。"""
    service.readiness.need("detector")
    decided = service.archive.reveal_approvals.refuse(canonical(reveal_id), said.note, caller)
    return _decided(decided, service)


@router.post(
    "/reveals/{reveal_id}/review",
    summary="复核紧急查阅",
    response_description="已复核",
    dependencies=[Depends(only_json)],
    responses=_WRITE,
)
def review(reveal_id: RevealId, said: EmergencyReviewIn, caller: Auditor, service: Serving) -> EmergencyOut:
    """对一次紧急查阅写下结论；本人的不能复核，复核过的不能再改。"""
    service.readiness.need("detector")
    desk = service.archive.emergency_reviews
    return EmergencyOut.of(desk.review(canonical(reveal_id), said.verdict, said.note, caller))


def _decided(reveal: Reveal, service: Serving) -> DecidedRevealOut:
    return DecidedRevealOut(
        reveal_id=reveal.reveal_id,
        state=state_of(reveal, service.archive.clock()),
        expires_at=reveal.expires_at,
    )
