"""The privacy officer's reports, verdicts and second person."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from api.dependencies import Serving, only_json, requires
from api.reporting.html import style_policy
from api.reporting.pages import page_of
from api.reporting.tables import csv_of
from api.reporting.values import regression_lines, report_value
from api.routers.answers import refusals
from api.routers.identifiers import canonical
from api.routers.privacy_schemas import (
    AllowanceIn,
    AllowanceOut,
    AllowancesOut,
    MissedIn,
    MissedOut,
    ReportsOut,
    ReviewIn,
    ReviewOut,
    SampleOut,
    SummaryOut,
)
from indexer.reviews import Judgement, MissedSpan
from indexer.store.reviews_port import Verdict
from models.access.principal import Duty, Principal
from models.errors import (
    Conflict,
    DependencyFailed,
    Forbidden,
    InvalidInput,
    NotVisible,
    Unauthenticated,
    UnsupportedMedia,
)
from models.privacy.report import ARCHIVE_REPORT

router = APIRouter(prefix="/v1/privacy", tags=["隐私报告与复核"])

Officer = Annotated[Principal, Depends(requires(Duty.REVIEW_DETECTIONS))]
ReportId = Annotated[str, Path(description="archive 为全库报告，否则为档案编号（系统内）")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="检出编号，自 1 起")]
_READ = refusals(Unauthenticated, Forbidden, NotVisible, InvalidInput)
_WRITE = refusals(
    Unauthenticated, Forbidden, NotVisible, InvalidInput, UnsupportedMedia, Conflict, DependencyFailed
)
_REPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "报告",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/csv": {"schema": {"type": "string"}},
            "text/html": {"schema": {"type": "string"}},
        },
    }
}


@router.get("/reports", summary="报告清单", response_description="各件的检出与复核情况", responses=_READ)
def reports(
    caller: Officer,
    service: Serving,
    cursor: Annotated[str, Query(max_length=64, description="上一页给出的 next")] = "",
    limit: Annotated[int, Query(ge=1, le=200, description="最多几件")] = 50,
) -> ReportsOut:
    """列出查阅范围内各件的检出数、复核情况和未放行原因；全库报告的编号是 archive。"""
    listed = service.archive.reports.summaries(caller, cursor, limit + 1)
    following = listed[limit - 1].doc_id if len(listed) > limit else None
    return ReportsOut(reports=[SummaryOut.of(item) for item in listed[:limit]], next=following)


@router.get(
    "/reports/{report_id}",
    summary="一份报告",
    response_class=Response,
    responses={**_READ, **_REPORT},
)
def report(
    report_id: ReportId,
    caller: Officer,
    service: Serving,
    format: Annotated[  # noqa: A002 - the name in the contract
        Literal["json", "csv", "html"], Query(description="格式：json、csv 或可打印的 html")
    ] = "json",
) -> Response:
    """全库或一件的报告，不含任何原值。不存在的和不在查阅范围内的，回答相同。"""
    makers = service.archive.reports
    made = (
        makers.archive(caller)
        if report_id == ARCHIVE_REPORT
        else makers.document(canonical(report_id), caller)
    )
    if format == "csv":
        headers = {"Content-Disposition": 'attachment; filename="privacy-report.csv"'}
        return Response(csv_of(made), media_type="text/csv", headers=headers)
    if format == "html":
        return Response(
            page_of(made), media_type="text/html", headers={"Content-Security-Policy": style_policy()}
        )
    return Response(json.dumps(report_value(made), ensure_ascii=False), media_type="application/json")


@router.post(
    "/reports/{report_id}/findings/{number}/review",
    summary="复核一处检出",
    response_description="已记录",
    dependencies=[Depends(only_json)],
    responses=_WRITE,
)
def review(
    report_id: ReportId, number: Number, request: ReviewIn, caller: Officer, service: Serving
) -> ReviewOut:
    """确认、判为误报或改正种类。误报须由第二人批准后才会显示，并在到期后恢复遮蔽。"""
    service.readiness.need("detector", "embedder")
    judgement = Judgement(Verdict(request.verdict), request.reason, request.kind, request.scope, request.days)
    allowance = service.archive.detection_reviews.judge(canonical(report_id), number, judgement, caller)
    return ReviewOut(number=number, verdict=request.verdict, allowance_id=allowance)


@router.post(
    "/reports/{report_id}/findings",
    status_code=201,
    summary="补充一处漏检",
    response_description="新检出的编号",
    dependencies=[Depends(only_json)],
    responses=_WRITE,
)
def add_missed(report_id: ReportId, request: MissedIn, caller: Officer, service: Serving) -> MissedOut:
    """指出漏检的一处；同样的内容在全库立即遮蔽，以后入库的也一样。"""
    service.readiness.need("detector", "embedder")
    span = MissedSpan(request.page_no, request.start, request.end, request.kind, request.reason)
    number = service.archive.detection_reviews.add_missed(canonical(report_id), span, caller)
    return MissedOut(number=number)


@router.get("/allowances", summary="误报放行清单", response_description="清单", responses=_READ)
def allowances(caller: Officer, service: Serving) -> AllowancesOut:
    """列出查阅范围内提出的和已批准的误报放行。"""
    listed = service.archive.second_person.allowances(caller)
    return AllowancesOut(allowances=[AllowanceOut.of(item) for item in listed])


@router.post(
    "/allowances",
    status_code=201,
    summary="提出误报放行",
    response_description="已记录，待第二人批准",
    dependencies=[Depends(only_json)],
    responses=_WRITE,
)
def propose(request: AllowanceIn, caller: Officer, service: Serving) -> ReviewOut:
    """把一处检出判为误报并提请放行，与复核接口的 false_positive 相同。"""
    service.readiness.need("detector", "embedder")
    judgement = Judgement(Verdict.FALSE_POSITIVE, request.reason, None, request.scope, request.days)
    made = service.archive.detection_reviews.judge(
        canonical(request.doc_id), request.number, judgement, caller
    )
    return ReviewOut(number=request.number, verdict="false_positive", allowance_id=made)


@router.post(
    "/allowances/{allowance_id}/approve",
    summary="批准误报放行",
    response_description="已批准",
    responses=refusals(Unauthenticated, Forbidden, NotVisible, Conflict),
)
def approve(
    allowance_id: Annotated[str, Path(description="放行编号")], caller: Officer, service: Serving
) -> AllowanceOut:
    """由提出人以外的隐私专员批准；此后在所定范围内显示原文，到期自动恢复遮蔽。"""
    return AllowanceOut.of(service.archive.second_person.approve(canonical(allowance_id), caller))


@router.get("/sample", summary="抽查名单", response_description="待复看的文件", responses=_READ)
def sample(caller: Officer, service: Serving) -> SampleOut:
    """没有检出的文件中抽出百分之二，请人复看；名单由带密钥的散列决定，不能挑选。"""
    return SampleOut.of(service.archive.second_person.sample(caller))


@router.post(
    "/sample/{report_id}",
    status_code=204,
    summary="记下已复看",
    response_class=Response,
    response_description="已记录",
    responses=refusals(Unauthenticated, Forbidden, NotVisible),
)
def looked(report_id: ReportId, caller: Officer, service: Serving) -> None:
    """记下抽查的一件已从头到尾复看；漏检的请先用补充接口提交。"""
    service.archive.second_person.look(canonical(report_id), caller)


@router.get(
    "/regression",
    summary="回归样本",
    response_class=Response,
    responses={
        **refusals(Unauthenticated, Forbidden),
        200: {
            "description": "逐行 JSON",
            "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        },
    },
)
def regression(caller: Officer, service: Serving) -> Response:
    """人工更正过的位置和种类，逐行 JSON，不含原文，供检验下一版识别。"""
    lines = regression_lines(service.archive.second_person.regression(caller))
    return Response("".join(f"{line}\n" for line in lines), media_type="application/x-ndjson")
