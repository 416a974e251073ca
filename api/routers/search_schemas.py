"""What is sent to search."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from api.schemas import Insurance, Sent, Word, Year, example
from indexer.answers import MAX_LIMIT, MAX_QUERY_CHARACTERS, Filters, Query
from indexer.cursors import MAX_CHARACTERS
from models.archive.regions import is_code

_KINDS = "years|region|insurance|material|archive_no|document_no|employer"
Ignored = Annotated[str, Field(pattern=rf"^(?:(?:{_KINDS})(?::\d{{1,4}})?|script)$", max_length=24)]
Narrowing = Annotated[
    str, Field(pattern=r"^(?:years|region|insurance|material)(?::\d{1,4})?$", max_length=24)
]


class FiltersIn(Sent):
    insurance_types: list[Insurance] = Field([], max_length=7, description="险种，任一相符即可")
    material_types: list[Word] = Field([], max_length=50, description="材料类型，任一相符即可")
    region_prefix: str = Field("", max_length=12, description="行政区划代码前缀")
    year_from: Year | None = Field(None, description="形成年份起（含）")
    year_to: Year | None = Field(None, description="形成年份止（含）")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.year_from is not None and self.year_to is not None and self.year_from > self.year_to:
            raise PydanticCustomError("year_order", "year_order")
        if self.region_prefix and not is_code(self.region_prefix):
            raise PydanticCustomError("region_code", "region_code")
        return self


class ExportRequest(Sent):
    """整表导出的检索请求，不分页。"""

    model_config = example(query="2019年的退休审批表", only=["years"])

    query: str = Field(min_length=1, max_length=MAX_QUERY_CHARACTERS, description="检索词，平常的话即可")
    filters: FiltersIn = Field(default_factory=FiltersIn, description="限定条件，不填不限")
    ignore: list[Ignored] = Field(
        [], max_length=50, description="不采用的理解，写名称（years:0）或种类（years）；script 为不转换繁体"
    )
    only: list[Narrowing] = Field(
        [], max_length=50, description="按此限定的理解，写名称或种类；不写时只用来排序"
    )

    def to_query(self) -> Query:
        f = self.filters
        return Query(
            self.query,
            filters=Filters(
                insurance_types=tuple(f.insurance_types),
                material_types=tuple(f.material_types),
                region_prefix=f.region_prefix,
                first_year=f.year_from,
                last_year=f.year_to,
            ),
            ignored=frozenset(self.ignore),
            only=frozenset(self.only),
        )


class SearchRequest(ExportRequest):
    model_config = example(
        query="大足区 2019 年的退休审批表", limit=10, filters={"insurance_types": ["养老"], "year_from": 2018}
    )

    limit: int = Field(10, ge=1, le=MAX_LIMIT, description="每页几份档案")
    cursor: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_CHARACTERS,
        description="上一页回答中的 next_cursor；检索词和条件须与第一页相同",
    )

    def to_query(self) -> Query:
        return replace(super().to_query(), limit=self.limit, cursor=self.cursor)
