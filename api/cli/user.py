"""`chadang user`: local accounts."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from api.cli.options import AsJson, State, archive_of, print_json
from models.access.principal import Principal, Role, check_compatible, role_rules
from models.archive.levels import AccessLevel, Line
from models.archive.regions import is_code
from models.errors import InvalidInput

app = typer.Typer(help="账号：建立、查看、停用。", no_args_is_help=True)

_NAME = re.compile(r"[\w.@-]{1,64}")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="账号名。")],
    role: Annotated[list[Role], typer.Option("--role", help="岗位，可多个。")],
    line: Annotated[Line | None, typer.Option(help="条线：HRSS 人社，MEDICAL 医保。")] = None,
    region: Annotated[list[str] | None, typer.Option(help="行政区划代码前缀，可多个。")] = None,
    clearance: Annotated[str | None, typer.Option(help="公开、内部、工作秘密或敏感；不给时按岗位。")] = None,
    purpose: Annotated[str, typer.Option(help="默认用途，须为岗位允许的用途。")] = "",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="从标准输入读口令。")] = False,
    no_login: Annotated[bool, typer.Option("--no-login", help="不设口令，只供本机 --as 使用。")] = False,
    state: State = None,
) -> None:
    """建立账号。三员（系统、安全、审计管理员）不能由同一账号兼任。"""
    from api.authentication import hash_password
    from indexer.store.port import Account

    principal = principal_from(name, role, line, region or [], clearance, purpose)
    password = None if no_login else _password(from_stdin=password_stdin)
    archive = archive_of(state)
    archive.accounts.add_account(Account(principal, hash_password(password) if password else None))
    typer.echo(f"已建立账号 {name}。")


@app.command("list")
def list_accounts(state: State = None, as_json: AsJson = False) -> None:
    """列出账号。"""
    accounts = archive_of(state).accounts.accounts()
    if as_json:
        print_json([_value(account.principal) | {"disabled": account.disabled} for account in accounts])
        return
    for account in accounts:
        p = account.principal
        roles = "、".join(role_rules()[r].title for r in sorted(p.roles))
        line = p.line.label if p.line else "—"
        regions = "、".join(p.region_prefixes) or "无区划"
        state_word = "已停用" if account.disabled else ("可登录" if account.password_hash else "仅本机")
        typer.echo(f"{p.subject}\t{roles}\t{line}\t{regions}\t{p.clearance.label}\t{state_word}")


@app.command()
def disable(name: Annotated[str, typer.Argument(help="账号名。")], state: State = None) -> None:
    """停用账号，立即生效。"""
    archive_of(state).accounts.set_disabled(name, disabled=True)
    typer.echo(f"已停用账号 {name}。")


def principal_from(
    name: str,
    roles: list[Role],
    line: Line | None,
    regions: list[str],
    clearance: str | None,
    purpose: str,
) -> Principal:
    """Return a checked principal; a missing clearance or purpose is the role's own."""
    if not _NAME.fullmatch(name):
        raise InvalidInput("账号名只能用文字、数字和 . _ @ -，最多 64 个字。")
    held = frozenset(roles)
    check_compatible(held)
    if any(not is_code(code) for code in regions):
        raise InvalidInput("行政区划代码应为 2、4、6、9 或 12 位数字。")
    rules = [role_rules()[role] for role in roles]
    allowed = [p for rule in rules for p in rule.purposes]
    if purpose and purpose not in allowed:
        raise InvalidInput(f"岗位允许的用途：{'、'.join(allowed)}。")
    try:
        level = AccessLevel.of(clearance) if clearance else max(rule.clearance for rule in rules)
    except ValueError as error:
        raise InvalidInput(f"{error}。") from error
    return Principal(name, held, line, tuple(regions), level, purpose or allowed[0])


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = typer.prompt("口令", hide_input=True, confirmation_prompt="再输一次")
    return answer


def _value(principal: Principal) -> dict[str, object]:
    return {
        "name": principal.subject,
        "roles": sorted(principal.roles),
        "line": principal.line,
        "region_prefixes": list(principal.region_prefixes),
        "clearance": principal.clearance.label,
        "purpose": principal.purpose,
    }
