"""`chadang policy`: the rules of who sees what; for operators on the machine, never over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.chinese import App
from api.cli.operators import As, operator_of
from api.cli.options import AsJson, State, existing_archive_of, print_json
from api.cli.policy_words import (
    change_value,
    explained_value,
    lines_of_changes,
    lines_of_explanation,
    lines_of_history,
    policy_value,
)
from models.errors import ArtifactTampered, InvalidInput

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from indexer.policies import Change
    from models.access.principal import Principal

app = App("访问策略：解释、比较、启用、历次。")

_POLICY_HELP = "策略文件，或 current（现行）、shipped（随程序）、v3（第 3 次启用的）。"


@app.add("explain")
def explain(
    subject: Annotated[str, typer.Option("--as", metavar="NAME", help="哪个账号。")],
    doc: Annotated[str, typer.Option("--doc", metavar="ID", help="哪份档案：编号或档号。")],
    purpose: Annotated[str, typer.Option(metavar="WORDS", help="以什么用途，默认该账号的。")] = "",
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """这个账号为什么看得到、看不到这份档案：逐条规则和依据。只供本机操作员，记入日志。退出码 1 为不可见。"""
    archive = existing_archive_of(state)
    told = archive.policies.explain(subject, doc, purpose, operator_of(archive, None).principal)
    if as_json:
        print_json(explained_value(told))
    else:
        for line in lines_of_explanation(told):
            typer.echo(line)
    raise typer.Exit(0 if told.explanation.visible else 1)


@app.add("diff")
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help=_POLICY_HELP)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=_POLICY_HELP)],
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """两份策略在现有档案上的差别：谁多看到、少看到哪些。记入日志。退出码 1 表示有差别。"""
    archive = existing_archive_of(state)
    changes = _changes(archive, text_of(archive, old), text_of(archive, new), None)
    if as_json:
        print_json([change_value(change) for change in changes])
    else:
        _print_changes(changes)
    raise typer.Exit(1 if changes else 0)


@app.add("activate")
def activate(
    policy: Annotated[str, typer.Argument(metavar="FILE", help=_POLICY_HELP)],
    reason: Annotated[str, typer.Option(metavar="WORDS", help="启用的理由，不写个人信息。")],
    yes: Annotated[bool, typer.Option("--yes", help="已核对变化，不再询问。")] = False,
    subject: As = None,
    state: State = None,
) -> None:
    """启用策略：先列出与现行策略的差别，确认后立即生效。"""
    archive = existing_archive_of(state)
    by, text = operator_of(archive, subject).principal, text_of(archive, policy)
    version = archive.access.latest_version()
    try:
        _print_changes(_changes(archive, text_of(archive, "current"), text, by))
    except ArtifactTampered as error:
        typer.echo(f"现行策略读不出，不能比较：{error.detail}", err=True)
    if not yes:
        if not sys.stdin.isatty():
            raise InvalidInput("没有启用。请核对上面的变化，再加 --yes 启用。")
        typer.confirm("以上变化立即生效，启用吗", abort=True, err=True)
    made = archive.policies.activate(text, reason, by, version)
    typer.echo(f"已启用第 {made.version} 版策略“{made.policy.name}”（{made.policy.digest[:12]}），立即生效。")


@app.add("history")
def history(state: State = None, as_json: AsJson = False) -> None:
    """历次启用的策略：何时、谁、为什么。"""
    access = existing_archive_of(state).access
    activated = access.policies()
    if as_json:
        print_json([policy_value(one) for one in activated])
        return
    for line in lines_of_history(activated):
        typer.echo(line)


@app.add("show")
def show(
    policy: Annotated[str, typer.Argument(metavar="[POLICY]", help=_POLICY_HELP)] = "current",
    state: State = None,
) -> None:
    """打印策略全文，可改后再启用。"""
    typer.echo(text_of(existing_archive_of(state), policy), nl=False)


def text_of(archive: Archive, named: str) -> str:
    """Return the text of a policy named by word, version or file."""
    from models.access.policy_text import shipped_text

    if named == "current":
        return archive.access.policy_in_force().text
    if named == "shipped":
        return shipped_text()
    if named[:1] == "v" and named[1:].isdecimal():
        found = [p.text for p in archive.access.policies() if p.version == int(named[1:])]
        if not found:
            raise InvalidInput("没有这一版策略，请用 chadang policy history 查看。")
        return found[0]
    try:
        return Path(named).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("策略文件打不开，请核对路径；文件应是 UTF-8 编码的 TOML。") from error


def _changes(archive: Archive, old: str, new: str, by: Principal | None) -> list[Change]:
    from models.access.policy_text import policy_of

    asking = by or operator_of(archive, None).principal
    return archive.policies.compare(policy_of(old), policy_of(new), asking)


def _print_changes(changes: list[Change]) -> None:
    for line in lines_of_changes(changes):
        typer.echo(line)
