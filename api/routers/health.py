"""Whether the process lives, whether it can serve, and what it counts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.dependencies import Searching, Serving, requires
from api.metrics import MEDIA_TYPE, exposition
from api.routers.answers import refusals
from api.schemas import HealthOut
from models.access.principal import Duty, Principal
from models.errors import DependencyFailed, Forbidden, Unauthenticated

router = APIRouter(tags=["运行状态"])


@router.get("/healthz", summary="进程是否存活", response_description="存活")
def healthz() -> HealthOut:
    """只表示进程在运行，不检查依赖。"""
    return HealthOut(status="alive")


@router.get(
    "/readyz",
    summary="能否提供服务",
    response_description="可以提供服务",
    responses=refusals(DependencyFailed),
)
def readyz(service: Serving) -> HealthOut:
    """档案库、索引和各模型都可用时为 200，否则为 503 并说明缺哪一项。"""
    service.readiness.check()
    return HealthOut(status="ready")


@router.get(
    "/metrics",
    summary="运行计数",
    response_class=Response,
    response_description="Prometheus 文本格式的计数",
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **refusals(Unauthenticated, Forbidden, DependencyFailed),
    },
)
def metrics(
    _: Annotated[Principal, Depends(requires(Duty.OPERATE))], searching: Searching, service: Serving
) -> Response:
    """只有计数，没有编号和内容。仅系统管理员可取：查档的人若能看到拦截数，就能推知范围之外有什么。"""
    waiting = service.archive.emergency_reviews.unreviewed()
    return Response(
        exposition(searching.desk.monitor.tally, waiting, service.archive.clock()), media_type=MEDIA_TYPE
    )
