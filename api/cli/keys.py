"""`chadang keys`: the master key, how it stands and how it is replaced."""

from __future__ import annotations

import typer

from api.cli.chinese import App
from api.cli.operators import As, operator_of
from api.cli.options import AsJson, State, archive_of, existing_archive_of, print_json
from api.cli.tables import lines_of_table

app = App("主密钥：查看、轮换。")
_STATES = {"active": "使用中", "retiring": "轮换中，尚未销毁", "destroyed": "已销毁"}
_SHOWN_CHECK = 12


@app.add("status")
def status(state: State = None, as_json: AsJson = False) -> None:
    """主密钥的各期：校验值、状态、各自包裹着多少内容密钥。退出码 1 表示有轮换没有完成，或有内容打不开。"""
    archive = existing_archive_of(state)
    found = archive.key_rotation.status()
    live = {epoch.number for epoch in found.epochs if epoch.state.value != "destroyed"}
    lost = sum(count for epoch, count in found.wrapped.items() if epoch not in live)
    if as_json:
        epochs = [
            {
                "epoch": epoch.number,
                "state": epoch.state.value,
                "check_value": epoch.check_value,
                "begun_at": epoch.begun_at.isoformat(),
                "destroyed_at": epoch.destroyed_at.isoformat() if epoch.destroyed_at else None,
                "wrapped_keys": found.wrapped.get(epoch.number, 0),
            }
            for epoch in found.epochs
        ]
        print_json({"epochs": epochs, "unreadable_keys": lost, "settled": found.settled})
    else:
        rows = [
            (
                f"第 {epoch.number} 期",
                _STATES[epoch.state.value],
                epoch.check_value[:_SHOWN_CHECK],
                f"{epoch.begun_at:%Y-%m-%d %H:%M}",
                str(found.wrapped.get(epoch.number, 0)),
            )
            for epoch in found.epochs
        ]
        for line in lines_of_table(("主密钥", "状态", "校验值", "启用（UTC）", "包裹的密钥"), rows):
            typer.echo(line)
        if lost:
            typer.echo(f"有 {lost} 个内容密钥不属于现有的主密钥，无法打开，请从备份恢复。")
        if not found.settled:
            typer.echo("有一次轮换没有完成，请运行 chadang keys rotate。")
    raise typer.Exit(0 if found.settled and not lost else 1)


@app.add("rotate")
def rotate(subject: As = None, state: State = None) -> None:
    """换一个主密钥：重新包裹全部内容密钥，正文不动，逐个核对后才销毁旧密钥。中断后重新运行即可继续。"""
    from api.cli.progress import progress

    archive = existing_archive_of(state)
    with progress("重新包裹密钥", None, "个") as advance:
        done = archive.key_rotation.rotate(operator_of(archive, subject).principal, advance)
    typer.echo(f"已换用第 {done.epoch} 期主密钥，核对了 {done.keys} 个内容密钥，旧密钥已停用。")
    typer.echo("轮换前的备份只能用旧密钥打开，请现在就做一次备份：chadang backup FILE。")
    if done.left_to_do:
        typer.echo(done.left_to_do)


@app.add("make-hsm-key")
def make_hsm_key(state: State = None) -> None:
    """在密钥设备（PKCS#11）里建包裹主密钥用的密钥，它不会离开设备；设备由 CHADANG_HSM_ 各项设置指定。"""
    archive_of(state).key_wrapper.make_key()
    typer.echo("已在密钥设备里建好密钥。新建的档案库会用它包裹主密钥。")
