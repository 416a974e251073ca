"""Search, completions, similar documents, a result list to carry away."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi import Query as Param

from api.dependencies import ReadCaller, SearchCaller, Searching, Serving, only_json
from api.routers.answers import refusals
from api.routers.identifiers import DocId, canonical
from api.routers.search_answers import HitOut, SearchAnswer, SimilarAnswer, SuggestAnswer
from api.routers.search_schemas import ExportRequest, SearchRequest
from indexer.suggestions import MAX_CHARACTERS, MAX_SUGGESTIONS
from models.errors import (
    DependencyFailed,
    Forbidden,
    IndexMismatch,
    InvalidInput,
    NotVisible,
    Unauthenticated,
    UnsupportedMedia,
)

router = APIRouter(prefix="/v1", tags=["检索"])
_REFUSED = (Unauthenticated, Forbidden, InvalidInput, UnsupportedMedia, DependencyFailed, IndexMismatch)


@router.post(
    "/search",
    summary="检索档案",
    response_description="查到的档案，最相关的在前",
    dependencies=[Depends(only_json)],
    responses=refusals(*_REFUSED),
)
def search(request: SearchRequest, caller: SearchCaller, searcher: Searching) -> SearchAnswer:
    """在本人可查阅的范围内检索，个人信息已遮蔽；件数只数可查阅的，范围外的档案不影响回答。"""
    return SearchAnswer.of(searcher.ask(request.to_query(), caller))


@router.post(
    "/search/export",
    summary="导出检索结果",
    response_description="结果表（CSV，UTF-8）",
    response_class=Response,
    dependencies=[Depends(only_json)],
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "结果表（CSV，UTF-8）"},
        **refusals(*_REFUSED),
    },
)
def export(request: ExportRequest, caller: ReadCaller, _: Searching, service: Serving) -> Response:
    """把检索结果整表导出，个人信息已遮蔽，逐份记入日志；单元格不会被当作公式。隐私专员不能批量导出。"""
    table = service.archive.exports.table(request.to_query(), caller)
    named = {"Content-Disposition": 'attachment; filename="chadang-results.csv"'}
    return Response(table.encode("utf-8"), media_type="text/csv; charset=utf-8", headers=named)


@router.get(
    "/suggest",
    summary="输入建议",
    response_description="建议",
    responses=refusals(Unauthenticated, Forbidden, InvalidInput, DependencyFailed, IndexMismatch),
)
def suggest(
    q: Annotated[str, Param(min_length=1, max_length=MAX_CHARACTERS, description="已输入的文字")],
    caller: SearchCaller,
    service: Serving,
    limit: Annotated[int, Param(ge=1, le=MAX_SUGGESTIONS, description="最多几条")] = 8,
) -> SuggestAnswer:
    """补全检索词：只取自公开词表和本人可查阅档案的题名（个人信息已换成占位符）；可输入拼音或首字母。"""
    service.readiness.need("index")
    return SuggestAnswer.of(service.archive.suggester.suggest(q, caller, limit))


@router.get(
    "/documents/{doc_id}/similar",
    summary="相近的档案",
    response_description="相近的档案，最相近的在前",
    responses=refusals(Unauthenticated, Forbidden, NotVisible, InvalidInput, DependencyFailed, IndexMismatch),
)
def similar(
    doc_id: DocId,
    caller: SearchCaller,
    _: Searching,
    service: Serving,
    limit: Annotated[int, Param(ge=1, le=MAX_SUGGESTIONS, description="最多几份")] = 10,
) -> SimilarAnswer:
    """与一份可查阅的档案相近的其他档案。不存在的和不在查阅范围内的，回答相同。"""
    hits = service.archive.similar.similar_to(canonical(doc_id), caller, limit)
    return SimilarAnswer(hits=[HitOut.of(hit) for hit in hits])
