"""The ledger of who looked at what, for those who audit it. Reading it is recorded in it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import AwareDatetime

from api.dependencies import Serving, only_json, requires
from api.reporting.html import style_policy
from api.reporting.receipts import page_of_receipt
from api.routers.answers import refusals
from api.routers.audit_schemas import (
    CheckpointOut,
    CheckpointsOut,
    ConsistencyOut,
    EntryOut,
    LedgerPageOut,
    ProofOut,
    ReceiptIn,
    ReceiptOut,
)
from api.routers.identifiers import canonical
from indexer.ledger.receipts import ReceiptRequest
from indexer.store.ledger_port import Wanted
from models.access.principal import Duty, Principal
from models.errors import (
    ArtifactTampered,
    Forbidden,
    InvalidInput,
    NotVisible,
    Unauthenticated,
    UnsupportedMedia,
)

router = APIRouter(prefix="/v1/audit", tags=["查阅台账"])

Auditor = Annotated[Principal, Depends(requires(Duty.READ_AUDIT))]
Issuer = Annotated[Principal, Depends(requires(Duty.ISSUE_RECEIPTS))]
Seq = Annotated[int, Path(ge=1, le=2**53, description="台账的第几条")]
Cursor = Annotated[str | None, Query(pattern=r"^[1-9]\d{0,15}$", description="上一页给出的 next_cursor")]
Limit = Annotated[int, Query(ge=1, le=500, description="最多几条")]
_MANY = refusals(Unauthenticated, Forbidden, InvalidInput, ArtifactTampered)
_ONE = refusals(Unauthenticated, Forbidden, InvalidInput, NotVisible, ArtifactTampered)
_HTML = "text/html"


def wanted_of(
    account: Annotated[str, Query(max_length=64, description="只看这个账号的")] = "",
    action: Annotated[str, Query(max_length=32, description="只看这个动作的（代码）")] = "",
    document: Annotated[str, Query(max_length=36, description="只看涉及这件档案的（编号）")] = "",
    since: Annotated[AwareDatetime | None, Query(description="从何时起（含），带时区")] = None,
    until: Annotated[AwareDatetime | None, Query(description="到何时止（不含），带时区")] = None,
) -> Wanted:
    documents = (canonical(document),) if document else ()
    return Wanted(account, action, documents, since, until)


@router.get("", summary="查看台账", response_description="一页记录", responses=_MANY)
def page(
    caller: Auditor,
    service: Serving,
    wanted: Annotated[Wanted, Depends(wanted_of)],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> LedgerPageOut:
    """谁、为何、何时、做了什么、结果如何，新的在前，可按账号、动作、档案、时间筛选。这次查看也记入台账。"""
    found = service.archive.ledger_reading.page(wanted, int(cursor) if cursor else None, limit, caller)
    return LedgerPageOut(
        entries=[EntryOut.of(recorded) for recorded in found.entries], next_cursor=_next(found.next)
    )


@router.get("/checkpoints", summary="检查点", response_description="签署的检查点", responses=_MANY)
def checkpoints(
    caller: Auditor, service: Serving, cursor: Cursor = None, limit: Limit = 50
) -> CheckpointsOut:
    """签署过的检查点，新的在前。另存一份，以后就能核对在此以前的记录有没有被改写。"""
    archive = service.archive
    found = archive.ledger_reading.checkpoints(int(cursor) if cursor else None, limit, caller)
    return CheckpointsOut(
        checkpoints=[CheckpointOut.of(made) for made in found],
        next_cursor=_next(found[-1].number if len(found) == limit and found[-1].number > 1 else None),
        public_key=archive.ledger.public_key,
    )


@router.post(
    "/checkpoints", status_code=201, summary="签署检查点", response_description="已签署", responses=_MANY
)
def sign(caller: Auditor, service: Serving) -> CheckpointOut:
    """签署此刻的台账。"""
    return CheckpointOut.of(service.archive.ledger_reading.checkpoint(caller))


@router.get(
    "/checkpoints/{number}/consistency",
    summary="检查点相接的证明",
    response_description="证明",
    responses=_ONE,
)
def consistency(
    number: Annotated[int, Path(ge=1, le=2**31 - 1, description="第几个检查点")],
    caller: Auditor,
    service: Serving,
) -> ConsistencyOut:
    """证明此刻的台账以那个检查点签署时的台账开头，其后只有添加。"""
    reading = service.archive.ledger_reading
    return ConsistencyOut.model_validate(reading.consistency_from(number, caller))


@router.post(
    "/receipts",
    summary="出具查阅回执",
    response_description="签署的回执；Accept 为 text/html 时是可打印的网页",
    dependencies=[Depends(only_json)],
    response_model=ReceiptOut,
    responses={**_ONE, **refusals(UnsupportedMedia)},
)
def receipt(
    request: ReceiptIn,
    caller: Issuer,
    service: Serving,
    accept: Annotated[str, Header(max_length=256, description="要网页时写 text/html")] = "application/json",
) -> Response | ReceiptOut:
    """“谁看过我的档案”：所列档案的每次查阅，附证明和签名，不经本系统也能核对。不含检索的问题和其他档案。"""
    wanted = ReceiptRequest(tuple(request.documents), request.since, request.until)
    made = service.archive.receipts.issue(wanted, caller)
    if _HTML in accept:
        page = page_of_receipt(made)
        return Response(page, media_type=_HTML, headers={"Content-Security-Policy": style_policy()})
    return ReceiptOut.model_validate(made)


@router.get("/{seq}", summary="一条记录", response_description="记录", responses=_ONE)
def one(seq: Seq, caller: Auditor, service: Serving) -> EntryOut:
    """台账的一条。没有的和已移出的，回答相同。"""
    return EntryOut.of(service.archive.ledger_reading.one(seq, caller))


@router.get("/{seq}/proof", summary="一条记录的证明", response_description="记录与证明", responses=_ONE)
def proof(seq: Seq, caller: Auditor, service: Serving) -> ProofOut:
    """这一条确在签署的台账内的证明，可用离线脚本核对。"""
    return ProofOut.model_validate(service.archive.ledger_reading.proof(seq, caller))


def _next(position: int | None) -> str | None:
    return None if position is None else str(position)
