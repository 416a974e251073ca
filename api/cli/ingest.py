"""`chadang ingest`: files, folders, zips and records of other systems."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.operators import recorded_deposits
from api.cli.options import AsJson, Jsonl, State, opened_archive_of, print_json
from models.errors import InvalidInput

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from indexer.catalogue import Catalogue, Row
    from indexer.deposits import Deposit, Outcome, Summary
    from indexer.intake import Source

_SHOWN_REFUSALS = 50


def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="文件、文件夹或 zip，可多个。")
    ] = None,
    catalogue: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="目录表 CSV；不给时采用各文件夹顶层的 catalogue.csv。"),
    ] = None,
    jsonl: Jsonl = None,
    defaults: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="目录缺项时采用的值，如 --set region=500111，可写多次。", metavar="KEY=VALUE"
        ),
    ] = None,
    deposit_region: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="送存单位的行政区划代码；缺区划的文件归它的档案员著录。"),
    ] = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """归档：读取文件，遮蔽个人信息，分类并建索引。每个文件有且只有一个结果：已归档、重复或已隔离。

    中断后重新运行同一命令会接着做完，不丢失也不重复。退出码：0 全部归档或重复，1 有文件被隔离。
    """
    if bool(paths) == bool(jsonl):
        raise InvalidInput("请给出要归档的文件或文件夹，或用 --jsonl 给出记录文件（二者选一）。")
    missing = [path for path in paths or [] if not path.exists()]
    if missing:
        raise InvalidInput(f"路径不存在：{'、'.join(map(str, missing))}，请核对后重试。")
    archive = opened_archive_of(state, deposit_region=deposit_region)
    row = _defaults(defaults or [])
    if jsonl and jsonl != "-" and not Path(jsonl).exists():
        raise InvalidInput("--jsonl 指定的文件不存在，请核对路径。")
    if jsonl:
        from api.cli.ingest_records import ingest_records

        summary = ingest_records(archive, jsonl, row)
    else:
        summary = _ingest_files(archive, paths or [], catalogue, row)
    if summary.total:
        with archive.ingestor.clock.stage("index"):
            archive.index.catch_up()
    _report(archive, summary, as_json=as_json, to_stderr=jsonl is not None)
    quarantined = {kind.value: count for kind, count in summary.by_kind.items()}.get("quarantined", 0)
    raise typer.Exit(1 if quarantined else 0)


def _ingest_files(archive: Archive, paths: list[Path], given: Path | None, defaults: Row) -> Summary:
    from api.cli.progress import progress
    from indexer.deposits import OutcomeKind, Summary
    from indexer.ingest import summary_of

    drops = _drops(paths, given, archive.folder)
    if not any(sources for sources, _ in drops):
        return Summary({}, {})
    refused: list[Outcome] = []
    doubtful: list[Outcome] = []
    with progress("归档", sum(len(sources) for sources, _ in drops), "件") as advance:

        def seen(outcome: Outcome) -> None:
            advance()
            if outcome.kind is OutcomeKind.QUARANTINED:
                refused.append(outcome)
            elif outcome.kind is OutcomeKind.DUPLICATE and outcome.notes:
                doubtful.append(outcome)

        outcomes = archive.ingestor.ingest(_deposits(archive, drops, defaults))
        summary = summary_of(recorded_deposits(archive, outcomes), seen)
    for outcome in refused[:_SHOWN_REFUSALS]:
        typer.echo(f"已隔离 {outcome.name}：{outcome.detail}（{outcome.code}）", err=True)
    if len(refused) > _SHOWN_REFUSALS:
        typer.echo(f"……另有 {len(refused) - _SHOWN_REFUSALS} 件，见 chadang quarantine。", err=True)
    for outcome in doubtful[:_SHOWN_REFUSALS]:
        typer.echo(f"重复 {outcome.name}：{'；'.join(outcome.notes)}。", err=True)
    if len(doubtful) > _SHOWN_REFUSALS:
        typer.echo(f"……另有 {len(doubtful) - _SHOWN_REFUSALS} 件重复的档号不同，请核对目录。", err=True)
    return summary


def _drops(paths: list[Path], given: Path | None, state: Path) -> list[tuple[list[Source], Catalogue]]:
    """Return the files of every path with the catalogue for them; a file named twice comes once."""
    from indexer.catalogue import Catalogue, read_catalogue
    from indexer.intake import CATALOGUE_NAME, sources_in, without_file

    one = read_catalogue(given) if given else None
    left_out = {given.resolve()} if given else set()
    drops = []
    for path in paths:
        beside = path / CATALOGUE_NAME
        own = read_catalogue(beside) if one is None and _lies_in(path, beside) else None
        if own is not None:
            left_out.add(beside.resolve())
        sources = sources_in([path], leave_out=frozenset(left_out), state=state)
        left_out |= {source.path.resolve() for source in sources}
        if own is not None:
            _warn(own, without_file(own, sources))
        drops.append((sources, one or own or Catalogue()))
    if one is not None:
        _warn(one, without_file(one, [source for sources, _ in drops for source in sources]))
    return drops


def _lies_in(folder: Path, file: Path) -> bool:
    """Whether a file is there and no link that leads out of the folder."""
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())


def _deposits(
    archive: Archive, drops: list[tuple[list[Source], Catalogue]], defaults: Row
) -> Iterator[Deposit]:
    from indexer.intake import deposits_of

    for sources, catalogue in drops:
        yield from deposits_of(sources, catalogue, archive.limits, defaults)


def _defaults(pairs: list[str]) -> Row:
    from indexer.catalogue import row_of

    values = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise InvalidInput("--set 应写成 字段=值，例如 --set region=500111。")
        values[name.strip()] = value.strip()
    row = row_of(values)
    if row.problems or row.entry.extensions:
        unknown = [f"没有字段 {name}" for name in row.entry.extensions]
        raise InvalidInput(f"--set 有误：{'；'.join([*row.problems, *unknown])}。")
    return row


def _warn(catalogue: Catalogue, missing_files: int) -> None:
    for problem in catalogue.problems[:_SHOWN_REFUSALS]:
        typer.echo(f"目录表：{problem}", err=True)
    if missing_files:
        typer.echo(f"目录表：有 {missing_files} 行找不到对应文件（有目无件），请核对。", err=True)


def _report(archive: Archive, summary: Summary, *, as_json: bool, to_stderr: bool) -> None:
    from indexer.deposits import OutcomeKind

    clock = archive.ingestor.clock.seconds if summary.total else {}
    seconds = {stage: round(value, 2) for stage, value in clock.items()}
    by_kind = {kind: summary.by_kind[kind] for kind in OutcomeKind if kind in summary.by_kind}
    if as_json and not to_stderr:
        print_json(
            {
                "outcomes": {kind.value: n for kind, n in by_kind.items()},
                "codes": dict(summary.by_code),
                "seconds": seconds,
            }
        )
        return
    parts = "，".join(f"{kind.label} {count}" for kind, count in by_kind.items()) or "没有可归档的文件"
    nothing_new = "没有新增。" if summary.total and OutcomeKind.STORED not in by_kind else ""
    typer.echo(f"共 {summary.total} 件：{parts}。{nothing_new}", err=to_stderr)
    if not seconds:
        return
    spent = "，".join(f"{STAGES[stage]} {value:.1f}" for stage, value in seconds.items() if stage in STAGES)
    typer.echo(f"各环节用时（秒）：{spent}", err=True)


STAGES = {
    "parse": "读取",
    "detect": "隐私检查",
    "classify": "分类",
    "embed": "向量化",
    "store": "入库",
    "index": "建索引",
}
