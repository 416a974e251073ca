"""The data-entry audit of one document."""

from __future__ import annotations

from typing import Self

from fastapi import APIRouter
from pydantic import Field

from api.dependencies import ReadCaller, Serving
from api.routers.answers import refusals
from api.routers.identifiers import DocId, canonical
from api.schemas import Answer
from indexer.entry_audits import AuditedEntry
from models.errors import Forbidden, NotVisible, Unauthenticated

router = APIRouter(prefix="/v1", tags=["档案"])


class EntryFindingOut(Answer):
    rule: str = Field(description="规则编号")
    severity: str = Field(description="错误、警告或提示")
    field: str = Field(description="涉及的著录项")
    says: str = Field(description="说明，不含个人信息")
    page_no: int | None = Field(description="页码；只涉及目录时为空")
    start: int | None = Field(description="起点，按字符计，自 0 起")
    end: int | None = Field(description="终点（不含）")


class EntryAuditOut(Answer):
    doc_id: str = Field(description="档案编号（系统内）")
    findings: list[EntryFindingOut] = Field(description="矛盾之处，严重的在前；没有则为空")

    @classmethod
    def of(cls, entry: AuditedEntry) -> Self:
        return cls(
            doc_id=entry.doc_id,
            findings=[
                EntryFindingOut(
                    rule=f.rule,
                    severity=f.severity.value,
                    field=f.field,
                    says=f.says,
                    page_no=f.page_no,
                    start=f.start,
                    end=f.end,
                )
                for f in entry.findings
            ],
        )


@router.get(
    "/documents/{doc_id}/entry-audit",
    summary="核对一件的著录",
    response_description="目录与内容互相矛盾的地方",
    responses=refusals(Unauthenticated, Forbidden, NotVisible),
)
def entry_audit(doc_id: DocId, caller: ReadCaller, service: Serving) -> EntryAuditOut:
    """自动化审核：把目录说的和文中写的对照，指出规则、级别和位置，不含个人信息。"""
    return EntryAuditOut.of(service.archive.entry_audits.document(canonical(doc_id), caller))
