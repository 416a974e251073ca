"""`chadang supervision`: abnormal look-ups, told to those who supervise."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.chinese import App
from api.cli.operators import operator_of
from api.cli.options import AsJson, State, existing_archive_of, principal_of, print_json
from api.cli.tables import lines_of_table
from models.errors import InvalidInput

if TYPE_CHECKING:
    from indexer.store.supervision_port import KeptAlert

app = App("履职监督：找出异常查阅，逐条处理。告警是待核实的疑问，不是结论。")

STATE_NAMES = {"open": "待处理", "explained": "已说明", "confirmed": "属实", "false_alarm": "误报"}
As = Annotated[
    str | None, typer.Option("--as", metavar="NAME", help="以哪个监督人员或审计管理员的身份操作。")
]
AlertId = Annotated[str, typer.Argument(metavar="ID", help="告警编号，chadang supervision list 可查。")]


@app.add("scan")
def scan(
    subject: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="以谁的身份；不写为本机操作员。")
    ] = None,
    state: State = None,
) -> None:
    """接着上次往下看日志，逐日判断；随时可以重跑。退出码 1 表示有新告警。"""
    archive = existing_archive_of(state)
    done = archive.supervision_scan.scan(operator_of(archive, subject).principal)
    typer.echo(f"看了 {done.entries} 条查阅记录，结清 {done.days} 天，告警 {len(done.alerts)} 条。")
    raise typer.Exit(1 if done.alerts else 0)


@app.add("list")
def list_alerts(
    only: Annotated[
        Literal["open", "explained", "confirmed", "false_alarm"] | None,
        typer.Option("--only", metavar="STATE", help="只列出：open、explained、confirmed 或 false_alarm。"),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=200, metavar="N", show_default=False, help="最多几条，默认 50。")
    ] = 50,
    subject: As = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """列出告警，日期近的在前。涉及本人的不列出。"""
    from indexer.store.supervision_port import AlertState

    archive = existing_archive_of(state)
    chosen = AlertState(only) if only else None
    listed = archive.supervision.alerts(principal_of(archive, subject), chosen, limit)
    if as_json:
        print_json({"alerts": [_value(kept) for kept in listed]})
        return
    rows = [
        (
            kept.alert_id,
            f"{kept.alert.day:%Y-%m-%d}",
            kept.alert.severity.value,
            STATE_NAMES[kept.state.value],
            "、".join(kept.alert.accounts[:3]) + ("等" if len(kept.alert.accounts) > 3 else ""),
            kept.alert.explanation,
        )
        for kept in listed
    ]
    header = ("编号", "日期", "轻重", "状态", "账号", "说明")
    for line in lines_of_table(header, rows) if rows else ("没有告警。",):
        typer.echo(line)


@app.add("show")
def show(alert_id: AlertId, subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """一条告警的说明、涉及的日志序号和历次处理。"""
    archive = existing_archive_of(state)
    _print(archive.supervision.alert(alert_id, principal_of(archive, subject)), as_json=as_json)


@app.add("judge")
def judge(
    alert_id: AlertId,
    verdict: Annotated[
        Literal["explained", "confirmed", "false_alarm"],
        typer.Option(
            "--verdict", metavar="VERDICT", help="explained 有正当理由，confirmed 属实，false_alarm 误报。"
        ),
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="WORDS", help="依据，加密保存。")],
    subject: As = None,
    state: State = None,
) -> None:
    """写明结论和依据。"""
    from indexer.store.supervision_port import AlertState

    archive = existing_archive_of(state)
    principal = principal_of(archive, subject)
    _print(archive.supervision.judge(alert_id, AlertState(verdict), reason, principal), as_json=False)


@app.add("summary")
def summary(subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """按月、按规则汇总；过小的数不给出。"""
    from api.routers.supervision import AlertSummaryOut

    archive = existing_archive_of(state)
    found = archive.supervision.summary(principal_of(archive, subject))
    if as_json:
        print_json(AlertSummaryOut.of(found).model_dump(mode="json"))
        return
    months = [(month, _count(n)) for month, n in found.months.items()]
    rows = [(r.title, _count(r.alerts), _count(r.open), _count(r.confirmed)) for r in found.rules]
    for line in lines_of_table(("月份", "告警"), months) if months else ("没有告警。",):
        typer.echo(line)
    for line in lines_of_table(("规则", "告警", "待处理", "属实"), rows) if rows else ():
        typer.echo(line)


@app.add("own")
def own(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="哪个账号。")],
    subject: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="以哪个安全管理员的身份；不写为本机操作员。")
    ] = None,
    state: State = None,
) -> None:
    """登记账号本人和家人，以便发现查阅自己或家人的档案。

    从标准输入逐行读“公民身份号码”或“公民身份号码,姓名”；只留下带密钥的标记，号码和姓名不保存。再次登记即全部替换。
    """
    archive = existing_archive_of(state)
    numbers, names = _people(sys.stdin.read())
    if archive.accounts.account(account) is None:
        raise InvalidInput("没有这个账号，请用 chadang user list 核对名称。")
    archive.supervision.set_own(account, numbers, names, operator_of(archive, subject).principal)
    typer.echo(f"已登记 {len(numbers)} 人的标记；号码和姓名没有保存。")


def _people(text: str) -> tuple[list[str], list[str]]:
    from models.privacy.checksums import compact, is_resident_id
    from models.text.normalisation import normalise

    numbers, names = [], []
    for line_no, line in enumerate(text.splitlines(), start=1):
        number, _, name = normalise(line).partition(",")
        if not line.strip():
            continue
        if not is_resident_id(compact(number)):
            raise InvalidInput(f"标准输入第 {line_no} 行不是有效的公民身份号码，没有作任何登记。")
        numbers.append(compact(number).upper())
        if name.strip():
            names.append(name.strip())
    return numbers, names


def _print(kept: KeptAlert, *, as_json: bool) -> None:
    if as_json:
        print_json(_value(kept))
        return
    alert = kept.alert
    state = STATE_NAMES[kept.state.value]
    typer.echo(f"{kept.alert_id}  {alert.day:%Y-%m-%d}  {alert.severity.value}  {state}")
    typer.echo(f"账号：{'、'.join(alert.accounts)}")
    typer.echo(alert.explanation)
    typer.echo(f"日志序号：{'、'.join(map(str, alert.seqs))}")
    for judgement in kept.judgements:
        when = f"{judgement.at.astimezone():%Y-%m-%d %H:%M}"
        typer.echo(f"{when} {judgement.by} {STATE_NAMES[judgement.verdict.value]}：{judgement.reason}")


def _value(kept: KeptAlert) -> dict[str, object]:
    from api.routers.supervision import AlertOut

    return AlertOut.of(kept).model_dump(mode="json")


def _count(number: int | None) -> str:
    return "过少" if number is None else str(number)
