"""Whether the process lives and whether it can serve."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import Serving
from api.routers.answers import refusals
from api.schemas import HealthOut
from models.errors import DependencyFailed

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
