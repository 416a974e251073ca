"""`chadang search`: a question asked as somebody."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.answers import answer_of, line_hit, print_answer
from api.cli.narrowing import Ignored, Insurances, Materials, Only, Region, YearFrom, YearTo, filters_of
from api.cli.options import AsJson, Jsonl, State, existing_archive_of, principal_of, print_json
from models.errors import InvalidInput

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from indexer.answers import Filters, Query
    from models.access.principal import Principal


def search(
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="用平常的话提问，或直接给档号、题名。")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--as", help="以哪个账号的身份检索。", metavar="NAME")
    ] = None,
    limit: Annotated[
        int,
        typer.Option(min=1, max=100, metavar="N", show_default=False, help="最多几件，1 到 100，默认 10。"),
    ] = 10,
    insurance: Insurances = None,
    material: Materials = None,
    region: Region = "",
    year_from: YearFrom = None,
    year_to: YearTo = None,
    today: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="“前年”等以哪天为准，默认今天。"),
    ] = None,
    ignore: Ignored = None,
    only: Only = None,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE|-", help="把全部结果导出为 CSV 表，- 为标准输出；导出记入日志。"),
    ] = None,
    jsonl: Jsonl = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """检索：只在该账号可见的档案里找，个人信息按岗位遮蔽，每次查阅都记入日志。"""
    if (text is None) == (jsonl is None):
        raise InvalidInput("请给出要检索的话，或用 --jsonl 给出一批问题（二者选一）。")
    from indexer.answers import Query

    archive = existing_archive_of(state)
    principal = principal_of(archive, subject)
    filters = filters_of(insurance, material, region, year_from, year_to)
    day = today.date() if today else None
    if jsonl is not None:
        _answer_all(archive, principal, jsonl, limit, filters, day)
        return
    query = Query(text or "", limit, filters, day, frozenset(ignore or ()), frozenset(only or ()))
    if export is not None:
        _write(archive.exports.table(query, principal), export)
        return
    answer = archive.searcher.ask(query, principal)
    if as_json:
        print_json(answer_of(answer))
    else:
        print_answer(answer)


def _answer_all(
    archive: Archive, principal: Principal, source: str, limit: int, filters: Filters, day: date | None
) -> None:
    from api.cli.jsonl import answer_lines, finish, id_of, text_field
    from indexer.answers import Query

    def query_of(request: Mapping[str, Any]) -> Query:
        wanted = request.get("limit", limit)
        if isinstance(wanted, bool) or not isinstance(wanted, int):
            raise InvalidInput("limit 应是 1 到 100 的整数。")
        return Query(text_field(request, "query"), wanted, filters, day)

    def answer(requests: Sequence[Mapping[str, Any]]) -> list[Mapping[str, object]]:
        queries = [query_of(request) for request in requests]
        return [
            {"id": id_of(request), "hits": [line_hit(h) for h in hits]}
            for request, hits in zip(
                requests, (archive.searcher.search(q, principal) for q in queries), strict=True
            )
        ]

    finish(answer_lines(source, answer))


def _write(table: str, target: Path) -> None:
    """Write a table as it is, line ends included: its reader is a spreadsheet."""
    if str(target) == "-":
        sys.stdout.write(table)
        return
    try:
        with target.open("x", encoding="utf-8", newline="") as file:
            file.write(table)
    except FileExistsError:
        raise InvalidInput("导出的文件已经存在，请换一个文件名。") from None
    typer.echo(f"已导出到 {target}。", err=True)
