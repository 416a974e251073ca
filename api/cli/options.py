"""Options and answers every command shares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import ArchiveError, InvalidInput

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from models.access.principal import Principal

State = Annotated[
    Path | None,
    typer.Option(
        "--state", help="档案库所在目录，默认 data/var/default 或 CHADANG_STATE。", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取。")]
Jsonl = Annotated[
    str | None,
    typer.Option("--jsonl", help="逐行读取 JSON 的文件，- 为标准输入；逐行输出。", metavar="FILE|-"),
]


def archive_of(state: Path | None, **changes: Any) -> Archive:
    """Return the archive for a command; ``changes`` override settings by name."""
    from pydantic import ValidationError

    from api.bootstrap import Archive
    from api.settings import Settings

    given = {name: value for name, value in changes.items() if value is not None}
    if state is not None:
        given["state"] = state
    try:
        return Archive(Settings(**given), via="cli", report=lambda said: typer.echo(said, err=True))
    except ValidationError as error:
        names = "、".join(".".join(map(str, item["loc"])) for item in error.errors())
        raise InvalidInput(
            f"设置有误：{names}，请检查环境变量（CHADANG_ 开头）、.env 或命令参数。"
        ) from error


def principal_of(archive: Archive, subject: str | None) -> Principal:
    """Return the principal of an account named by ``--as``; InvalidInput where there is none."""
    if not subject:
        raise InvalidInput("请用 --as 说明以谁的身份操作，例如 --as zhang；账号用 chadang user add 建立。")
    account = archive.accounts.account(subject)
    if account is None or account.disabled:
        raise InvalidInput("没有这个可用账号，请用 chadang user list 查看，或用 chadang user add 建立。")
    return account.principal


def complain(error: ArchiveError) -> None:
    """Say an error on stderr: what, then what to do."""
    typer.echo(f"{error.title}：{error.detail}", err=True)


def print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def json_line(value: Mapping[str, object]) -> str:
    """Return one line of JSON; lone surrogates are escaped so that any text can be printed."""
    try:
        line = json.dumps(value, ensure_ascii=False)
        line.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=True)
    return line


def error_line(identifier: object, error: ArchiveError) -> dict[str, object]:
    return {"id": identifier, "error": {"code": error.code, "detail": error.detail}}
