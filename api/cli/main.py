"""`chadang`: parse, call one use case, print. Heavy libraries load when a command needs them."""

from __future__ import annotations

import errno
import io
import sys
import traceback
from pathlib import Path

import typer

from api.cli import (
    audit,
    backup,
    check,
    classify,
    demo,
    dispose,
    finding,
    grant,
    index,
    ingest,
    keys,
    model,
    persons,
    policy,
    privacy,
    quarantine,
    reveal,
    reviews,
    saved,
    search,
    serve,
    supervision,
    token,
    user_log_in,
    webhook,
)
from api.cli.chinese import App, error_in_chinese
from api.cli.harmless import harmless
from api.cli.options import complain
from api.dumps import forbid_core_dumps
from models.errors import ArchiveError

app = App("查档：社保档案的归档、分类、隐私检查与检索。全部离线运行。", "chadang")
app.add("demo")(demo.demo)
app.add("serve")(serve.serve)
app.add("ingest")(ingest.ingest)
app.add("search")(search.search)
app.add("suggest")(finding.suggest)
app.add("similar")(finding.similar)
app.add("classify")(classify.classify)
app.add("quarantine")(quarantine.quarantine)
app.add("migrate")(index.migrate)
app.add("backup")(backup.backup)
app.add("restore")(backup.restore)
app.add_typer(privacy.app, name="privacy")
app.add_typer(index.app, name="index")
app.add_typer(user_log_in.app, name="user")
app.add_typer(persons.app, name="persons")
app.add_typer(policy.app, name="policy")
app.add_typer(grant.app, name="grant")
app.add_typer(token.app, name="token")
app.add_typer(webhook.app, name="webhook")
app.add_typer(audit.app, name="audit")
app.add_typer(check.app, name="check")
app.add_typer(reviews.app, name="reviews")
app.add_typer(saved.app, name="saved")
app.add_typer(reveal.app, name="reveal")
app.add_typer(model.app, name="model")
app.add_typer(keys.app, name="keys")
app.add_typer(dispose.app, name="dispose")
app.add_typer(supervision.app, name="supervision")


_DISK = {
    errno.EACCES: "没有权限", errno.EPERM: "没有权限", errno.EROFS: "磁盘只读", errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已满", errno.EADDRINUSE: "端口已被占用", errno.ENOENT: "文件或目录不存在",
}  # fmt: skip


def main() -> None:
    """Run a command; whatever goes wrong is one Chinese sentence on stderr and an exit code."""
    _print_anything()
    forbid_core_dumps()
    sys.exit(_exit_code())


def _exit_code() -> int:
    try:
        code = app(prog_name="chadang", standalone_mode=False) or 0
    except typer.TyperException as error:
        _explain(error)
        return 2
    except ArchiveError as error:
        complain(error)
        return 2
    except typer.Abort:
        typer.echo("已取消。", err=True)
        return 2
    except OSError as error:
        typer.echo(
            f"文件操作失败：{_DISK.get(error.errno or 0, '原因不明')}，请检查磁盘与权限后重试。", err=True
        )
        return 2
    except Exception as error:  # noqa: BLE001 - the outermost edge: a clerk is never shown a traceback
        typer.echo(f"系统内部错误：{_place_of(error)}。请把这一句报给管理员。", err=True)
        return 2
    if code == 130:
        typer.echo("已中断；已完成的部分都已保存，重新运行同一命令可继续。", err=True)
    return int(code)


def _explain(error: typer.TyperException) -> None:
    """Say a usage error, or the help page a group without a command amounts to."""
    context = getattr(error, "ctx", None)
    said = error.format_message()
    if context is not None and said == context.get_help():
        typer.echo(said, err=True)
        return
    command = context.command_path if context is not None else "chadang"
    typer.echo(f"用法有误：{error_in_chinese(said)}。说明见 {command} --help。", err=True)


def _place_of(error: Exception) -> str:
    """Name the error and where it arose; never its message, which may hold what was being read."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if ".venv" not in frame.filename] or frames
    return f"{type(error).__name__}（{Path(ours[-1].filename).name} 第 {ours[-1].lineno} 行）"


def _print_anything() -> None:
    """Write UTF-8 to files and pipes whatever the locale is; nothing printed can fail to encode."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    sys.stdout, sys.stderr = harmless(sys.stdout), harmless(sys.stderr)


if __name__ == "__main__":
    main()
