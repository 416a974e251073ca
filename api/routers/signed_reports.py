"""Reports that officers sign, keep and hand over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from api.dependencies import Serving, only_json
from api.routers.answers import refusals
from api.routers.identifiers import canonical
from api.routers.privacy_reports import Officer
from api.schemas import Answer, Sent
from indexer.store.signed_reports import SignedReport
from models.errors import Forbidden, InvalidInput, NotVisible, Unauthenticated, UnsupportedMedia

router = APIRouter(prefix="/v1/privacy/signed-reports", tags=["隐私报告与复核"])

SIGNATURE, PUBLIC_KEY = "X-Chadang-Signature", "X-Chadang-Public-Key"


class StatementIn(Sent):
    statement: str = Field(
        min_length=1, max_length=2000, description="签署意见；其中的个人信息会被遮蔽", examples=["已逐项核对"]
    )


class SignedOut(Answer):
    signed_report_id: str = Field(description="签署报告编号")
    officer: str = Field(description="签署人")
    signed_at: datetime = Field(description="签署时间")
    keep_until: datetime = Field(description="保存到何时")
    signature: str = Field(description="Ed25519 签名，十六进制")
    public_key: str = Field(description="公钥，十六进制")

    @classmethod
    def of(cls, report: SignedReport) -> SignedOut:
        return cls(
            signed_report_id=report.report_id,
            officer=report.officer,
            signed_at=report.signed_at,
            keep_until=report.keep_until,
            signature=report.signature,
            public_key=report.public_key,
        )


class SignedListOut(Answer):
    reports: list[SignedOut] = Field(description="签署的报告，新的在前")


@router.post(
    "",
    status_code=201,
    summary="签署全库报告",
    response_description="已签署并保存",
    dependencies=[Depends(only_json)],
    responses=refusals(Unauthenticated, Forbidden, InvalidInput, UnsupportedMedia),
)
def sign(request: StatementIn, caller: Officer, service: Serving) -> SignedOut:
    """生成此刻查阅范围内的全库报告，附上意见，签名后保存三年以上；签署后不能修改。"""
    service.readiness.need("detector")
    return SignedOut.of(service.archive.signing.sign(request.statement, caller))


@router.get(
    "",
    summary="签署的报告清单",
    response_description="清单",
    responses=refusals(Unauthenticated, Forbidden),
)
def signed_reports(caller: Officer, service: Serving) -> SignedListOut:
    """列出区划在查阅范围内的签署报告，新的在前。"""
    return SignedListOut(reports=[SignedOut.of(report) for report in service.archive.signing.listed(caller)])


@router.get(
    "/{signed_report_id}",
    summary="一份签署的报告",
    response_class=Response,
    responses={
        **refusals(Unauthenticated, Forbidden, NotVisible),
        200: {
            "description": f"签署的原文；签名在 {SIGNATURE}，公钥在 {PUBLIC_KEY}",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
    },
)
def signed_report(
    signed_report_id: Annotated[str, Path(description="签署报告编号")], caller: Officer, service: Serving
) -> Response:
    """逐字节给出签署时的内容，可离线验证。不存在的和不在查阅范围内的，回答相同。"""
    report = service.archive.signing.one(canonical(signed_report_id), caller)
    headers = {SIGNATURE: report.signature, PUBLIC_KEY: report.public_key}
    return Response(report.body, media_type="application/json", headers=headers)
