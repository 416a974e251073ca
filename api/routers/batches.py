"""Classification of many texts in one stream of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from api.analysis import ClassifiedText, classify_texts, record_many
from api.batch import Asked, LineAnswers
from api.dependencies import CallerThen, ClassifyCaller, Serving
from api.exchange import MEDIA_TYPE, Exchange, Order
from api.routers.analysis import ClassificationOut
from api.routers.answers import refusals
from indexer.parsing.limits import MIB
from models.errors import (
    DependencyFailed,
    Forbidden,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMedia,
)

PATH = "/v1/classify/batch"
MAX_BYTES = 256 * MIB

_ACCEPTED = frozenset({MEDIA_TYPE, "application/ndjson", "application/jsonl"})
_ASKED = '{"id":"1","text":"剖宫产能报多少"}\n{"id":"2"}\n'
_ANSWERED = (
    '{"id":"1","insurance_type":"生育","labels":[{"label":"生育","probability":0.96}],"prediction_set":["生育"],'
    '"decision":"ACCEPTED","material_type":null,"material_probability":0.0,"evidence":["剖宫产"],'
    '"artifact":"classifier-v1","retention":null}\n'
    '{"id":"2","error":{"code":"invalid_input","detail":"缺少文本字段 text，请补上后重试这一行。"}}\n'
)
_LINES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _ASKED}},
    }
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "每行一个结果，顺序与提交的相同",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _ANSWERED}},
    }
}

router = APIRouter(prefix="/v1", tags=["分类与隐私检查"])


def only_lines(request: Request) -> None:
    """Refuse a body that is not declared as lines of JSON, or declared too large."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if media_type not in _ACCEPTED or encoding != "identity":
        raise UnsupportedMedia(f"请以 {MEDIA_TYPE} 提交，每行一个 JSON 对象，不压缩。")
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared[:18]) > MAX_BYTES:
        raise TooLarge(f"一次最多 {MAX_BYTES // MIB} MiB，请分批提交。")


@router.post(
    "/classify/batch",
    summary="批量分类",
    response_class=Response,
    dependencies=[Depends(only_lines)],
    openapi_extra=_LINES,
    responses=_ANSWER
    | refusals(Unauthenticated, Forbidden, TooLarge, UnsupportedMedia, TooManyRequests, DependencyFailed),
)
def classify_batch(caller: ClassifyCaller, caller_then: CallerThen, service: Serving) -> Response:
    """逐行分类：收一行答一行，顺序不变，边收边答；一行有误只影响这一行，回答中该行为 error。

    读得慢，服务就答得慢。行数或总量超过上限、令牌中途失效时，已收下的先答完，最后一行的 id 为空并说明原因。
    """
    service.readiness.need("detector", "embedder", "classifier")
    archive = service.archive

    def classify(asked: Sequence[Asked]) -> list[ClassifiedText]:
        texts, days = [one.text for one in asked], [one.formed_on for one in asked]
        return classify_texts(archive, texts, caller_then(), days)

    order = Order(
        subject=caller.subject,
        answer=LineAnswers(classify, _shown).to,
        ended=lambda outcome, digest: record_many(archive, caller, outcome, digest),
        max_lines=archive.settings.batch_lines,
    )
    return Exchange(order, service.exchanges)


def _shown(made: ClassifiedText) -> Mapping[str, object]:
    return ClassificationOut.of(made).model_dump(mode="json", by_alias=True)
