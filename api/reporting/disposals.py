"""The inventory of a disposal (销毁清册) as a page to print and sign."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from string import Template

from api.reporting.html import page, table, template
from indexer.store.disposal_port import Disposal, DisposalState, Item

STATES = {
    DisposalState.PROPOSED: "待审批",
    DisposalState.APPROVED: "已批准，待销毁",
    DisposalState.REFUSED: "未批准",
    DisposalState.EXECUTING: "销毁中",
    DisposalState.DONE: "已销毁",
}
_CHINA = timezone(timedelta(hours=8))
_HEADER = (
    "序号",
    "档号",
    "题名",
    "材料类型",
    "形成日期",
    "保管期限",
    "到期日",
    "页数",
    "销毁时间",
    "内容密钥 SM3",
)
_UNBROKEN = ("档号", "形成日期", "到期日", "销毁时间", "内容密钥 SM3")
_SHORT = 16


def page_of_disposal(disposal: Disposal) -> str:
    """Return the whole HTML document: one file, no script, nothing loaded from elsewhere."""
    decided = (
        f"审批：{disposal.decided_by}　{_time(disposal.decided_at)}" if disposal.decided_by else "审批：尚未"
    )
    meta = (
        f"清册编号：{disposal.disposal_id}　状态：{STATES[disposal.state]}　共 {len(disposal.items)} 件",
        f"鉴定意见：{disposal.reason}",
        f"提出：{disposal.proposed_by}　{_time(disposal.proposed_at)}　{decided}",
        f"备案文号：{disposal.filed_as or '无'}",
        f"监销：{'、'.join(f'{s.name}（{_time(s.at)}）' for s in disposal.supervisors) or '尚未'}",
    )
    rows = (_cells(number, item) for number, item in enumerate(disposal.items, start=1))
    body = Template(template("disposal.html")).substitute(
        body=table(_HEADER, rows, "没有列入的档案。", _UNBROKEN)
    )
    return page("档案销毁清册", meta, body, broad=True)


def _cells(number: int, item: Item) -> tuple[object, ...]:
    return (
        number,
        item.archive_no or "无",
        item.title,
        item.material_type or "",
        item.formed_on.isoformat() if item.formed_on else "",
        item.retention or "",
        "已停用" if item.withdrawn else item.due_on.isoformat() if item.due_on else "",
        item.page_count,
        _time(item.destroyed_at),
        item.key_fingerprint[:_SHORT],
    )


def _time(at: datetime | None) -> str:
    return f"{at.astimezone(_CHINA):%Y-%m-%d %H:%M}" if at else ""
