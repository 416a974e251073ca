"""`chadang search`: a question asked as somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import AsJson, Jsonl, State, existing_archive_of, principal_of, print_json
from models.errors import InvalidInput

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from indexer.search import Filters, MaskedHit, Query
    from models.access.principal import Principal

_PASSAGE_CHARACTERS = 120


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
    insurance: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="只要这些险种，可写多次。")
    ] = None,
    material: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="只要这些材料类型，可写多次。")
    ] = None,
    region: Annotated[str, typer.Option(metavar="CODE", help="只要这个行政区划（代码前缀）的。")] = "",
    year_from: Annotated[
        int | None, typer.Option(min=1900, max=2200, metavar="YEAR", help="形成年度从哪年起，1900 到 2200。")
    ] = None,
    year_to: Annotated[
        int | None, typer.Option(min=1900, max=2200, metavar="YEAR", help="形成年度到哪年止，含这一年。")
    ] = None,
    today: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="“前年”等以哪天为准，默认今天。"),
    ] = None,
    jsonl: Jsonl = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """检索：只在该账号可见的档案里找，个人信息按岗位遮蔽，每次查阅都记入日志。"""
    if (text is None) == (jsonl is None):
        raise InvalidInput("请给出要检索的话，或用 --jsonl 给出一批问题（二者选一）。")
    from indexer.search import Filters, Query

    archive = existing_archive_of(state)
    principal = principal_of(archive, subject)
    filters = Filters(tuple(insurance or ()), tuple(material or ()), region, year_from, year_to)
    day = today.date() if today else None
    if jsonl is not None:
        _answer_all(archive, principal, jsonl, limit, filters, day)
        return
    hits = archive.searcher.search(Query(text or "", limit, filters, day), principal)
    if as_json:
        print_json({"hits": [_hit(hit) for hit in hits]})
        return
    if not hits:
        typer.echo("没有找到可供您查阅的档案。")
    for number, hit in enumerate(hits, start=1):
        _print_hit(number, hit)


def _answer_all(
    archive: Archive, principal: Principal, source: str, limit: int, filters: Filters, day: date | None
) -> None:
    from api.cli.jsonl import answer_lines, finish, id_of, text_field
    from indexer.search import Query

    def query_of(request: Mapping[str, Any]) -> Query:
        wanted = request.get("limit", limit)
        if isinstance(wanted, bool) or not isinstance(wanted, int):
            raise InvalidInput("limit 应是 1 到 100 的整数。")
        return Query(text_field(request, "query"), wanted, filters, day)

    def answer(requests: Sequence[Mapping[str, Any]]) -> list[Mapping[str, object]]:
        queries = [query_of(request) for request in requests]
        return [
            {"id": id_of(request), "hits": [_line_hit(h) for h in hits]}
            for request, hits in zip(
                requests, (archive.searcher.search(q, principal) for q in queries), strict=True
            )
        ]

    finish(answer_lines(source, answer))


def _line_hit(hit: MaskedHit) -> dict[str, object]:
    return {"source_id": hit.source_id, "doc_id": hit.doc_id, "title": hit.title, "passage": hit.passage}


def _hit(hit: MaskedHit) -> dict[str, object]:
    return {
        **_line_hit(hit),
        "archive_no": hit.archive_no,
        "page_no": hit.page_no,
        "insurance_types": list(hit.insurance_types),
        "material_type": hit.material_type,
        "year": hit.year,
        "region": hit.region,
        "reasons": list(hit.reasons),
    }


def _print_hit(number: int, hit: MaskedHit) -> None:
    from models.archive.regions import full_name

    typer.echo(f"{number}. {hit.title}")
    facts = [
        hit.archive_no or "无档号",
        "、".join(hit.insurance_types) or "险种未定",
        hit.material_type or "材料未定",
        f"{hit.year}年" if hit.year else "年度不详",
        full_name(hit.region) or hit.region or "区划不详",
        f"第 {hit.page_no} 页",
    ]
    typer.echo("   " + " · ".join(facts) + f"　〔{'、'.join(hit.reasons)}〕")
    passage = " ".join(hit.passage.split())
    typer.echo("   " + passage[:_PASSAGE_CHARACTERS] + ("……" if len(passage) > _PASSAGE_CHARACTERS else ""))
