"""Options that narrow a search, the same wherever a question is asked or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from indexer.answers import Filters

Insurances = Annotated[
    list[str] | None, typer.Option("--insurance", metavar="NAME", help="只要这些险种，可写多次。")
]
Materials = Annotated[
    list[str] | None, typer.Option("--material", metavar="NAME", help="只要这些材料类型，可写多次。")
]
Region = Annotated[str, typer.Option("--region", metavar="CODE", help="只要这个行政区划（代码前缀）的。")]
YearFrom = Annotated[
    int | None,
    typer.Option("--year-from", min=1900, max=2200, metavar="YEAR", help="形成年度从哪年起，1900 到 2200。"),
]
YearTo = Annotated[
    int | None,
    typer.Option("--year-to", min=1900, max=2200, metavar="YEAR", help="形成年度到哪年止，含这一年。"),
]
Ignored = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="PIECE",
        help="不采用的理解，例如 years 或 region:4，可写多次；script 不转换繁体。",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="PIECE", help="按此限定的理解，例如 years，可写多次；不写时只用来排序。"),
]


def filters_of(
    insurance: list[str] | None,
    material: list[str] | None,
    region: str,
    year_from: int | None,
    year_to: int | None,
) -> Filters:
    """Return the filters that were asked for."""
    from indexer.answers import Filters

    return Filters(tuple(insurance or ()), tuple(material or ()), region, year_from, year_to)
