"""`chadang audit`: the ledger of who looked at what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import audit_outside
from api.cli.chinese import App
from api.cli.ledger_options import Auditor, Since, day, first_moment
from api.cli.operators import operator_of
from api.cli.options import State, existing_archive_of, json_line

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from models.access.principal import Principal
    from models.ledger.checkpoints import Checkpoint

app = App("查阅台账：核对、导出、签署检查点、出具回执、移出旧记录。")


@app.add("verify")
def verify(
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="以前另存的检查点，一并核对；可写多次。"),
    ] = None,
    subject: Auditor = None,
    state: State = None,
) -> None:
    """核对台账：改动、删除、乱序、截断都会指出第一处；相符时签署检查点。退出码 1 表示不一致。"""
    archive = existing_archive_of(state)
    against = tuple(_kept(archive, path) for path in checkpoint or ())
    found = archive.ledger_reading.verify(against, _who(archive, subject))
    if found is not None:
        typer.echo(f"台账在第 {found.seq} 条处不一致：{found.says}。请保护现场并报告安全管理员。")
        raise typer.Exit(1)
    kept = f"，与另存的 {len(against)} 个检查点相符" if against else ""
    typer.echo(f"台账完整，未发现改动{kept}。")
    _tell_what_is_outside(archive, against)


@app.add("export")
def export(
    since: Since = None,
    checkpoint: Annotated[bool, typer.Option("--checkpoint", help="只导出检查点。")] = False,
    subject: Auditor = None,
    state: State = None,
) -> None:
    """逐行导出台账（JSON Lines）和签署的检查点，可用 chadang audit verifier 的脚本离线核对。"""
    archive = existing_archive_of(state)
    reading, who, moment = archive.ledger_reading, _who(archive, subject), day(since, "--since")
    lines = reading.export_checkpoints(moment, who) if checkpoint else reading.export(moment, who)
    for line in lines:
        typer.echo(json_line(line))


@app.add("checkpoint")
def checkpoint(
    since: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="以前另存的检查点：改为输出其与今天相接的证明（JSON）。"),
    ] = None,
    subject: Auditor = None,
    state: State = None,
) -> None:
    """签署此刻的台账并打印检查点。请打印或发往别处保存：之后谁也不能改写在此以前的记录而不被发现。"""
    archive = existing_archive_of(state)
    who = _who(archive, subject)
    if since is not None:
        typer.echo(json_line(archive.ledger_reading.consistency(_kept(archive, since), who)))
        return
    typer.echo(archive.ledger_reading.checkpoint(who).note, nl=False)


@app.add("archive")
def archive_old(
    before: Annotated[str, typer.Option(metavar="DATE", help="移出哪天以前的记录，如 2026-01-01。")],
    subject: Auditor = None,
    state: State = None,
) -> None:
    """把旧记录写入签署的文件并移出台账；未满六个月（或设置的更长期限）的一律不移。台账接着记，照样可核对。"""
    archive = existing_archive_of(state)
    moment = first_moment(before, "--before")
    cut = archive.ledger_archival.archive(moment, _who(archive, subject))
    path = archive.ledger_archival.folder / cut.file
    typer.echo(f"已移出第 {cut.first} 至 {cut.size} 条，存于 {path}，请另存一份。SM3：{cut.sm3}")


def _who(archive: Archive, subject: str | None) -> Principal:
    return operator_of(archive, subject).principal


def _kept(archive: Archive, path: Path) -> Checkpoint:
    """Return a checkpoint that was kept elsewhere; InvalidInput where it is none of this archive's."""
    from models.errors import InvalidInput
    from models.ledger.checkpoints import read_note

    try:
        return read_note(path.read_text("utf-8"), bytes.fromhex(archive.ledger.public_key))
    except OSError as error:
        raise InvalidInput(f"{path} 打不开，请核对路径与权限。") from error
    except ValueError as error:
        raise InvalidInput(f"{path.name} 不是这个档案库签署的检查点，请核对文件。") from error


def _tell_what_is_outside(archive: Archive, against: tuple[Checkpoint, ...]) -> None:
    for cut in archive.ledger_cuts():
        typer.echo(f"第 {cut.first} 至 {cut.size} 条已移出到 {cut.file}，请用离线脚本核对该文件。", err=True)
    gone = max((cut.size for cut in archive.ledger_cuts()), default=0)
    if any(c.size < gone for c in against):
        typer.echo("早于移出处的检查点请对移出的文件核对（离线脚本的 --checkpoint）。", err=True)
    if archive.audit.witness and not archive.audit.witness.path.exists():
        typer.echo("数据库之外的标记（ledger/witness）缺失，下次查阅时重新建立。", err=True)


audit_outside.add_to(app)
