"""`chadang index` and `chadang migrate`: the index and the database schema."""

from __future__ import annotations

import typer

from api.cli.chinese import App
from api.cli.operators import operator_of
from api.cli.options import AsJson, State, complain, existing_archive_of, opened_archive_of, print_json
from api.cli.tables import KIND_NAMES
from models.errors import ArtifactTampered

_SHOWN = 12

app = App("索引：核对、重建、统计。")


@app.add("verify")
def verify(state: State = None) -> None:
    """核对索引的每个文件与清单是否一致、是否与档案库同步。退出码 1 表示不一致。"""
    archive = existing_archive_of(state)
    head = archive.store.head_seq()
    try:
        generation = archive.index.current()
    except ArtifactTampered as error:
        complain(error)
        raise typer.Exit(1) from error
    if generation is None:
        typer.echo("档案库是空的，还没有索引。" if head == 0 else "索引缺失，请运行 chadang index rebuild。")
        raise typer.Exit(1 if head else 0)
    for warning in generation.warnings:
        typer.echo(warning, err=True)
    behind = head - generation.seq
    typer.echo(
        f"索引 {generation.generation}：{generation.rows} 段，"
        + (f"比档案库少 {behind} 次变更，下次检索或归档时自动补上。" if behind else "与档案库一致。")
    )
    raise typer.Exit(1 if behind or generation.warnings else 0)


@app.add("rebuild")
def rebuild(state: State = None) -> None:
    """按当前模型重建索引；换了模型时重新向量化全部文本。"""
    from api.cli.progress import progress

    archive = existing_archive_of(state)
    total = (
        archive.store.chunk_count() if archive.store.space() not in (None, archive.embedder.space) else None
    )
    doing = operator_of(archive, None).doing("index_rebuild", "index")
    with doing, progress("重建索引", total, "段") as advance:
        generation = archive.index.rebuild(archive.embedder, advance)
    rows = generation.rows if generation else 0
    typer.echo(f"已重建：{rows} 段，模型 {archive.embedder.space.model}。")


@app.add("stats")
def stats(state: State = None, as_json: AsJson = False) -> None:
    """档案库的构成：状态、险种、材料、区划、访问级别等。"""
    counts = existing_archive_of(state).store.counts()
    if as_json:
        print_json(counts)
        return
    if not any(counts.values()):
        typer.echo("档案库是空的。")
        return
    for name, table in counts.items():
        ordered = sorted(table.items(), key=lambda pair: (-pair[1], pair[0]))
        shown = "，".join(f"{_word(name, key)} {count}" for key, count in ordered[:_SHOWN])
        more = f"，另有 {len(ordered) - _SHOWN} 种" if len(ordered) > _SHOWN else ""
        typer.echo(f"{_NAMES.get(name, name)}：{shown or '无'}{more}")


def _word(table: str, key: str) -> str:
    """Return a value of the archive as a clerk calls it."""
    from models.archive.levels import AccessLevel

    if table == "access_level" and key.isdigit():
        return AccessLevel(int(key)).label
    if table == "detections":
        return KIND_NAMES.get(key, key)
    return "和".join(_WORDS.get(part, part) for part in key.split(","))


def migrate(state: State = None) -> None:
    """把档案库的表结构升级到当前版本。"""
    _ = opened_archive_of(state).engine
    typer.echo("档案库已是当前版本。")


_NAMES = {
    "state": "状态", "insurance_types": "险种", "material_type": "材料类型", "access_level": "访问级别",
    "lines": "条线", "region": "行政区划", "carrier": "载体", "detections": "检出", "decisions": "分类",
    "quarantine": "隔离",
}  # fmt: skip
_WORDS = {
    "held": "在库", "to_be_catalogued": "待著录", "withdrawn": "已停用", "HRSS": "人社", "MEDICAL": "医保",
    "ACCEPTED": "可直接采用", "NEEDS_REVIEW": "需人工复核", "None": "未定", "": "未定",
    "born_digital": "电子文件", "ocr": "扫描识别",
}  # fmt: skip
