"""`chadang audit key|verifier|receipt|proof`: what leaves the house and can be checked outside."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.cli.chinese import App
from api.cli.ledger_options import Auditor, Since, day
from api.cli.operators import operator_of
from api.cli.options import State, existing_archive_of, print_json
from models.errors import InvalidInput, StoreUnavailable

VERIFIER_NAME = "ledger_verifier.py"


def key(state: State = None) -> None:
    """打印核对台账和回执用的公钥；请经台账以外的途径告知核对的人。"""
    typer.echo(existing_archive_of(state).ledger.public_key)


def verifier(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help=f"写到哪个文件，默认 {VERIFIER_NAME}。")
    ] = Path(VERIFIER_NAME),
    state: State = None,  # noqa: ARG001 - every command takes it
) -> None:
    """写出离线核对脚本：只需要 Python 和公钥，不需要查档，也不联网。"""
    from importlib.resources import files

    script = (files("indexer") / "ledger" / "offline_verifier.py").read_text("utf-8")
    _write(out, script)
    typer.echo(f"已写出 {out}。用法：python3 {out} 文件 --key 公钥")


def receipt(
    doc: Annotated[list[str], typer.Option("--doc", metavar="ID", help="档案编号或档号，可写多次。")],
    since: Since = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="到哪天止（含），如 2026-06-30；不写为今天。")
    ] = None,
    page: Annotated[bool, typer.Option("--html", help="输出可打印的网页，内含可核对的数据。")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="写到文件；不写则打印。")] = None,
    subject: Auditor = None,
    state: State = None,
) -> None:
    """出具“谁看过我的档案”的回执：谁、何岗位、为何、何时、结果如何，附证明，可离线核对。不含检索的问题。"""
    import json

    from api.reporting.receipts import page_of_receipt
    from indexer.ledger.receipts import ReceiptRequest

    archive = existing_archive_of(state)
    last = day(until, "--until")
    request = ReceiptRequest(tuple(doc), day(since, "--since"), last + timedelta(days=1) if last else None)
    made = archive.receipts.issue(request, operator_of(archive, subject).principal)
    text = page_of_receipt(made) if page else json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    _write(out, text)
    typer.echo(f"已写出 {out}。", err=True)


def proof(
    seq: Annotated[str, typer.Argument(metavar="N", help="台账的第几条。")],
    subject: Auditor = None,
    state: State = None,
) -> None:
    """打印一条记录和它在台账内的证明（JSON），可离线核对。"""
    if not (seq.isascii() and seq.isdigit()):
        raise InvalidInput("请写台账的条号，如 12；条号可在 chadang audit export 里查到。")
    archive = existing_archive_of(state)
    print_json(archive.ledger_reading.proof(int(seq[:15]), operator_of(archive, subject).principal))


def add_to(app: App) -> None:
    """Make these commands part of `chadang audit`."""
    for command in (key, verifier, receipt, proof):
        app.add(command.__name__)(command)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise StoreUnavailable("文件无法写入，请检查路径与权限。") from error
