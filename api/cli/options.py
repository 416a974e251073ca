"""Options and answers every command shares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import ArchiveError, InvalidInput, StoreUnavailable

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from models.access.principal import Principal

DATABASE_NAME = "archive.db"

State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="DIR",
        help="档案库所在目录，默认 data/var/default 或 CHADANG_STATE。",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取。")]
Jsonl = Annotated[
    str | None,
    typer.Option("--jsonl", help="逐行读取 JSON 的文件，- 为标准输入；读一行，答一行。", metavar="FILE|-"),
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
        settings = Settings(**given)
    except ValidationError as error:
        wrong = "；".join(_wrong_setting(item["loc"], item["msg"], given) for item in error.errors())
        raise InvalidInput(f"设置不可用：{wrong}，请改正环境变量、.env 或命令参数。") from error
    return Archive(settings, via="cli", report=lambda said: typer.echo(said, err=True))


def opened_archive_of(state: Path | None, **changes: Any) -> Archive:
    """Return the archive of a command that works in its state folder, which is made if need be.

    Raises:
        StoreUnavailable: the archive was sealed under another master key than the one given.
    """
    archive = archive_of(state, **changes)
    _check_master_key(archive)
    return archive


def existing_archive_of(state: Path | None) -> Archive:
    """Return an archive that is there already: a mistyped ``--state`` is not answered as an empty archive.

    Raises:
        InvalidInput: there is no archive in the state folder.
    """
    archive = archive_of(state)
    settings = archive.settings
    if not settings.database_url and not (settings.state / DATABASE_NAME).is_file():
        raise InvalidInput(
            f"{settings.state} 里没有档案库，请核对 --state；新建请用 chadang migrate 或 chadang ingest。"
        )
    _check_master_key(archive)
    return archive


def principal_of(archive: Archive, subject: str | None) -> Principal:
    """Return the principal of an account named by ``--as``; InvalidInput where there is none."""
    if not subject:
        raise InvalidInput("请用 --as 说明以谁的身份操作，例如 --as zhang；账号用 chadang user add 建立。")
    account = archive.accounts.account(subject)
    if account is None or account.disabled:
        raise InvalidInput("没有这个可用账号，请用 chadang user list 查看，或用 chadang user add 建立。")
    return account.principal


def complain(error: ArchiveError, about: str = "") -> None:
    """Say an error on stderr: about which thing, what, then what to do."""
    typer.echo(f"{about and about + '：'}{error.title}：{error.detail}", err=True)


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


def _check_master_key(archive: Archive) -> None:
    """Refuse a master key other than the archive's, before anything is sealed with it."""
    try:
        _ = archive.sealer
    except OSError as error:
        raise StoreUnavailable("状态目录无法写入或读取，请检查 --state 的路径与权限。") from error


def _wrong_setting(place: tuple[int | str, ...], english: str, given: Mapping[str, object]) -> str:
    from api.cli.chinese import error_in_chinese

    name = str(place[0]) if place else ""
    shown = f"--{name.replace('_', '-')}" if name in given else f"CHADANG_{name.upper()}"
    return f"{shown} {error_in_chinese(english)}"
