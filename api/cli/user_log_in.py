"""`chadang user`: how accounts log in: passwords, second factors, sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.operators import As, operator_of
from api.cli.options import AsJson, State, existing_archive_of, print_json
from api.cli.tables import lines_of_table
from api.cli.user import Name, app, asked_password

if TYPE_CHECKING:
    from datetime import datetime

    from indexer.store.identity_port import Session

__all__ = ["app"]

_METHODS = {"password": "口令", "oidc": "其他身份提供方"}


@app.add("password")
def password(
    name: Name,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="从标准输入读口令。")] = False,
    subject: As = None,
    state: State = None,
) -> None:
    """重置口令并解除锁定；本人下次登录后须先修改。其登录会话全部结束。"""
    archive = existing_archive_of(state)
    new = asked_password(from_stdin=password_stdin)
    with operator_of(archive, subject).doing("password_reset", name) as operator:
        archive.people.reset_password(name, new, operator)
    typer.echo(f"已重置账号 {name} 的口令；本人登录后须先修改。")


@app.add("totp-reset")
def totp_reset(name: Name, subject: As = None, state: State = None) -> None:
    """取消账号的动态验证码和恢复码（设备丢失时用）；须先核实本人身份。其登录会话全部结束。"""
    archive = existing_archive_of(state)
    with operator_of(archive, subject).doing("second_factor_reset", name) as operator:
        archive.people.reset_second_factor(name, operator)
    typer.echo(f"已取消账号 {name} 的动态验证码；岗位要求的，下次登录后须重新启用。")


@app.add("sessions")
def sessions(
    name: Name,
    end: Annotated[bool, typer.Option("--end", help="结束全部登录会话，立即生效。")] = False,
    subject: As = None,
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """列出账号未失效的登录会话，或用 --end 全部结束（其他身份提供方此前发的令牌也不再有效）。"""
    archive = existing_archive_of(state)
    if end:
        with operator_of(archive, subject).doing("sessions_end", name):
            count = archive.people.end_sessions(name)
        typer.echo(f"已结束账号 {name} 的 {count} 个登录会话。")
        return
    found = archive.sessions.sessions(name, archive.clock())
    if as_json:
        print_json([_session_value(session) for session in found])
        return
    if not found:
        typer.echo("没有未失效的登录会话。")
        return
    rows = [
        (
            s.session_id,
            _METHODS.get(s.method, s.method),
            "已验证" if s.second_factor else "无",
            _minute(s.created_at),
            _minute(s.seen_at),
            _minute(s.expires_at),
        )
        for s in found
    ]
    for line in lines_of_table(("编号", "方式", "第二因素", "登录", "最近使用", "最迟失效"), rows):
        typer.echo(line)


def _session_value(session: Session) -> dict[str, object]:
    return {
        "session_id": session.session_id,
        "method": session.method,
        "second_factor": session.second_factor,
        "purpose": session.purpose,
        "created_at": session.created_at.isoformat(),
        "seen_at": session.seen_at.isoformat(),
        "expires_at": session.expires_at.isoformat(),
    }


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"
