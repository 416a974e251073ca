"""`chadang index` and `chadang migrate`: the index and the database schema."""

from __future__ import annotations

import typer

from api.cli.options import AsJson, State, archive_of, print_json

app = typer.Typer(help="索引：核对、重建、统计。", no_args_is_help=True)


@app.command()
def verify(state: State = None) -> None:
    """核对索引的每个文件与清单是否一致、是否与档案库同步。退出码 1 表示不一致。"""
    archive = archive_of(state)
    generation = archive.index.current()
    if generation is None:
        typer.echo("档案库还没有索引。")
        return
    for warning in generation.warnings:
        typer.echo(warning, err=True)
    behind = archive.store.head_seq() - generation.seq
    typer.echo(
        f"索引 {generation.generation}：{generation.rows} 段，"
        + ("已同步。" if not behind else f"落后 {behind} 项。")
    )
    raise typer.Exit(1 if behind or generation.warnings else 0)


@app.command()
def rebuild(state: State = None) -> None:
    """按当前模型重建索引；换了模型时重新向量化全部文本。"""
    from api.cli.progress import progress

    archive = archive_of(state)
    total = (
        archive.store.chunk_count() if archive.store.space() not in (None, archive.embedder.space) else None
    )
    with progress("重建索引", total, "段") as advance:
        generation = archive.index.rebuild(archive.embedder, advance)
    rows = generation.rows if generation else 0
    typer.echo(f"已重建：{rows} 段，模型 {archive.embedder.space.model}。")


@app.command()
def stats(state: State = None, as_json: AsJson = False) -> None:
    """档案库的构成：状态、险种、材料、区划、访问级别等。"""
    counts = archive_of(state).store.counts()
    if as_json:
        print_json(counts)
        return
    for name, table in counts.items():
        shown = "，".join(
            f"{key} {count}" for key, count in sorted(table.items(), key=lambda p: (-p[1], p[0]))[:12]
        )
        typer.echo(f"{_NAMES.get(name, name)}：{shown or '无'}")


def migrate(state: State = None) -> None:
    """把档案库的表结构升级到当前版本。"""
    _ = archive_of(state).engine
    typer.echo("档案库已是当前版本。")


_NAMES = {
    "state": "状态", "insurance_types": "险种", "material_type": "材料类型", "access_level": "访问级别",
    "lines": "条线", "region": "行政区划", "carrier": "载体", "detections": "检出", "decisions": "分类",
    "quarantine": "隔离",
}  # fmt: skip
