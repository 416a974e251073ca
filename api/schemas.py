"""What goes over the wire. Pydantic lives here and nowhere deeper; answers are made from domain types."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from indexer.reading import MaskedDocument
from indexer.store.port import Job
from models.access.principal import Principal, Role, role_rules
from models.archive.regions import full_name

MAX_TEXT_CHARACTERS = 200_000

Insurance = Literal["养老", "医疗", "失业", "工伤", "生育", "综合", "其他"]
Word = Annotated[str, Field(min_length=1, max_length=64)]
Year = Annotated[int, Field(ge=1900, le=2200)]


class Sent(BaseModel):
    """What a caller sends: a field nobody knows is a mistake, not a wish to be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


def example(**values: Any) -> ConfigDict:
    """Return the configuration that adds one example to the OpenAPI schema."""
    return ConfigDict(json_schema_extra={"examples": [values]})


class TokenRequest(Sent):
    model_config = example(name="jb-dazu", password="（口令）", purpose="业务经办")  # noqa: S106 - says so itself

    name: str = Field(min_length=1, max_length=64, pattern=r"^[\w.@-]+$", description="账号名")
    password: str = Field(min_length=1, max_length=256, description="口令")
    code: str = Field(
        "",
        max_length=32,
        pattern=r"^[0-9A-Za-z -]*$",
        description="动态验证码（6 位）或恢复码；启用了动态验证码的账号必填",
    )
    purpose: Word | None = Field(None, description="本次使用的用途，须为岗位允许的用途；不填时取账号默认用途")


class TokenAnswer(Answer):
    access_token: str = Field(description="访问令牌，放在请求头 Authorization: Bearer 之后")
    token_type: Literal["Bearer"] = Field(default="Bearer", description="令牌类型")
    expires_at: datetime = Field(description="失效时间（UTC）")
    purpose: str = Field(description="令牌所载用途")
    owed: list[str] = Field(
        default_factory=list,
        description="办理之前其他请求一律 403：change_password 修改口令，second_factor 启用动态验证码",
    )


class RoleOut(Answer):
    role: Role = Field(description="岗位代码")
    title: str = Field(description="岗位名称")


class RegionOut(Answer):
    prefix: str = Field(description="行政区划代码前缀")
    name: str = Field(description="区划名称，未收录时为空")


class MeOut(Answer):
    name: str = Field(description="账号名")
    roles: list[RoleOut] = Field(description="岗位")
    duties: list[str] = Field(description="职责")
    line: str | None = Field(description="条线：HRSS 人社，MEDICAL 医保")
    regions: list[RegionOut] = Field(description="行政区划范围")
    clearance: str = Field(description="可查阅的最高访问级别")
    purpose: str = Field(description="本次登录的用途")
    purposes: list[str] = Field(description="岗位允许的用途")
    expires_at: datetime | None = Field(description="账号授权到期时间，空为不限")
    owed: list[str] = Field(description="须先办理的事项，同登录的回答")

    @classmethod
    def of(cls, principal: Principal, purposes: tuple[str, ...], owed: tuple[str, ...] = ()) -> Self:
        return cls(
            name=principal.subject,
            roles=[RoleOut(role=role, title=role_rules()[role].title) for role in sorted(principal.roles)],
            duties=sorted(principal.duties),
            line=principal.line,
            regions=[RegionOut(prefix=p, name=full_name(p)) for p in principal.region_prefixes],
            clearance=principal.clearance.label,
            purpose=principal.purpose,
            purposes=list(purposes),
            expires_at=principal.expires_at,
            owed=list(owed),
        )


class PageOut(Answer):
    page_no: int = Field(description="页码，自 1 起")
    text: str = Field(description="文字，个人信息已按岗位遮蔽")
    origin: str = Field(description="文字来源：born_digital 原生，ocr 识别")
    ocr_confidence: float | None = Field(description="识别可信度 0–1，原生文字为空")


