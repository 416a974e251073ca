"""Supervision of duty: alerts about look-ups, and what came of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from api.dependencies import Serving, only_json, requires
from api.routers.answers import refusals
from api.routers.identifiers import canonical
from api.schemas import Answer, Sent
from indexer.store.supervision_port import AlertState, KeptAlert
from indexer.supervision import MAX_LISTED, MAX_REASON_CHARACTERS, Summary
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
from models.supervision.rules import supervision_rules

router = APIRouter(prefix="/v1/supervision", tags=["履职监督"])

Supervisor = Annotated[Principal, Depends(requires(Duty.SUPERVISE))]
AlertId = Annotated[str, Path(description="告警编号")]
State = Annotated[AlertState | None, Query(description="只列出这一状态的")]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="最多几条")]
_READ = refusals(Unauthenticated, Forbidden, InvalidInput, DependencyFailed)
_ONE = refusals(Unauthenticated, Forbidden, NotVisible, DependencyFailed)


class JudgementIn(Sent):
    verdict: Literal["explained", "confirmed", "false_alarm"] = Field(
        description="结论：explained 有正当理由，confirmed 属实，false_alarm 误报"
    )
    reason: str = Field(min_length=1, max_length=MAX_REASON_CHARACTERS, description="依据")


class JudgementOut(Answer):
    verdict: AlertState = Field(description="结论")
    by: str = Field(description="由谁作出")
    at: datetime = Field(description="时间（UTC）")
    reason: str = Field(description="依据")

    @classmethod
    def all_of(cls, kept: KeptAlert) -> list[Self]:
        return [cls(verdict=j.verdict, by=j.by, at=j.at, reason=j.reason) for j in kept.judgements]


class AlertRuleOut(Answer):
    rule: str = Field(description="规则代码")
    title: str = Field(description="规则名称")

    @classmethod
    def of(cls, rule: str) -> Self:
        return cls(rule=rule, title=supervision_rules().title_of(rule))


class AlertOut(Answer):
    alert_id: str = Field(description="告警编号")
    day: date = Field(description="发生日期（北京时间）")
    severity: Literal["高", "中", "低"] = Field(description="轻重")
    state: AlertState = Field(description="状态：open 待处理，其余见处理结论")
    accounts: list[str] = Field(description="涉及的账号")
    rules: list[AlertRuleOut] = Field(description="触发的规则，最有分量的在前")
    explanation: str = Field(description="说明；只有时间、次数和平时的情况，没有个人信息")
    evidence: list[int] = Field(description="日志序号，可在审计日志中逐条核对")
    judgements: list[JudgementOut] = Field(description="历次处理，先后为序")

    @classmethod
    def of(cls, kept: KeptAlert) -> Self:
        alert = kept.alert
        return cls(
            alert_id=kept.alert_id,
            day=alert.day,
            severity=alert.severity.value,
            state=kept.state,
            accounts=list(alert.accounts),
            rules=[AlertRuleOut.of(rule) for rule in alert.rules],
            explanation=alert.explanation,
            evidence=list(alert.seqs),
            judgements=JudgementOut.all_of(kept),
        )


class AlertsOut(Answer):
    alerts: list[AlertOut] = Field(description="告警，日期近的在前，同日重的在前")


class AlertSummaryRuleOut(Answer):
    rule: str = Field(description="规则代码")
    title: str = Field(description="规则名称")
    alerts: int | None = Field(description="告警条数；过小的数不给出")
    open: int | None = Field(description="待处理条数；过小的数不给出")
    confirmed: int | None = Field(description="属实条数；过小的数不给出")


class AlertSummaryOut(Answer):
    months: dict[str, int | None] = Field(description="各月告警条数；过小的数不给出")
    rules: list[AlertSummaryRuleOut] = Field(description="各规则的告警")

    @classmethod
    def of(cls, summary: Summary) -> Self:
        rows = [
            AlertSummaryRuleOut(
                rule=r.rule, title=r.title, alerts=r.alerts, open=r.open, confirmed=r.confirmed
            )
            for r in summary.rules
        ]
        return cls(months=dict(summary.months), rules=rows)


@router.get("/alerts", summary="查阅告警", response_description="告警清单", responses=_READ)
def alerts(caller: Supervisor, service: Serving, state: State = None, limit: Limit = 50) -> AlertsOut:
    """列出本辖区的异常查阅告警；涉及本人的不列出。告警是待核实的疑问，不是结论。"""
    listed = service.archive.supervision.alerts(caller, state, limit)
    return AlertsOut(alerts=[AlertOut.of(kept) for kept in listed])


@router.get("/alerts/{alert_id}", summary="一条告警", response_description="告警", responses=_ONE)
def alert(alert_id: AlertId, caller: Supervisor, service: Serving) -> AlertOut:
    """一条告警的说明、日志序号和历次处理。不存在的、辖区以外的、涉及本人的，回答相同。"""
    return AlertOut.of(service.archive.supervision.alert(canonical(alert_id), caller))


@router.post(
    "/alerts/{alert_id}/judgement",
    summary="处理告警",
    response_description="处理后的告警",
    dependencies=[Depends(only_json)],
    responses={**_ONE, **refusals(InvalidInput, UnsupportedMedia, Conflict)},
)
def judge(alert_id: AlertId, request: JudgementIn, caller: Supervisor, service: Serving) -> AlertOut:
    """写明结论和依据。已说明或误报的可由另一个人改为属实；别的结论不能再改。"""
    verdict = AlertState(request.verdict)
    kept = service.archive.supervision.judge(canonical(alert_id), verdict, request.reason, caller)
    return AlertOut.of(kept)


@router.get("/summary", summary="告警汇总", response_description="各月、各规则的条数", responses=_READ)
def summary(caller: Supervisor, service: Serving) -> AlertSummaryOut:
    """本辖区告警按月、按规则的条数；过小的数不给出。"""
    return AlertSummaryOut.of(service.archive.supervision.summary(caller))
