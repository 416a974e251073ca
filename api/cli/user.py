"""`chadang user`: local accounts."""

from __future__ import annotations

import re
import sys
from getpass import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.chinese import App
from api.cli.operators import As, operator_of
from api.cli.options import AsJson, State, existing_archive_of, opened_archive_of, print_json
from api.cli.tables import lines_of_table
from models.access.roles import Role, check_compatible, role_rules
from models.access.rules import LineReach
from models.archive.levels import AccessLevel, Line
from models.archive.regions import full_name, is_code, is_pseudo
from models.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from indexer.store.port import Account
    from models.access.principal import Principal

ROLES_HELP = (
    "岗位，可写多次：clerk 经办，reviewer 复核，archivist 档案员，privacy_officer 隐私专员，"
    "system_admin、security_admin、audit_admin 三员，partner 共享单位，supervisor 监督，intake 收件系统。"
)

app = App("账号：建立、查看、停用、改岗，重置口令和动态验证码，结束登录。")

_NAME = re.compile(r"[A-Za-z0-9_.@\-\u3400-\u4dbf\u4e00-\u9fff]{1,64}")
"""Latin letters and Chinese characters alone: with letters of other scripts, or full-width ones, two names
could look alike in the ledger and be two accounts (Unicode UTS 39)."""
_ATTEMPTS = 3

Name = Annotated[str, typer.Argument(metavar="NAME", help="账号名。")]


@app.add("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="账号名。")],
    role: Annotated[list[Role], typer.Option("--role", metavar="ROLE", help=ROLES_HELP)],
    line: Annotated[Line | None, typer.Option(metavar="LINE", help="条线：HRSS 人社，MEDICAL 医保。")] = None,
    region: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="辖区（行政区划代码前缀），可写多次。")
    ] = None,
    clearance: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="公开、内部、工作秘密或敏感；不给时按岗位。")
    ] = None,
    purpose: Annotated[str, typer.Option(metavar="WORDS", help="默认用途，须为岗位允许的用途。")] = "",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="从标准输入读口令。")] = False,
    no_login: Annotated[bool, typer.Option("--no-login", help="不设口令，只供本机 --as 使用。")] = False,
    must_change: Annotated[bool, typer.Option("--must-change", help="首次登录后须先修改口令。")] = False,
    subject: As = None,
    state: State = None,
) -> None:
    """建立账号。三员（系统、安全、审计管理员）不能由同一账号兼任。"""
    if password_stdin and no_login:
        raise InvalidInput("--password-stdin 与 --no-login 只能用一个。")
    principal = principal_from(name, role, line, region or [], clearance, purpose)
    archive = opened_archive_of(state)
    if any(held.principal.subject.casefold() == name.casefold() for held in archive.accounts.accounts()):
        raise Conflict("已有同名账号（不分大小写），请换一个名称。")
    password = None if no_login else asked_password(from_stdin=password_stdin)
    with operator_of(archive, subject).doing("account_add", name):
        archive.people.add(principal, password, must_change=must_change)
    typer.echo(f"已建立账号 {name}。")
    for gap in _gaps(principal):
        typer.echo(f"注意：{gap}", err=True)


@app.add("list")
def list_accounts(state: State = None, as_json: AsJson = False) -> None:
    """列出账号。"""
    archive = existing_archive_of(state)
    with operator_of(archive, None).doing("user_list", "accounts"):
        accounts = archive.accounts.accounts()
    if as_json:
        print_json([_value(account) for account in accounts])
        return
    if not accounts:
        typer.echo("还没有账号，请用 chadang user add 建立。")
        return
    for line in lines_of_table(("账号", "岗位", "条线", "辖区", "级别", "登录"), [_row(a) for a in accounts]):
        typer.echo(line)


@app.add("disable")
def disable(name: Name, subject: As = None, state: State = None) -> None:
    """停用账号，立即生效；其登录会话全部结束。"""
    archive = existing_archive_of(state)
    with operator_of(archive, subject).doing("account_disable", name) as operator:
        archive.people.set_disabled(name, operator, disabled=True)
    typer.echo(f"已停用账号 {name}。")


@app.add("enable")
def enable(name: Name, subject: As = None, state: State = None) -> None:
    """重新启用停用的账号。"""
    archive = existing_archive_of(state)
    with operator_of(archive, subject).doing("account_enable", name) as operator:
        archive.people.set_disabled(name, operator, disabled=False)
    typer.echo(f"已启用账号 {name}。")


@app.add("roles")
def roles(
    name: Name,
    role: Annotated[list[Role], typer.Option("--role", metavar="ROLE", help=ROLES_HELP)],
    subject: As = None,
    state: State = None,
) -> None:
    """改换岗位：所写的即全部岗位。其登录会话全部结束；不能改本人的，三员不能兼任。"""
    archive = existing_archive_of(state)
    with operator_of(archive, subject).doing("account_roles", name) as operator:
        archive.people.set_roles(name, frozenset(role), operator)
    typer.echo(f"账号 {name} 的岗位现为：{'、'.join(role_rules()[r].title for r in sorted(set(role)))}。")


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
        raise InvalidInput("账号名只能用汉字、半角英文字母、数字和 . _ @ -，最多 64 个字。")
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
    from models.access.principal import Principal

    return Principal(name, held, line, tuple(regions), level, purpose or allowed[0])


def asked_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InvalidInput("请用 --password-stdin 从标准输入给出口令，或用 --no-login 不设口令。")
    for _ in range(_ATTEMPTS):
        first, again = getpass("口令："), getpass("再输一次：")
        if first == again:
            return first
        typer.echo("两次输入不一致，请重新输入。", err=True)
    raise InvalidInput("两次输入的口令不一致，没有做任何改动。")


def _gaps(principal: Principal) -> list[str]:
    """Say what is missing for a post that reads documents to see any."""
    rules = [rule for rule in principal.policy.rules if rule.roles & principal.roles]
    gaps = []
    if rules and not principal.region_prefixes:
        gaps.append("没有辖区（--region），这个账号看不到任何档案。")
    for code in principal.region_prefixes:
        if is_pseudo(code):
            gaps.append(f"{code} 不是一级管理机构，只是 {full_name(code)} 之下的一组区县，按代码前缀可见。")
        if len(code) > 2 and code.endswith("00"):
            gaps.append(f"辖区按代码前缀比对，{code} 不含下级；要含下级请去掉末尾的 0，例如 42、5001。")
    if any(rule.lines is not LineReach.ALL for rule in rules) and principal.line is None:
        gaps.append("没有条线（--line），这个账号看不到本条线的档案。")
    return gaps


def _row(account: Account) -> tuple[str, ...]:
    p = account.principal
    return (
        p.subject,
        "、".join(role_rules()[role].title for role in sorted(p.roles)),
        p.line.label if p.line else "—",
        "、".join(p.region_prefixes) or "无",
        p.clearance.label,
        "已停用" if account.disabled else ("可登录" if account.password_hash else "仅本机"),
    )


def _value(account: Account) -> dict[str, object]:
    principal = account.principal
    return {
        "name": principal.subject,
        "roles": sorted(principal.roles),
        "line": principal.line,
        "region_prefixes": list(principal.region_prefixes),
        "clearance": principal.clearance.label,
        "purpose": principal.purpose,
        "can_log_in": account.password_hash is not None,
        "disabled": account.disabled,
    }
