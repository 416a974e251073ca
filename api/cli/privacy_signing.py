"""`chadang privacy sign|signed|verify`: reports that officers put their name to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli.chinese import App
from api.cli.options import State, existing_archive_of, principal_of
from api.cli.privacy_review import As
from api.cli.tables import lines_of_table
from models.errors import InvalidInput, StoreUnavailable

_SUFFIX = ".sig"


def sign(
    statement: Annotated[str, typer.Option("--statement", metavar="TEXT", help="签署意见。")],
    subject: As = None,
    state: State = None,
) -> None:
    """签署此刻查阅范围内的全库报告，保存三年以上，签署后不能修改。"""
    archive = existing_archive_of(state)
    made = archive.signing.sign(statement, principal_of(archive, subject))
    typer.echo(f"已签署，编号 {made.report_id}，保存到 {made.keep_until:%Y-%m-%d}。")


def signed(
    report: Annotated[str | None, typer.Argument(metavar="ID", help="签署报告编号；不写则列清单。")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="把签署的原文写到文件，签名写到同名 .sig。")
    ] = None,
    subject: As = None,
    state: State = None,
) -> None:
    """签署的报告：清单，或取出一份。"""
    archive = existing_archive_of(state)
    principal = principal_of(archive, subject)
    if report is None:
        listed = archive.signing.listed(principal)
        rows = [
            (r.report_id, f"{r.signed_at:%Y-%m-%d}", f"{r.keep_until:%Y-%m-%d}", r.officer) for r in listed
        ]
        header = ("编号", "签署", "保存到", "签署人")
        for line in lines_of_table(header, rows) if rows else ("没有签署的报告。",):
            typer.echo(line)
        return
    found = archive.signing.one(report, principal)
    if out is None:
        typer.echo(found.body.decode())
        return
    signature = {"signature": found.signature, "public_key": found.public_key}
    try:
        out.write_bytes(found.body)
        out.with_name(out.name + _SUFFIX).write_text(json.dumps(signature), "utf-8")
    except OSError as error:
        raise StoreUnavailable("报告无法写入，请检查 --out 的路径与权限。") from error
    typer.echo(f"已写入 {out} 和 {out.name}{_SUFFIX}。", err=True)


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="签署的原文，旁边应有同名 .sig。")],
    public_key: Annotated[
        str | None,
        typer.Option(
            "--public-key",
            metavar="HEX",
            help="签署单位另行告知的公钥；不写则用 --state 档案库的，都没有就用 .sig 里的。",
        ),
    ] = None,
    state: State = None,
) -> None:
    """核对签署的报告是否被改动；不需要档案库。退出码 1 表示不符。"""
    from indexer.store.signed_reports import is_signed

    if public_key is None and state is not None:
        public_key = existing_archive_of(state).signing.signed.public_key
    try:
        body = file.read_bytes()
        given = json.loads(file.with_name(file.name + _SUFFIX).read_text("utf-8"))
        signature, own_key = str(given["signature"]), str(given["public_key"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{file.name} 或它的 {_SUFFIX} 文件无法读取，请核对后重试。") from error
    if public_key is not None and public_key.strip().lower() != own_key:
        typer.echo("公钥与签署单位的不符，这份报告不是它签署的。")
        raise typer.Exit(1)
    if not is_signed(body, signature, own_key):
        typer.echo("签名不符：报告在签署后被改动，或签名不是它的。")
        raise typer.Exit(1)
    known = "" if public_key else "公钥取自签名文件本身，请向签署单位核对："
    typer.echo(f"签名相符。{known}{own_key}")


def add_to(app: App) -> None:
    """Make these commands part of `chadang privacy`."""
    for command in (sign, signed, verify):
        app.add(command.__name__)(command)
