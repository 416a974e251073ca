"""`chadang quarantine`: what could not be taken in, and why."""

from __future__ import annotations

import typer

from api.cli.options import AsJson, State, archive_of, print_json


def quarantine(state: State = None, as_json: AsJson = False) -> None:
    """列出被隔离的文件、原因和处理办法。"""
    files = archive_of(state).store.quarantined()
    if as_json:
        print_json(
            [
                {
                    "name": file.name,
                    "sha256": file.sha256,
                    "code": file.code,
                    "detail": file.detail,
                    "size_bytes": file.size_bytes,
                    "at": file.at.isoformat(),
                }
                for file in files
            ]
        )
        return
    if not files:
        typer.echo("没有被隔离的文件。")
    for file in files:
        typer.echo(f"{file.name or file.sha256[:12]}\t{file.code}\t{file.detail}")
