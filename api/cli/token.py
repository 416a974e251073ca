"""`chadang token`: tokens of machine accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.chinese import App
from api.cli.operators import As, operator_of
from api.cli.options import AsJson, State, existing_archive_of, print_json
from api.cli.tables import lines_of_table
from models.access.roles import Duty

if TYPE_CHECKING:
    from indexer.store.machines_port import MachineToken

app = App("机器令牌：发放、查看、撤销。")

_DUTY_NAMES = {Duty.CLASSIFY: "分类", Duty.DEPOSIT: "归档", Duty.DETECT: "隐私检查"}


@app.add("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="机器账号名，岗位须为 intake。")],
    scope: Annotated[
        list[Duty] | None,
        typer.Option(
            "--scope",
            metavar="DUTY",
            help="准许做什么，可写多次：classify 分类，deposit 归档，detect 隐私检查；不写为前两项。",
        ),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, metavar="N", help="有效天数，1 到 366。")] = 90,
    label: Annotated[str, typer.Option(metavar="TEXT", help="备注，如部署在哪台机器。")] = "",
    subject: As = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """发放令牌。令牌只显示这一次，系统里只留摘要；请立即交给收件系统妥善保存。"""
    archive = existing_archive_of(state)
    duties = frozenset(scope or (Duty.CLASSIFY, Duty.DEPOSIT))
    with operator_of(archive, subject).doing("token_create", name) as operator:
        issued = archive.machine_tokens.issue(name, duties, days=days, label=label, by=operator)
    if as_json:
        print_json({"token": issued.text} | _value(issued.token))
        return
    typer.echo(issued.text)
    typer.echo(
        f"令牌编号 {issued.token.token_id}，有效至 {_until(issued.token)}。令牌只显示这一次，请妥善保存。",
        err=True,
    )


@app.add("list")
def list_tokens(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="只看这个账号的。")] = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """列出令牌：编号、账号、用途、到期和状态，不含令牌本身。"""
    archive = existing_archive_of(state)
    tokens = archive.machine_tokens.store.tokens(name)
    if as_json:
        print_json([_value(token) for token in tokens])
        return
    if not tokens:
        typer.echo("还没有令牌，请用 chadang token create 发放。")
        return
    now = archive.machine_tokens.clock()
    header = ("编号", "账号", "用途", "到期", "最近使用", "状态", "备注")
    rows = [
        (
            token.token_id,
            token.subject,
            "、".join(_DUTY_NAMES.get(duty, duty) for duty in sorted(token.duties)),
            _until(token),
            f"{token.last_used_at:%Y-%m-%d}" if token.last_used_at else "未用过",
            "已撤销" if token.revoked_at else ("有效" if token.holds_at(now) else "已过期"),
            token.label or "—",
        )
        for token in tokens
    ]
    for line in lines_of_table(header, rows):
        typer.echo(line)


@app.add("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="令牌编号，chadang token list 可查。")],
    subject: As = None,
    state: State = None,
) -> None:
    """撤销令牌，立即生效。"""
    archive = existing_archive_of(state)
    with operator_of(archive, subject).doing("token_revoke", token_id):
        token = archive.machine_tokens.revoke(token_id)
    typer.echo(f"已撤销账号 {token.subject} 的令牌 {token.token_id}。")


def _until(token: MachineToken) -> str:
    return f"{token.expires_at:%Y-%m-%d}"


def _value(token: MachineToken) -> dict[str, object]:
    return {
        "token_id": token.token_id,
        "account": token.subject,
        "scope": sorted(token.duties),
        "label": token.label,
        "created_by": token.created_by,
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat(),
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
        "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
    }