class DocumentOut(Answer):
    doc_id: str = Field(description="档案编号（系统内）")
    archive_no: str | None = Field(description="档号")
    fonds: str | None = Field(description="全宗号")
    title: str = Field(description="题名，个人信息已按岗位遮蔽")
    insurance_types: list[str] = Field(description="险种")
    material_type: str | None = Field(description="材料类型")
    lines: list[str] = Field(description="条线")
    region: str = Field(description="行政区划代码")
    region_name: str = Field(description="行政区划名称")
    formed_on: date | None = Field(description="形成日期")
    retention: str | None = Field(description="保管期限")
    due_on: date | None = Field(description="保管期满日")
    access_level: str = Field(description="访问级别")
    state: str = Field(description="状态：held 归档保管，to_be_catalogued 待著录")
    page_count: int = Field(description="页数")
    hidden: int = Field(description="遮蔽了几处个人信息")
    pages: list[PageOut] = Field(description="各页")

    @classmethod
    def of(cls, shown: MaskedDocument) -> Self:
        document = shown.document
        return cls(
            doc_id=document.doc_id,
            archive_no=document.archive_no,
            fonds=document.fonds,
            title=shown.title,
            insurance_types=list(document.insurance_types),
            material_type=document.material_type,
            lines=sorted(document.lines),
            region=document.region,
            region_name=full_name(document.region),
            formed_on=document.formed_on,
            retention=document.retention,
            due_on=document.due_on,
            access_level=document.access_level.label,
            state=document.state,
            page_count=document.page_count,
            hidden=shown.hidden,
            pages=[PageOut.model_validate(page, from_attributes=True) for page in shown.pages],
        )


class JobClassificationOut(Answer):
    insurance_type: str = Field(description="险种")
    prediction_set: list[str] = Field(description="不能排除的险种，由高到低")
    decision: str = Field(description="ACCEPTED 已采用，NEEDS_REVIEW 须人工复核")
    material_type: str | None = Field(description="材料类型，没有把握时为空")

    @classmethod
    def of(cls, outcome: Mapping[str, str]) -> Self:
        return cls(
            insurance_type=outcome["insurance_type"],
            prediction_set=outcome["prediction_set"].split("、"),
            decision=outcome["decision"],
            material_type=outcome.get("material_type"),
        )


class JobOut(Answer):
    model_config = example(
        job_id="01930000-0000-7000-8000-000000000002",
        state="done",
        kind="stored",
        doc_id="01930000-0000-7000-8000-000000000001",
        code=None,
        detail=None,
        notes=["未注明访问级别，按“内部”"],
        classification={
            "insurance_type": "养老",
            "prediction_set": ["养老"],
            "decision": "ACCEPTED",
            "material_type": "退休审批",
        },
        created_at="2026-11-22T08:00:00Z",
        updated_at="2026-11-22T08:00:02Z",
    )

    job_id: str = Field(description="任务编号")
    state: str = Field(description="waiting 处理中，done 已处理，failed 未能处理")
    kind: str | None = Field(description="stored 已归档，duplicate 重复，quarantined 已隔离")
    doc_id: str | None = Field(description="档案编号；重复件不在辖区内时为空")
    code: str | None = Field(description="未归档时的原因代码")
    detail: str | None = Field(description="未归档时的原因与办法")
    notes: list[str] = Field(description="著录提示：缺项、推定项")
    classification: JobClassificationOut | None = Field(description="自动分类的结果；未归档的为空")
    created_at: datetime = Field(description="提交时间（UTC）")
    updated_at: datetime = Field(description="最近变化时间（UTC）")

    @classmethod
    def of(cls, job: Job) -> Self:
        outcome = job.outcome
        return cls(
            job_id=job.job_id,
            state=job.state,
            kind=outcome.get("kind"),
            doc_id=outcome.get("doc_id"),
            code=outcome.get("code"),
            detail=outcome.get("detail"),
            notes=outcome.get("notes", "").splitlines(),
            classification=JobClassificationOut.of(outcome) if "decision" in outcome else None,
            created_at=job.created_at,
            updated_at=job.updated_at,
        )


class HealthOut(Answer):
    status: str = Field(description="状态")


class Problem(BaseModel):
    """错误说明（RFC 9457）；程序按 code 判断，不按文字判断。"""

    type: str = Field(description="错误类型（URN）")
    title: str = Field(description="错误名称")
    status: int = Field(description="HTTP 状态码")
    detail: str = Field(description="怎么回事、怎么办")
    code: str = Field(description="稳定的错误代码")
    instance: str | None = Field(None, description="出错的接口（路由模板）")
    fields: list[dict[str, str]] | None = Field(None, description="不符合要求的字段及原因")


def field_names() -> frozenset[str]:
    """Return every name a request may hold by our own contract; anything else was the caller's word.

    Routers may add requests of their own, so the names are gathered when asked for.
    """
    names = {name for model in _kinds_of(Sent) for name in model.model_fields}
    return frozenset(names | {"body", "query", "path", "header", "idempotency-key"})


def _kinds_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    own: list[type[BaseModel]] = list(model.__subclasses__())
    return own + [deeper for kind in own for deeper in _kinds_of(kind)]
