"""JSON Lines in and out: one line in, one line out, in order; a bad line never stops the rest.

Lines are handled in small batches of whatever has already arrived, so that a file is fast and a
program that waits for each answer before it asks again is answered at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, BinaryIO

import typer

from api.cli.options import error_line, json_line
from models.errors import ArchiveError, InvalidInput

MAX_LINE_BYTES = 64 * 2**20
_BATCH_LINES = 64
_WAITING_LINES = 512

Answer = Mapping[str, object]


def lines_of(source: str) -> Iterator[list[str | InvalidInput]]:
    """Yield batches of the lines that have arrived: text, or why a line is none.

    Raises:
        InvalidInput: the file cannot be opened.
    """
    arrived: Queue[bytes | None] = Queue(_WAITING_LINES)
    stream = _opened(source)
    Thread(target=_read, args=(stream, arrived), daemon=True).start()
    while (line := arrived.get()) is not None:
        batch = [line]
        while len(batch) < _BATCH_LINES:
            try:
                following = arrived.get_nowait()
            except Empty:
                break
            if following is None:
                arrived.put(None)
                break
            batch.append(following)
        yield [_decoded(raw) for raw in batch if raw.strip()]


def answer_lines(source: str, answer: Callable[[Sequence[Mapping[str, Any]]], Sequence[Answer]]) -> int:
    """Answer every line of ``source`` on stdout and return how many lines had an error.

    ``answer`` gets the well-formed objects of a batch and returns one answer each, in order.
    """
    from indexer.intake import json_object

    failed = 0
    for batch in lines_of(source):
        asked: list[Mapping[str, Any]] = []
        places: list[Answer | None] = []
        for line in batch:
            try:
                asked.append(json_object(_text_of(line)))
                places.append(None)
            except InvalidInput as error:
                places.append(error_line(None, error))
        answers = iter(_answered(asked, answer))
        for place in places:
            said = next(answers) if place is None else place
            failed += "error" in said
            sys.stdout.write(json_line(said) + "\n")
        sys.stdout.flush()
    return failed


def finish(failed: int) -> None:
    """Say on stderr how many lines failed, and leave with 1 if any did."""
    if failed:
        typer.echo(f"有 {failed} 行未能处理，原因见各行的 error。", err=True)
        raise typer.Exit(1)


def text_field(request: Mapping[str, Any], name: str) -> str:
    """Return a text field of a request, as long as it came; InvalidInput where it is missing or not text."""
    from indexer.deposits import encodable

    value = request.get(name)
    if not isinstance(value, str):
        raise InvalidInput(f"缺少文本字段 {name}，请补上后重试这一行。")
    return encodable(value)


def id_of(request: Mapping[str, Any]) -> object:
    """Return the id a line is answered under, of whatever JSON type it is."""
    return request.get("id", request.get("qid"))


def is_waited_for(source: str) -> bool:
    """Whether lines come from a program (standard input, a pipe): it may wait for each answer."""
    return source == "-" or not Path(source).is_file()


def _answered(
    asked: Sequence[Mapping[str, Any]], answer: Callable[[Sequence[Mapping[str, Any]]], Sequence[Answer]]
) -> list[Answer]:
    """Answer a batch at once; if one request is bad, answer one by one so that only it fails."""
    try:
        return list(answer(asked)) if asked else []
    except InvalidInput:
        return [_alone(request, answer) for request in asked]


def _alone(
    request: Mapping[str, Any], answer: Callable[[Sequence[Mapping[str, Any]]], Sequence[Answer]]
) -> Answer:
    try:
        return answer([request])[0]
    except InvalidInput as error:
        return error_line(id_of(request), error)


def _text_of(line: str | InvalidInput) -> str:
    if isinstance(line, ArchiveError):
        raise line
    return line


def _opened(source: str) -> BinaryIO:
    try:
        if source == "-":  # a reader of its own: that of sys.stdin would block the end of the program
            return open(sys.stdin.fileno(), "rb", closefd=False)
        return Path(source).open("rb")
    except OSError as error:
        raise InvalidInput("--jsonl 指定的文件打不开，请核对路径与权限。") from error


def _read(stream: BinaryIO, arrived: Queue[bytes | None]) -> None:
    try:
        while line := stream.readline(MAX_LINE_BYTES + 1):
            arrived.put(line)
            if len(line) > MAX_LINE_BYTES:
                _skip_rest(stream, line)
    finally:
        arrived.put(None)


def _skip_rest(stream: BinaryIO, line: bytes) -> None:
    """Read on to the end of a line that is too long, so that it counts as one line."""
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_LINE_BYTES)


def _decoded(raw: bytes) -> str | InvalidInput:
    if len(raw) > MAX_LINE_BYTES:
        return InvalidInput("这一行超过 64 MiB，请拆分后重试。")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return InvalidInput("这一行不是 UTF-8 编码，请转换后重试。")
