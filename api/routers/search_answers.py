"""What is answered around a search: hits, what was understood, counts, completions."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from api.schemas import Answer as Told
from api.schemas import example
from indexer.answers import Answer, MaskedHit
from indexer.facets import FacetCount, Facets
from indexer.marking import Span
from indexer.suggestions import Suggestion
from indexer.understanding.pieces import Piece
from models.archive.regions import full_name


class SpanOut(Told):
    start: int = Field(description="起（字符位置，自 0 起）")
    end: int = Field(description="止（不含）")

    @classmethod
    def all_of(cls, spans: tuple[Span, ...]) -> list[Self]:
        return [cls(start=span.start, end=span.end) for span in spans]


class PieceOut(Told):
    name: str = Field(description="名称，填入 ignore 或 only")
    kind: str = Field(description="种类")
    label: str = Field(description="种类名")
    start: int = Field(description="在检索词中的起始位置")
    end: int = Field(description="终止位置（不含）")
    meaning: str = Field(description="理解为什么")
    ignored: bool = Field(description="是否已按要求不采用")
    filters: bool = Field(description="是否用来限定范围；否则只用来排序")

    @classmethod
    def of(cls, piece: Piece, answer: Answer) -> Self:
        return cls(
            name=piece.name,
            kind=piece.kind,
            label=piece.kind.label,
            start=piece.start,
            end=piece.end,
            meaning=piece.meaning,
            ignored=piece.name in answer.ignored,
            filters=piece.name in answer.filtering,
        )


class FacetOut(Told):
    value: str = Field(description="取值")
    name: str = Field(description="名称")
    count: int = Field(description="件数")

    @classmethod
    def all_of(cls, counts: tuple[FacetCount, ...]) -> list[Self]:
        return [cls(value=c.value, name=c.value, count=c.count) for c in counts]


class FacetsOut(Told):
    insurance_types: list[FacetOut] = Field(description="险种")
    material_types: list[FacetOut] = Field(description="材料类型")
    years: list[FacetOut] = Field(description="形成年份")
    regions: list[FacetOut] = Field(description="行政区划")

    @classmethod
    def of(cls, facets: Facets) -> Self:
        return cls(
            insurance_types=FacetOut.all_of(facets.insurance_types),
            material_types=FacetOut.all_of(facets.material_types),
            years=FacetOut.all_of(facets.years),
            regions=[
                FacetOut(value=c.value, name=full_name(c.value) or c.value, count=c.count)
                for c in facets.regions
            ],
        )


class HitOut(Told):
    doc_id: str = Field(description="档案编号（系统内）")
    archive_no: str | None = Field(description="档号")
    title: str = Field(description="题名，个人信息已遮蔽")
    passage: str = Field(description="最相关的一段，个人信息已遮蔽")
    page_no: int = Field(description="所在页，自 1 起")
    insurance_types: list[str] = Field(description="险种")
    material_type: str | None = Field(description="材料类型")
    year: int | None = Field(description="形成年份")
    region: str = Field(description="行政区划代码")
    reasons: list[str] = Field(description="为何找到")
    title_marks: list[SpanOut] = Field(description="题名中与检索词相同的字词所在位置")
    passage_marks: list[SpanOut] = Field(description="摘录中与检索词相同的字词所在位置")
    words: list[str] = Field(description="这些字词")

    @classmethod
    def of(cls, hit: MaskedHit) -> Self:
        return cls(
            doc_id=hit.doc_id,
            archive_no=hit.archive_no,
            title=hit.title,
            passage=hit.passage,
            page_no=hit.page_no,
            insurance_types=list(hit.insurance_types),
            material_type=hit.material_type,
            year=hit.year,
            region=hit.region,
            reasons=list(hit.reasons),
            title_marks=SpanOut.all_of(hit.title_marks),
            passage_marks=SpanOut.all_of(hit.passage_marks),
            words=list(hit.words),
        )


class SearchAnswer(Told):
    model_config = example(
        hits=[
            {
                "doc_id": "01930000-0000-7000-8000-000000000001",
                "archive_no": None,
                "title": "企业职工退休审批表",
                "passage": "姓名：张**，公民身份号码：110***********002X，批准退休。",
                "page_no": 1,
                "insurance_types": ["养老"],
                "material_type": "退休审批",
                "year": 2019,
                "region": "500111",
                "reasons": ["语义相近", "字词匹配"],
                "title_marks": [{"start": 4, "end": 9}],
                "passage_marks": [],
                "words": ["退休审批表"],
            }
        ],
        total=1,
        facets={
            "insurance_types": [{"value": "养老", "name": "养老", "count": 1}],
            "material_types": [],
            "years": [],
            "regions": [],
        },
        understood=[
            {
                "name": "years:0",
                "kind": "years",
                "label": "年份",
                "start": 0,
                "end": 5,
                "meaning": "2019年",
                "ignored": False,
                "filters": False,
            }
        ],
        simplified=False,
        next_cursor=None,
        did_you_mean=[],
    )

    hits: list[HitOut] = Field(description="查到的档案，最相关的在前")
    total: int = Field(description="可查阅范围内符合限定条件的档案共几份（不论是否与检索词相符）")
    facets: FacetsOut = Field(description="这些档案按险种、材料、年份、区划各几份")
    understood: list[PieceOut] = Field(description="从检索词中理解到的内容")
    simplified: bool = Field(description="是否已把繁体按简体检索")
    next_cursor: str | None = Field(description="下一页的标记，最后一页为空")
    did_you_mean: list[str] = Field(description="是否想找：只据公开词表改正的写法")

    @classmethod
    def of(cls, answer: Answer) -> Self:
        return cls(
            hits=[HitOut.of(hit) for hit in answer.hits],
            total=answer.facets.total,
            facets=FacetsOut.of(answer.facets),
            understood=[PieceOut.of(piece, answer) for piece in answer.understood],
            simplified=answer.simplified,
            next_cursor=answer.next_cursor,
            did_you_mean=list(answer.did_you_mean),
        )


class SimilarAnswer(Told):
    hits: list[HitOut] = Field(description="相近的档案，最相近的在前")


class SuggestionOut(Told):
    text: str = Field(description="建议的检索词；来自题名的，个人信息已换成占位符")
    source: str = Field(description="vocabulary 公开词表，title 可查阅档案的题名")


class SuggestAnswer(Told):
    suggestions: list[SuggestionOut] = Field(description="建议")

    @classmethod
    def of(cls, suggestions: list[Suggestion]) -> Self:
        return cls(suggestions=[SuggestionOut(text=s.text, source=s.source) for s in suggestions])
