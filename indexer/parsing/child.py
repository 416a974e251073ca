"""The parser process: takes files over standard input, answers with pages or a refusal, touches nothing else.

Begun by ``isolated.IsolatedParser`` with ``python -m indexer.parsing.child``. It is confined before it
imports a library that looks at files, and ends with its standard input.
"""

from __future__ import annotations

import mimetypes
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import indexer
import models
from indexer.parsing.confinement import confine
from indexer.parsing.frames import LAST, Torn, read_frame, write_frame
from models.errors import ArchiveError

if TYPE_CHECKING:
    from indexer.parsing.parsers import FileParser


def main() -> None:
    """Confine, say what is in force, then parse file after file."""
    questions, answers = _own_streams()
    try:
        told, _ = read_frame(questions, 2**20)
        places = [Path(str(package.__file__)).parent for package in (indexer, models)]
        write_frame(answers, confine(told["memory_bytes"], places))
        mimetypes.knownfiles.clear()  # openpyxl has them read, and they are out of reach now
        parser = _parser_of(told)
        last = False
        while not last:
            header, content = read_frame(questions, told["limits"]["max_bytes"])
            answer = _answer(parser, content, header["name"])
            last = most_memory_bytes() > told["ends_above_bytes"]
            write_frame(answers, {**answer, LAST: last})
    except (Torn, BrokenPipeError):
        return


def _own_streams() -> tuple[Any, Any]:
    """Return the two pipes; what a library prints goes nowhere, as it may quote the file."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    return questions, answers


def _parser_of(told: dict[str, Any]) -> FileParser:
    from indexer.parsing.limits import ParsingLimits
    from indexer.parsing.parsers import FileParser

    limits = ParsingLimits(**told["limits"])
    if not told["ocr_threads"]:
        return FileParser(limits)
    from indexer.parsing.ocr_rapidocr import RapidOcr

    return FileParser(limits, RapidOcr(threads=told["ocr_threads"]))


def _answer(parser: FileParser, content: bytes, name: str) -> dict[str, Any]:
    try:
        parsed = parser.read_bytes(content, name)
    except ArchiveError as error:
        return {"error": error.code, "detail": error.detail}
    except MemoryError:
        return {"error": "too_large", "detail": "文件展开后超出可用内存，请拆分后再导入。"}
    return {"media_type": parsed.source.media_type, "pages": [asdict(page) for page in parsed.pages]}


def most_memory_bytes() -> int:
    """Return how much memory this process has held at once, 0 where the system does not tell.

    Not ``getrusage``: Linux counts there what the parent held when it began this process.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii", "replace")
    except OSError:
        return 0
    told = (line.split() for line in status.splitlines())
    return next((int(words[1]) * 1024 for words in told if words[:1] == ["VmHWM:"]), 0)


if __name__ == "__main__":
    main()
