"""`chadang ingest --jsonl`: records of other systems, one line in, one line out."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.cli.jsonl import is_waited_for, lines_of
from api.cli.operators import recorded_deposits
from api.cli.options import json_line
from api.cli.progress import progress
from models.errors import InvalidInput

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from indexer.catalogue import Row
    from indexer.deposits import Deposit, Outcome, Summary

_NAMES_OF_ID = ("source_id", "id", "pid")


def ingest_records(archive: Archive, source: str, defaults: Row) -> Summary:
    """Take in every line of ``source``, printing one outcome per line in order."""
    from indexer.ingest import summary_of

    asked: deque[object] = deque()
    with progress("导入", _line_count(source), "条") as advance:

        def seen(outcome: Outcome) -> None:
            advance()
            typer.echo(json_line(_outcome_line(asked.popleft(), outcome)))

        outcomes = archive.ingestor.ingest(_deposits(source, defaults, asked))
        return summary_of(recorded_deposits(archive, outcomes), seen)


def _deposits(source: str, defaults: Row, asked: deque[object]) -> Iterator[Deposit]:
    """Yield one deposit per line, noting in ``asked`` the id that its outcome is told under."""
    from indexer.deposits import Pause, RefusedDeposit
    from indexer.intake import record_of

    label = "标准输入" if source == "-" else Path(source).name
    waited_for = is_waited_for(source)
    number = 0
    for batch in lines_of(source):
        for line in batch:
            number += 1
            asked.append(None)
            try:
                if isinstance(line, InvalidInput):
                    raise line
                asked[-1] = _id_on(line)
                yield record_of(line, defaults)
            except InvalidInput as error:
                content = line.encode() if isinstance(line, str) else None
                yield RefusedDeposit(f"{label} 第 {number} 条", error.code, error.detail, content)
        if waited_for:
            yield Pause()


def _id_on(line: str) -> object:
    """Return the id on a line as it stands there, None where there is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return next((value[name] for name in _NAMES_OF_ID if value.get(name) is not None), None)


def _outcome_line(identifier: object, outcome: Outcome) -> dict[str, object]:
    line: dict[str, object] = {"id": identifier, "outcome": outcome.kind.value}
    if outcome.doc_id:
        line["doc_id"] = outcome.doc_id
    if outcome.kind.value == "quarantined":
        line["error"] = {"code": outcome.code, "detail": outcome.detail}
    if outcome.notes:
        line["notes"] = list(outcome.notes)
    return line


def _line_count(source: str) -> int | None:
    """Return how many lines a file has; None for a pipe, which can be read only once."""
    if is_waited_for(source):
        return None
    with Path(source).open("rb") as file:
        return sum(1 for line in file if line.strip())
