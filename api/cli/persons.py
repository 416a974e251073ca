"""`chadang persons`: the blind index by which people are found: completed, made anew, given new keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.chinese import App
from api.cli.options import State, existing_archive_of, principal_of

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from models.access.principal import Principal

app = App("按人查找的索引：补建、重建、更换密钥。姓名、号码只存带密钥的散列，不存明文。")

As = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="以哪个系统管理员账号的身份操作；不写为本机操作员。"),
]


@app.add("rebuild")
def rebuild(
    everything: Annotated[bool, typer.Option("--all", help="全部重建，不只补缺少的、过时的。")] = False,
    subject: As = None,
    state: State = None,
) -> None:
    """补建缺少或过时的；中断后重新运行即可继续。"""
    from api.cli.progress import progress

    archive = existing_archive_of(state)
    total = _documents(archive) if everything else archive.person_keeping.behind()
    with progress("补建按人查找的索引", total, "份") as advance:
        done = archive.person_keeping.rebuild(_acting(archive, subject), advance, anew=everything)
    typer.echo(f"已补建 {done} 份。" if done else "按人查找的索引已是完整的。")


@app.add("rotate-key")
def rotate_key(subject: As = None, state: State = None) -> None:
    """更换密钥：逐份改用新密钥，其间照常查找，全部换完后作废旧密钥；中断后重新运行即可继续。"""
    from api.cli.progress import progress

    archive = existing_archive_of(state)
    with progress("更换按人查找的密钥", _documents(archive), "份") as advance:
        epoch = archive.person_keeping.rotate_key(_acting(archive, subject), advance)
    typer.echo(f"已全部改用第 {epoch} 期密钥，旧密钥已作废。")


def _documents(archive: Archive) -> int:
    return sum(archive.store.counts().get("state", {}).values())


def _acting(archive: Archive, subject: str | None) -> Principal:
    from indexer.person_keeping import OPERATOR

    return principal_of(archive, subject) if subject else OPERATOR
