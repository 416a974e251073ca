"""Reviewed documents like a text that is not kept: precedents for an answer of the classifier."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import Field

from api.dependencies import ClassifyCaller, Serving, only_json
from api.routers.answers import refusals
from api.routers.review_schemas import TruthOut
from api.schemas import MAX_TEXT_CHARACTERS, Answer, Sent, example
from indexer.review_examples import MAX_EXAMPLES, ReviewedExample
from indexer.store.classification_port import Truth
from models.errors import DependencyFailed, Forbidden, InvalidInput, Unauthenticated, UnsupportedMedia

router = APIRouter(prefix="/v1", tags=["分类复核"], dependencies=[Depends(only_json)])


class LikenessIn(Sent):
    model_config = example(text="职工因工受伤，申请支付医疗费。", count=3)

    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARACTERS, description="文字，不保存")
    count: int = Field(3, ge=1, le=MAX_EXAMPLES, description="最多几件")


class PrecedentOut(Answer):
    doc_id: str = Field(description="档案编号（系统内）")
    archive_no: str | None = Field(description="档号")
    title: str = Field(description="题名，个人信息已遮蔽")
    truth: TruthOut = Field(description="人工认定的分类")
    similarity: Annotated[float, Field(ge=-1, le=1)] = Field(description="与这段文字的相近程度")

    @classmethod
    def of(cls, found: ReviewedExample) -> Self:
        facts = found.document.facts
        return cls(
            doc_id=facts.doc_id,
            archive_no=found.document.archive_no,
            title=found.document.title,
            truth=TruthOut.of(Truth(facts.insurance_types, facts.material_type)),
            similarity=round(max(-1.0, min(1.0, found.similarity)), 4),
        )


class PrecedentsOut(Answer):
    examples: list[PrecedentOut] = Field(description="最相近的已复核档案，最近的在前")


@router.post(
    "/classify/examples",
    summary="相近的已复核档案",
    response_description="相近的档案",
    responses=refusals(Unauthenticated, Forbidden, InvalidInput, UnsupportedMedia, DependencyFailed),
)
def nearest(request: LikenessIn, caller: ClassifyCaller, service: Serving) -> PrecedentsOut:
    """查阅范围内与这段文字最相近、人工复核过的档案，供判断时参考。先遮蔽个人信息，再比较。"""
    service.readiness.need("detector", "embedder")
    found = service.archive.review_examples.nearest(request.text, caller, request.count)
    return PrecedentsOut(examples=[PrecedentOut.of(item) for item in found])
