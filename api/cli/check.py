"""`chadang check`: what is wrong with what was entered."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from api.cli.chinese import App
from api.cli.options import AsJson, State, existing_archive_of, principal_of, print_json
from api.cli.tables import lines_of_table

app = App("核对：著录与内容是否相符。")
_SHOWN = 200


@app.add("entries")
def entries(
    subject: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="以哪个账号的身份核对。")
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", metavar="ID", help="只看这一条规则的。")] = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """自动化审核：目录与内容互相矛盾的地方，不含个人信息。退出码 1 表示有“错误”一级的。"""
    from api.reporting.values import plain
    from models.entry_audit.rules import Severity, entry_rules

    archive = existing_archive_of(state)
    listed = archive.entry_audits.archive(principal_of(archive, subject))
    found = [(e, f) for e in listed for f in e.findings if rule in {None, f.rule}]
    if as_json:
        print_json({"findings": [{"doc_id": e.doc_id, **_object(plain(f))} for e, f in found]})
    else:
        counts = Counter(f.rule for _, f in found)
        rows = [
            (entry_rules()[name].severity.value, name, str(count)) for name, count in counts.most_common()
        ]
        for line in lines_of_table(("级别", "规则", "处"), rows) if rows else ("没有发现矛盾。",):
            typer.echo(line)
        for entry, item in found[:_SHOWN]:
            where = f"第 {item.page_no} 页 " if item.page_no else ""
            typer.echo(f"{item.severity.value} {entry.archive_no or entry.doc_id} {where}{item.says}")
        if len(found) > _SHOWN:
            typer.echo(f"…… 另有 {len(found) - _SHOWN} 处，用 --rule 或 --json 查看。")
    raise typer.Exit(1 if any(f.severity is Severity.ERROR for _, f in found) else 0)


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
