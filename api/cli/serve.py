"""`chadang serve`: the HTTP API."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import State, opened_archive_of

_PATIENCE_S = 30
"""For requests under way when the service is stopped: a stream of texts may have no end of its own."""


def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="监听地址；对外提供服务时请置于 TLS 反向代理之后。")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, metavar="PORT", help="端口，1 到 65535。")] = 8000,
    demo: Annotated[bool, typer.Option("--demo", help="先建好样例档案与演示账号。")] = False,
    state: State = None,
) -> None:
    """启动 HTTP 接口。"""
    import uvicorn

    from api.app import create_app
    from api.dumps import forbid_tracing

    forbid_tracing()
    archive = opened_archive_of(state)
    if demo:
        from api.cli.demo import prepare_for_serving

        prepare_for_serving(archive)
    uvicorn.run(
        create_app(archive),
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        access_log=False,
        timeout_graceful_shutdown=_PATIENCE_S,
    )
