"""`chadang quarantine`: what could not be taken in, and why."""

from __future__ import annotations

from datetime import UTC

import typer

from api.cli.operators import operator_of
from api.cli.options import AsJson, State, existing_archive_of, print_json
from api.cli.tables import lines_of_table


def quarantine(state: State = None, as_json: AsJson = False) -> None:
    """列出被隔离的文件、原因和处理办法。"""
    from indexer.deposits import encodable

    archive = existing_archive_of(state)
    with operator_of(archive, None).doing("quarantine_list", "quarantine"):
        files = archive.store.quarantined()
    if as_json:
        print_json(
            [
                {
                    "name": file.name,
                    "sha256": file.sha256,
                    "code": file.code,
                    "detail": file.detail,
                    "size_bytes": file.size_bytes,
                    "at": file.at.replace(tzinfo=file.at.tzinfo or UTC).isoformat(),
                }
                for file in files
            ]
        )
        return
    if not files:
        typer.echo("没有被隔离的文件。")
        return
    rows = [(encodable(file.name) or file.sha256[:12], file.code, file.detail) for file in files]
    for line in lines_of_table(("文件", "代码", "原因和处理办法"), rows):
        typer.echo(line)
    typer.echo(f"共 {len(files)} 件。改好后重新归档即可；除标密文件外，原件已加密留存。")
