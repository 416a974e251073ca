"""A receipt as a page to print, with the checkable data inside; no script runs, nothing is loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from html import escape
from string import Template
from typing import Any

from api.reporting.html import page, table, template
from api.reporting.pages import CHINA
from models.ledger.naming import Accounts

_HEADS = ("条", "时间", "谁", "岗位", "用途", "做了什么", "结果")
_CALLED = {
    Accounts.SHOWN.value: "工作人员以账号名列出。",
    Accounts.PSEUDONYM.value: "工作人员以代号列出：同一代号是同一人；如有异议，请向档案单位申请查明。",
}


def page_of_receipt(receipt: Mapping[str, Any]) -> str:
    """Return the whole HTML document."""
    documents = "、".join(dict.fromkeys(document["named"] for document in receipt["documents"]))
    covers, looks = receipt["covers"], receipt["looks"]
    meta = [
        f"档案：{documents}",
        f"出具时间：{_time(receipt['issued_at'])}　期间：{_period(receipt['since'], receipt['until'])}",
        f"共 {len(looks)} 次；涵盖台账第 {covers['first']} 至 {covers['last']} 条。"
        + _CALLED[receipt["accounts"]],
    ]
    if covers["first"] > 1:
        meta.append(f"更早的第 1 至 {covers['first'] - 1} 条已移出台账另存，不在这份回执内，可另行申请。")
    # Nothing in the data may end the element it lies in.
    data = json.dumps(receipt, ensure_ascii=False).replace("<", "\\u003c")
    body = Template(template("receipt.html")).substitute(
        looks=table(_HEADS, map(_cells, looks), "这一期间没有人查阅过。"),
        public_key=escape(receipt["public_key"]),
        checkpoint=escape(receipt["checkpoint"]),
        footer="依据：个人信息保护法第四十四、四十五、五十条。时间为北京时间。",
        data=data,
    )
    return page("档案查阅回执", meta, body)


def _cells(look: Mapping[str, Any]) -> tuple[object, ...]:
    names = ("account", "role_names", "purpose", "action_name", "outcome_name")
    return (look["seq"], _time(look["at"]), *(look[name] or "—" for name in names))


def _time(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _period(since: str, until: str) -> str:
    begin = "" if since.startswith("1970") else _time(since)
    end = "" if until.startswith("9999") else _time(until)
    return f"{begin or '最早'} 至 {end or '出具之时'}"
