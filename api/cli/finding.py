"""`chadang suggest` and `chadang similar`: the ways round a search."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from api.cli.options import AsJson, State, existing_archive_of, principal_of, print_json

_As = Annotated[str | None, typer.Option("--as", help="以哪个账号的身份操作。", metavar="NAME")]
_Limit = Annotated[
    int, typer.Option(min=1, max=20, metavar="N", show_default=False, help="最多几条，默认 8。")
]


def suggest(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="已输入的文字、拼音或首字母。")],
    subject: _As = None,
    limit: _Limit = 8,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """输入建议：取自公开词表和该账号可查阅档案的题名，个人信息已换成占位符。"""
    archive = existing_archive_of(state)
    found = archive.suggester.suggest(text, principal_of(archive, subject), limit)
    if as_json:
        print_json({"suggestions": [{"text": s.text, "source": s.source} for s in found]})
        return
    for suggestion in found:
        typer.echo(suggestion.text)


def similar(
    doc_id: Annotated[str, typer.Argument(metavar="DOC", help="档案编号（系统内）。")],
    subject: _As = None,
    limit: _Limit = 8,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """相近的档案：与一份可查阅的档案相近的其他档案；不存在的和不可见的，回答相同。"""
    from api.cli.answers import print_hit

    archive = existing_archive_of(state)
    hits = archive.similar.similar_to(doc_id, principal_of(archive, subject), limit)
    if as_json:
        print_json({"hits": [asdict(hit) for hit in hits]})
        return
    if not hits:
        typer.echo("没有相近的、可供您查阅的档案。")
    for number, hit in enumerate(hits, start=1):
        print_hit(number, hit)
