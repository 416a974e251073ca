"""`chadang audit`: the log of who looked at what."""

from __future__ import annotations

import typer

from api.cli.chinese import App
from api.cli.options import State, existing_archive_of, json_line

app = App("审计日志：核对、导出。")


@app.add("verify")
def verify(state: State = None) -> None:
    """核对日志链；有改动、删除或乱序时指出第一处。退出码 1 表示不一致。"""
    broken = existing_archive_of(state).audit.verify()
    if broken is None:
        typer.echo("日志完整，未发现改动。")
        return
    typer.echo(f"日志在第 {broken} 条处不一致：该条被改动、删除或乱序，请保护现场并报告安全管理员。")
    raise typer.Exit(1)


@app.add("export")
def export(state: State = None) -> None:
    """逐行导出日志（JSON Lines），供离线核对。"""
    for seq, event, digest in existing_archive_of(state).audit.events():
        line = {
            "seq": seq,
            "at": event.at.isoformat(),
            "principal": event.principal,
            "via": event.via,
            "purpose": event.purpose,
            "action": event.action,
            "doc_ids": list(event.doc_ids),
            "query": event.query,
            "outcome": event.outcome,
            "digest": digest,
        }
        typer.echo(json_line(line))
