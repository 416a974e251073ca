"""Reviews of classifications: what waits, who has it, what people decided, whether things have moved."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.dependencies import Caller, Serving, admit, only_json, requires
from api.routers.answers import refusals
from api.routers.identifiers import DocId, canonical
from api.routers.review_schemas import (
    CorrectionIn,
    DecidedOut,
    DriftOut,
    HintOut,
    HintsOut,
    ReviewItemOut,
    ReviewsOut,
)
from indexer.classification_reviews import MAX_LISTED
from models.access.principal import Duty, Principal
from models.errors import (
    Conflict,
    DependencyFailed,
    Forbidden,
    InvalidInput,
    NotVisible,
    Unauthenticated,
    UnsupportedMedia,
)

router = APIRouter(prefix="/v1/reviews", tags=["分类复核"])

Reviewer = Annotated[Principal, Depends(requires(Duty.REVIEW))]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="最多几件")]
_READ = refusals(Unauthenticated, Forbidden, InvalidInput, DependencyFailed)
_ONE = refusals(Unauthenticated, Forbidden, NotVisible, DependencyFailed)
_ACT = refusals(Unauthenticated, Forbidden, NotVisible, Conflict, DependencyFailed)


def watcher(caller: Caller, service: Serving) -> Principal:
    """Let reviewers and operators through."""
    admit(caller, Duty.OPERATE if Duty.OPERATE in caller.duties else Duty.REVIEW, service)
    return caller


@router.get("", summary="待复核的档案", response_description="最该先看的在前", responses=_READ)
def queue(caller: Reviewer, service: Serving, limit: Limit = 20) -> ReviewsOut:
    """列出查阅范围内需要人工复核的档案和抽查件：把握最小、与已看过的最不相像的在前。自己跳过的不再列出。"""
    listed = service.archive.classification_reviews.queue(caller, limit)
    return ReviewsOut(items=[ReviewItemOut.of(item) for item in listed])


@router.get("/hints", summary="可能判错的复核", response_description="可疑的复核", responses=_READ)
def hints(caller: Reviewer, service: Serving, limit: Limit = 20) -> HintsOut:
    """列出查阅范围内复核结论可能有误的档案，供再看一次。"""
    found = service.archive.classification_reviews.hints(caller, limit)
    return HintsOut(hints=[HintOut.of(doubt) for doubt in found])


@router.get("/drift", summary="分类漂移", response_description="漂移与告警", responses=_READ)
def drift(caller: Annotated[Principal, Depends(watcher)], service: Serving) -> DriftOut:
    """来件和复核结论有没有明显变化。复核人员看查阅范围内的，系统管理员看全库汇总；过小的数不给出。"""
    return DriftOut.of(service.archive.classification_shift.report(caller))


@router.post("/next", summary="认领下一件", response_description="认领到的档案", responses=_ACT)
def claim_next(caller: Reviewer, service: Serving) -> ReviewItemOut:
    """认领队列中第一件没有人在看的档案；没有了回答 404。"""
    return ReviewItemOut.of(service.archive.classification_reviews.claim_next(caller))


@router.get("/{doc_id}", summary="一件的复核情况", response_description="复核情况", responses=_ONE)
def item(doc_id: DocId, caller: Reviewer, service: Serving) -> ReviewItemOut:
    """一件档案的自动分类、目录记载、认领和历次复核。不存在的和不在查阅范围内的，回答相同。"""
    return ReviewItemOut.of(service.archive.classification_reviews.item(canonical(doc_id), caller))


@router.post("/{doc_id}/claim", summary="认领", response_description="认领到的档案", responses=_ACT)
def claim(doc_id: DocId, caller: Reviewer, service: Serving) -> ReviewItemOut:
    """认领一件，三十分钟内别人不能复核；再次认领即延长。已有他人认领的回答 409。"""
    return ReviewItemOut.of(service.archive.classification_reviews.claim(canonical(doc_id), caller))


@router.post("/{doc_id}/confirm", summary="确认", response_description="已记录", responses=_ACT)
def confirm(doc_id: DocId, caller: Reviewer, service: Serving) -> DecidedOut:
    """确认所提的分类（proposed）正确。须先认领。"""
    return DecidedOut.of(service.archive.classification_reviews.confirm(canonical(doc_id), caller))


@router.post(
    "/{doc_id}/correct",
    summary="改正",
    response_description="已记录",
    dependencies=[Depends(only_json)],
    responses={**_ACT, **refusals(InvalidInput, UnsupportedMedia)},
)
def correct(doc_id: DocId, request: CorrectionIn, caller: Reviewer, service: Serving) -> DecidedOut:
    """写明正确的险种和材料类型。档案的分类、检索条件立即随之改变，并留作训练样本。须先认领。"""
    desk = service.archive.classification_reviews
    return DecidedOut.of(desk.correct(canonical(doc_id), request.truth(), caller))


@router.post("/{doc_id}/skip", summary="跳过", response_description="已记录", responses=_ACT)
def skip(doc_id: DocId, caller: Reviewer, service: Serving) -> DecidedOut:
    """拿不准，留给别人；自己的队列里不再出现。须先认领。"""
    return DecidedOut.of(service.archive.classification_reviews.skip(canonical(doc_id), caller))
