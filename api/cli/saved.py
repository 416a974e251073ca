"""`chadang saved`: questions kept to be asked again, and what is new to them."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.chinese import App
from api.cli.narrowing import Ignored, Insurances, Materials, Only, Region, YearFrom, YearTo, filters_of
from api.cli.options import AsJson, State, existing_archive_of, principal_of, print_json
from api.cli.tables import lines_of_table

app = App("保存的检索：保存、查看有什么新的、删去。")

As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="以哪个账号的身份操作。")]
SearchId = Annotated[str, typer.Argument(metavar="ID", help="编号，chadang saved list 可查。")]


@app.add("add")
def add(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="检索的话，加密保存。")],
    insurance: Insurances = None,
    material: Materials = None,
    region: Region = "",
    year_from: YearFrom = None,
    year_to: YearTo = None,
    ignore: Ignored = None,
    only: Only = None,
    subject: As = None,
    state: State = None,
) -> None:
    """保存一个检索；此刻查得到的算作已看过，以后只告知新的。"""
    from indexer.answers import Query

    archive = existing_archive_of(state)
    filters = filters_of(insurance, material, region, year_from, year_to)
    query = Query(text, filters=filters, ignored=frozenset(ignore or ()), only=frozenset(only or ()))
    saved = archive.saved_searches.save(query, principal_of(archive, subject))
    typer.echo(f"已保存，编号 {saved.search_id}。")


@app.add("list")
def list_saved(subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """列出该账号保存的检索。"""
    archive = existing_archive_of(state)
    listed = archive.saved_searches.listed(principal_of(archive, subject))
    if as_json:
        from api.routers.saved_searches import SavedSearchOut

        print_json({"searches": [SavedSearchOut.of(saved).model_dump(mode="json") for saved in listed]})
        return
    rows = [(s.search_id, f"{s.looked_at.astimezone():%Y-%m-%d %H:%M}", s.query.text) for s in listed]
    for line in lines_of_table(("编号", "上次查看", "检索"), rows) if rows else ("没有保存的检索。",):
        typer.echo(line)


@app.add("look")
def look(search_id: SearchId, subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """再检索一次，只列出没有给看过的；看过即不再告知。"""
    from api.cli.answers import print_hit

    archive = existing_archive_of(state)
    news = archive.saved_searches.look(search_id, principal_of(archive, subject))
    if as_json:
        from api.routers.search_answers import HitOut

        print_json({"hits": [HitOut.of(hit).model_dump() for hit in news.hits]})
        return
    if not news.hits:
        typer.echo("没有新的。")
    for number, hit in enumerate(news.hits, start=1):
        print_hit(number, hit)


@app.add("remove")
def remove(search_id: SearchId, subject: As = None, state: State = None) -> None:
    """删去一个保存的检索。"""
    archive = existing_archive_of(state)
    archive.saved_searches.remove(search_id, principal_of(archive, subject))
    typer.echo("已删去。")
