"""Search."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.dependencies import SearchCaller, Searching, only_json
from api.routers.answers import refusals
from api.schemas import HitOut, SearchAnswer, SearchRequest
from models.errors import (
    DependencyFailed,
    Forbidden,
    IndexMismatch,
    InvalidInput,
    Unauthenticated,
    UnsupportedMedia,
)

router = APIRouter(prefix="/v1", tags=["检索"])


@router.post(
    "/search",
    summary="检索档案",
    response_description="查到的档案，最相关的在前",
    dependencies=[Depends(only_json)],
    responses=refusals(
        Unauthenticated, Forbidden, InvalidInput, UnsupportedMedia, DependencyFailed, IndexMismatch
    ),
)
def search(request: SearchRequest, caller: SearchCaller, searcher: Searching) -> SearchAnswer:
    """在本人可查阅的范围内检索，个人信息已遮蔽；不返回总数，范围外的档案不影响结果。"""
    return SearchAnswer(hits=[HitOut.of(hit) for hit in searcher.search(request.to_query(), caller)])
