"""`chadang dispose`: appraisal and disposal, one person a step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.chinese import App
from api.cli.options import AsJson, State, existing_archive_of, principal_of, print_json
from api.cli.tables import lines_of_table
from models.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from indexer.store.disposal_port import Disposal
    from models.access.principal import Principal

app = App("鉴定销毁：提出、审批、监销、执行、清册与证明。每一步由一人以自己的账号办理。")
_SUFFIX = ".sig"

As = Annotated[
    str | None, typer.Option("--as", metavar="NAME", help="以哪个账号的身份办理。", show_default=False)
]
Id = Annotated[str, typer.Argument(metavar="ID", help="清册编号。")]


@app.add("due")
def due(subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """列出今天可以提出销毁的档案：保管期满的和已停用的；永久的不列。"""
    archive, by = _opened(state, subject)
    items = archive.disposals.due(by)
    if as_json:
        print_json([{"doc_id": i.document_id, "archive_no": i.archive_no, "due_on": i.due_on} for i in items])
        return
    rows = [
        (
            i.document_id,
            i.archive_no or "无",
            "已停用" if i.withdrawn else str(i.due_on),
            i.retention or "",
            i.title,
        )
        for i in items
    ]
    for line in lines_of_table(("编号", "档号", "到期日", "期限", "题名"), rows):
        typer.echo(line)


@app.add("propose")
def propose(
    documents: Annotated[list[str], typer.Argument(metavar="DOC…", help="哪些档案：编号或档号。")],
    reason: Annotated[str, typer.Option(metavar="WORDS", help="鉴定意见；其中的个人信息会被遮蔽。")],
    subject: As = None,
    state: State = None,
) -> None:
    """提出销毁，写成清册。未到期、永久的不受理。"""
    archive, by = _opened(state, subject)
    made = archive.disposals.propose([_id_of(archive, document) for document in documents], reason, by)
    typer.echo(f"清册 {made.disposal_id}，{len(made.items)} 件，待另一人审批。")


@app.add("approve")
def approve(
    disposal_id: Id,
    filed: Annotated[str, typer.Option("--filed", metavar="NO", help="向同级主管部门备案的文号。")],
    subject: As = None,
    state: State = None,
) -> None:
    """批准别人提出的清册。"""
    archive, by = _opened(state, subject)
    archive.disposals.decide(disposal_id, by, approve=True, filed_as=filed)
    typer.echo("已批准，待两名监销人登记。")


@app.add("refuse")
def refuse(disposal_id: Id, subject: As = None, state: State = None) -> None:
    """不批准别人提出的清册。"""
    archive, by = _opened(state, subject)
    archive.disposals.decide(disposal_id, by, approve=False)
    typer.echo("未批准，档案照旧保管。")


@app.add("supervise")
def supervise(disposal_id: Id, subject: As = None, state: State = None) -> None:
    """登记为监销人；要有两人，审批人不能兼任。"""
    archive, by = _opened(state, subject)
    archive.disposals.supervise(disposal_id, by)
    typer.echo("已登记监销。")


@app.add("execute")
def execute(
    disposal_id: Id,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问。")] = False,
    subject: As = None,
    state: State = None,
) -> None:
    """销毁：毁去密钥和全部派生数据，不能恢复。中断后重新运行即可做完。"""
    archive, by = _opened(state, subject)
    found = archive.disposals.one(disposal_id, by)
    if not yes:
        typer.confirm(f"将销毁 {len(found.items)} 件档案，不能恢复。继续？", abort=True, err=True)
    done = archive.disposals.execute(disposal_id, by)
    typer.echo(f"已销毁 {len(done.items)} 件，证明用 chadang dispose certificate {disposal_id} 取出。")
    typer.echo("此前的备份里还有这些密钥：请轮换主密钥（chadang keys rotate）、重新备份，并销毁旧密钥。")


@app.add("list")
def list_disposals(subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """列出销毁清册。"""
    from api.reporting.disposals import STATES

    archive, by = _opened(state, subject)
    found = archive.disposals.listed(by)
    if as_json:
        print_json(
            [{"disposal_id": d.disposal_id, "state": d.state.value, "documents": len(d.items)} for d in found]
        )
        return
    rows = [
        (
            d.disposal_id,
            STATES[d.state],
            str(len(d.items)),
            d.proposed_by,
            f"{d.proposed_at:%Y-%m-%d}",
            d.reason,
        )
        for d in found
    ]
    for line in lines_of_table(("清册", "状态", "件数", "提出", "日期", "鉴定意见"), rows):
        typer.echo(line)


@app.add("inventory")
def inventory(
    disposal_id: Id,
    html: Annotated[bool, typer.Option("--html", help="可打印签字的网页；不写为 JSON。")] = False,
    subject: As = None,
    state: State = None,
) -> None:
    """打印一份销毁清册。"""
    from api.reporting.disposals import page_of_disposal
    from indexer.disposal import inventory_value

    archive, by = _opened(state, subject)
    found = archive.disposals.one(disposal_id, by)
    if html:
        typer.echo(page_of_disposal(found))
    else:
        print_json(inventory_value(found))


@app.add("certificate")
def certificate(
    disposal_id: Id,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="写到哪个文件；签名写在旁边。")],
    subject: As = None,
    state: State = None,
) -> None:
    """取出销毁证明及其签名；用 chadang privacy verify 核对，不需要档案库。"""
    archive, by = _opened(state, subject)
    found = _certified(archive.disposals.one(disposal_id, by))
    if out.exists():
        raise InvalidInput("文件已经存在，请换一个文件名。")
    made = found.certificate
    assert made is not None
    out.write_bytes(made.body)
    signature = {"signature": made.signature, "public_key": made.public_key}
    out.with_name(out.name + _SUFFIX).write_text(json.dumps(signature), "utf-8")
    typer.echo(f"已写出 {out} 及 {out.name}{_SUFFIX}。")


def _id_of(archive: Archive, document: str) -> str:
    """Return the id where a 档号 names one document; the rest is answered like what is absent."""
    named = [] if archive.store.facts([document]) else archive.store.with_archive_no(document)
    return named[0] if len(named) == 1 else document


def _certified(found: Disposal) -> Disposal:
    if found.certificate is None:
        raise Conflict("这份清册还没有销毁完，没有证明。")
    return found


def _opened(state: Path | None, subject: str | None) -> tuple[Archive, Principal]:
    archive = existing_archive_of(state)
    return archive, principal_of(archive, subject)
