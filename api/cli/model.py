"""`chadang model`: versions of the classifier, compared, put to use, taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.chinese import App
from api.cli.options import AsJson, State, existing_archive_of, principal_of, print_json
from api.cli.tables import lines_of_table

if TYPE_CHECKING:
    from indexer.classifiers import ClassifierVersion
    from indexer.model_versions import Figures

app = App("分类模型的版本：登记、并行比较、启用、退回。")

As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="以哪个系统管理员账号的身份操作。")]
Version = Annotated[
    str, typer.Argument(metavar="VERSION", help="版本号或其开头四位以上；shipped 为随附的模型。")
]


@app.add("list")
def list_versions(subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """各版本和正在使用的是哪一个。"""
    archive = existing_archive_of(state)
    listed = archive.model_versions.listed(principal_of(archive, subject))
    if as_json:
        print_json({"versions": [_value(version) for version in listed]})
        return
    rows = [(v.version_id, _use(v), str(v.reviews), v.artifact or "已损坏，请重新登记") for v in listed]
    for line in lines_of_table(("版本", "使用", "复核样本", "模型编号"), rows):
        typer.echo(line)


@app.add("add")
def add(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="训练写出的模型目录。")],
    subject: As = None,
    state: State = None,
) -> None:
    """登记一个训练好的模型：核对清单和每个文件的校验值，拒收 pickle 和不明文件。登记后还没有启用。"""
    archive = existing_archive_of(state)
    added = archive.model_versions.add(folder, principal_of(archive, subject))
    typer.echo(f"已登记 {added.version_id}（{added.artifact}）。")


@app.add("shadow")
def shadow(version: Version, subject: As = None, state: State = None, as_json: AsJson = False) -> None:
    """在双方都没有学过的复核样本上，与正在使用的模型并行比较；只给汇总。"""
    from api.reporting.values import plain

    archive = existing_archive_of(state)
    made = archive.model_versions.shadow(version, principal_of(archive, subject))
    if as_json:
        print_json(plain(made))
        return
    typer.echo(
        f"复核样本 {made.texts} 件（另有 {made.left_out} 件参加过训练，不计），"
        f"两者一致 {made.agreement:.1%}。"
    )
    rows = [_row("候选", made.candidate), _row("在用", made.served)]
    header = ("", "版本", "正确", "自动采用", "采用中正确", "材料正确")
    for line in lines_of_table(header, rows):
        typer.echo(line)


@app.add("promote")
def promote(version: Version, subject: As = None, state: State = None) -> None:
    """启用一个版本，一步切换；正在运行的服务随即改用它。"""
    archive = existing_archive_of(state)
    made = archive.model_versions.promote(version, principal_of(archive, subject))
    typer.echo(f"已启用 {made.version_id}（{made.artifact}）。")


@app.add("rollback")
def rollback(subject: As = None, state: State = None) -> None:
    """退回上一个版本，一步切换。"""
    archive = existing_archive_of(state)
    made = archive.model_versions.rollback(principal_of(archive, subject))
    typer.echo(f"已退回 {made.version_id}（{made.artifact}）。")


def _use(version: ClassifierVersion) -> str:
    return "在用" if version.served else ("上一个" if version.former else "—")


def _value(version: ClassifierVersion) -> dict[str, object]:
    return {
        "version": version.version_id,
        "artifact": version.artifact,
        "reviews": version.reviews,
        "served": version.served,
        "former": version.former,
    }


def _row(name: str, made: Figures) -> tuple[str, ...]:
    shares = (made.accuracy, made.coverage, made.accepted_accuracy, made.material_accuracy)
    return (name, made.version_id, *("–" if s is None else f"{s:.1%}" for s in shares))
