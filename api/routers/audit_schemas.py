"""What the ledger's routes take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field

from api.schemas import Answer, Sent
from indexer.store.ledger_port import Recorded
from models.ledger.actions import action_name, outcome_name
from models.ledger.checkpoints import Checkpoint


class EntryOut(Answer):
    seq: int = Field(description="第几条")
    at: datetime = Field(description="时间（UTC）")
    account: str = Field(description="账号；空为本机操作员或未登录")
    roles: list[str] = Field(description="当时的岗位代码")
    via: str = Field(description="途径：http 接口，cli 命令行，webhook 通知")
    purpose: str = Field(description="用途")
    action: str = Field(description="动作代码")
    action_name: str = Field(description="动作名称")
    outcome: str = Field(description="结果代码")
    outcome_name: str = Field(description="结果名称")
    doc_ids: list[str] = Field(description="涉及的档案编号")
    query: str = Field(description="所问内容的密钥摘要；同一内容摘要相同，不能还原")
    digest: str = Field(description="这一条的 SM3 摘要")

    @classmethod
    def of(cls, recorded: Recorded) -> Self:
        entry = recorded.entry
        return cls(
            seq=entry.seq,
            at=datetime.fromisoformat(entry.at),
            account=entry.principal,
            roles=entry.roles.split(",") if entry.roles else [],
            via=entry.via,
            purpose=entry.purpose,
            action=entry.action,
            action_name=action_name(entry.action),
            outcome=entry.outcome,
            outcome_name=outcome_name(entry.outcome),
            doc_ids=list(entry.doc_ids),
            query=entry.query,
            digest=recorded.digest,
        )


class LedgerPageOut(Answer):
    entries: list[EntryOut] = Field(description="记录，新的在前")
    next_cursor: str | None = Field(description="翻到更早的；空为没有了")


class CheckpointOut(Answer):
    number: int = Field(description="第几个检查点")
    size: int = Field(description="签署时台账的条数")
    root: str = Field(description="树根，十六进制")
    head: str = Field(description="最后一条的摘要，十六进制")
    at: datetime = Field(description="签署时间（UTC）")
    note: str = Field(description="签署的原文，可打印另存")

    @classmethod
    def of(cls, made: Checkpoint) -> Self:
        return cls.model_validate(made, from_attributes=True)


class CheckpointsOut(Answer):
    checkpoints: list[CheckpointOut] = Field(description="检查点，新的在前")
    next_cursor: str | None = Field(description="翻到更早的；空为没有了")
    public_key: str = Field(description="核对用的公钥，十六进制；请经别的途径确认")


class ProofOut(Answer):
    format: str = Field(description="证明的格式")
    origin: str = Field(description="检查点里的台账名")
    public_key: str = Field(description="公钥，十六进制；请经别的途径确认")
    checkpoint: str = Field(description="签署的检查点原文")
    entry: dict[str, Any] = Field(description="这一条的全部内容，带承诺用的盐")
    path: list[str] = Field(description="从这一条到树根的证明，十六进制，自下而上（RFC 9162）")


class ConsistencyOut(Answer):
    format: str = Field(description="证明的格式")
    origin: str = Field(description="检查点里的台账名")
    public_key: str = Field(description="公钥，十六进制；请经别的途径确认")
    old: str = Field(description="较早的检查点原文")
    new: str = Field(description="此刻签署的检查点原文")
    path: list[str] = Field(description="两者相接的证明，十六进制（RFC 9162）")


class ReceiptIn(Sent):
    documents: list[Annotated[str, Field(min_length=1, max_length=128)]] = Field(
        min_length=1, max_length=200, description="档案编号或档号"
    )
    since: AwareDatetime | None = Field(None, description="从何时起（含），带时区")
    until: AwareDatetime | None = Field(None, description="到何时止（不含），带时区")


class ReceiptOut(Answer):
    format: str = Field(description="回执的格式")
    origin: str = Field(description="检查点里的台账名")
    public_key: str = Field(description="公钥，十六进制；请经别的途径确认")
    issued_at: str = Field(description="出具时间")
    documents: list[dict[str, str]] = Field(description="哪些档案：编号，和提出时的写法")
    since: str = Field(description="从何时起（含）")
    until: str = Field(description="到何时止（不含）")
    accounts: str = Field(description="工作人员的称呼：shown 账号名，pseudonym 代号")
    covers: dict[str, int] = Field(description="涵盖台账的第几条至第几条")
    checkpoint: str = Field(description="签署的检查点原文")
    looks: list[dict[str, Any]] = Field(description="逐次查阅：内容、证明；其他档案只有承诺值")
    signature: str = Field(description="整份回执的 Ed25519 签名，十六进制")
