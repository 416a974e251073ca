"""Saved searches: keeping a question, and being told what is new."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from api.dependencies import SearchCaller, Searching, Serving, only_json
from api.routers.answers import refusals
from api.routers.identifiers import canonical
from api.routers.search_answers import HitOut
from api.routers.search_schemas import ExportRequest
from api.schemas import Answer
from indexer.answers import Filters
from indexer.store.saved_searches_port import SavedSearch
from models.errors import (
    Conflict,
    DependencyFailed,
    Forbidden,
    IndexMismatch,
    InvalidInput,
    NotVisible,
    Unauthenticated,
    UnsupportedMedia,
)

router = APIRouter(prefix="/v1/searches", tags=["检索"])
SearchId = Annotated[str, Path(description="保存的检索的编号")]


class FiltersOut(Answer):
    insurance_types: list[str] = Field(description="险种")
    material_types: list[str] = Field(description="材料类型")
    region_prefix: str = Field(description="行政区划代码前缀")
    year_from: int | None = Field(description="形成年份起（含）")
    year_to: int | None = Field(description="形成年份止（含）")

    @classmethod
    def of(cls, filters: Filters) -> Self:
        return cls(
            insurance_types=list(filters.insurance_types),
            material_types=list(filters.material_types),
            region_prefix=filters.region_prefix,
            year_from=filters.first_year,
            year_to=filters.last_year,
        )


class SavedSearchOut(Answer):
    search_id: str = Field(description="编号")
    query: str = Field(description="检索词")
    filters: FiltersOut = Field(description="限定条件")
    ignore: list[str] = Field(description="不采用的理解")
    only: list[str] = Field(description="按此限定的理解")
    created_at: datetime = Field(description="保存时间（UTC）")
    looked_at: datetime = Field(description="上次查看时间（UTC）")

    @classmethod
    def of(cls, saved: SavedSearch) -> Self:
        query = saved.query
        return cls(
            search_id=saved.search_id,
            query=query.text,
            filters=FiltersOut.of(query.filters),
            ignore=sorted(query.ignored),
            only=sorted(query.only),
            created_at=saved.created_at,
            looked_at=saved.looked_at,
        )


class SavedSearchesOut(Answer):
    searches: list[SavedSearchOut] = Field(description="本账号保存的检索，先保存的在前")


class NewsOut(Answer):
    hits: list[HitOut] = Field(description="以前没有给您看过、此刻可供您查阅的，最相关的在前")


@router.post(
    "",
    status_code=201,
    summary="保存检索",
    response_description="已保存",
    dependencies=[Depends(only_json)],
    responses=refusals(
        Unauthenticated, Forbidden, InvalidInput, UnsupportedMedia, Conflict, DependencyFailed, IndexMismatch
    ),
)
def save(request: ExportRequest, caller: SearchCaller, _: Searching, service: Serving) -> SavedSearchOut:
    """保存检索词和条件，加密存放；此刻查得到的算作已看过，以后只告知新的。"""
    return SavedSearchOut.of(service.archive.saved_searches.save(request.to_query(), caller))


@router.get(
    "",
    summary="保存的检索",
    response_description="清单",
    responses=refusals(Unauthenticated, Forbidden, DependencyFailed),
)
def listed(caller: SearchCaller, _: Searching, service: Serving) -> SavedSearchesOut:
    """列出本账号保存的检索；不检索，也不改变“已看过”。"""
    found = service.archive.saved_searches.listed(caller)
    return SavedSearchesOut(searches=[SavedSearchOut.of(saved) for saved in found])


@router.post(
    "/{search_id}/look",
    summary="看有什么新的",
    response_description="新的档案",
    responses=refusals(Unauthenticated, Forbidden, NotVisible, DependencyFailed, IndexMismatch),
)
def look(search_id: SearchId, caller: SearchCaller, _: Searching, service: Serving) -> NewsOut:
    """再检索一次，只给出没有给您看过的；看过即不再告知。查阅范围外的档案不影响回答。"""
    news = service.archive.saved_searches.look(canonical(search_id), caller)
    return NewsOut(hits=[HitOut.of(hit) for hit in news.hits])


@router.delete(
    "/{search_id}",
    status_code=204,
    summary="删去保存的检索",
    response_class=Response,
    response_description="已删去",
    responses=refusals(Unauthenticated, Forbidden, NotVisible, DependencyFailed),
)
def remove(search_id: SearchId, caller: SearchCaller, _: Searching, service: Serving) -> None:
    """删去检索词和查看记录。不存在的和别人的，回答相同。"""
    service.archive.saved_searches.remove(canonical(search_id), caller)
