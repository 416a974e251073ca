"""`chadang backup` and `chadang restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.operators import As, operator_of
from api.cli.options import State, archive_of, existing_archive_of
from models.errors import InvalidInput


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="写到哪个文件；不能已经存在。")],
    with_key: Annotated[
        bool, typer.Option("--with-key", help="把主密钥也放进去；谁拿到备份谁就能读，只用于密钥另有保护时。")
    ] = False,
    subject: As = None,
    state: State = None,
) -> None:
    """备份档案库：服务可以照常运行；内容仍是密封的，主密钥默认不在其中，请另行保管。"""
    from api.cli.progress import progress

    archive = existing_archive_of(state)
    key = _key_file(archive.folder) if with_key else None
    by = operator_of(archive, subject).principal
    with progress("备份", None, "个文件") as advance:
        made = archive.backups.write(file, by, key, advance)
    size = f"{file.stat().st_size / (1 << 20):.1f} MiB"
    typer.echo(
        f"已备份 {made.documents} 件档案、{len(made.files)} 个文件到 {file}，{size}；"
        + ("内含主密钥，请当作密钥保管。" if with_key else f"恢复时要用第 {made.key_epoch} 期主密钥。")
    )


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="chadang backup 写成的备份。")],
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file", metavar="KEY", help="主密钥文件；不写则用 CHADANG_MASTER_KEY 或备份里的。"
        ),
    ] = None,
    state: State = None,
) -> None:
    """从备份恢复到一个新目录：逐个核对校验值和密钥，全部恢复或什么都不留。索引在下次检索时自动重建。"""
    from api.bootstrap import utc_now
    from indexer.backup import restore as restored

    settings = archive_of(state).settings
    if settings.database_url:
        raise InvalidInput("设置了 CHADANG_DATABASE_URL，只能恢复到状态目录里的 SQLite；请先取消这项设置。")
    if key_file is not None and settings.master_key is not None:
        raise InvalidInput("CHADANG_MASTER_KEY 和 --key-file 只能用一个。")
    by = operator_of(archive_of(state), None).principal
    done = restored(file, settings.state, key_file, by, archive_of, at=utc_now())
    typer.echo(
        f"已恢复 {done.contents.documents} 件档案到 {settings.state}（备份于 {done.contents.made_at[:16]}），"
        f"核对了 {len(done.contents.files)} 个文件和 {done.keys} 个密钥。"
    )


def _key_file(folder: Path) -> Path:
    path = folder / "keys" / "master.key"
    if not path.is_file():
        raise InvalidInput("主密钥不在状态目录里（由环境变量或密钥设备给出），不能放进备份。")
    return path
