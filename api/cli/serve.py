"""`chadang serve`: the HTTP API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import State, opened_archive_of
from models.errors import InvalidInput


def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="监听地址；本机以外须加 --tls 或 --insecure。")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, metavar="PORT", help="端口，1 到 65535。")] = 8000,
    tls: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--tls", metavar="CERT KEY", help="证书链和私钥（PEM），启用 TLS 1.2 以上。", show_default=False
        ),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="监听本机以外的地址而不加密：前面须有 TLS 反向代理。")
    ] = False,
    demo: Annotated[bool, typer.Option("--demo", help="先建好样例档案与演示账号。")] = False,
    state: State = None,
) -> None:
    """启动 HTTP 接口。"""
    from api.app import create_app
    from api.dumps import forbid_tracing
    from api.listening import is_loopback, server_for, tls_of

    if tls is None and not insecure and not is_loopback(host):
        raise InvalidInput(
            "监听本机以外的地址须加密：请用 --tls 证书 私钥；前面已有 TLS 反向代理的，请加 --insecure。"
        )
    forbid_tracing()
    context = tls_of(*tls) if tls else None
    archive = opened_archive_of(state)
    if demo:
        from api.cli.demo import prepare_for_serving

        archive = prepare_for_serving(archive)
    if tls is None and not is_loopback(host):
        typer.echo("注意：本服务没有加密，口令和令牌以明文传输，只能放在 TLS 反向代理之后。", err=True)
    server = server_for(create_app(archive), archive.settings, host, port, context)
    server.run()
    if not server.started:
        raise typer.Exit(2)
