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
from indexer.parsing.frames import Torn, read_frame, write_frame
from models.errors import ArchiveError

if TYPE_CHECKING:
    from indexer.parsing.parsers import FileParser

_ENDS_ABOVE_BYTES = 1536 * 2**20
"""A process that once grew so large ends after its answer: the next file begins with a small one."""


def main() -> None:
    """Confine, say what is in force, then parse file after file."""
    questions, answers = _own_streams()
    try:
        told, _ = read_frame(questions, 2**20)
        places = [Path(str(package.__file__)).parent for package in (indexer, models)]
        write_frame(answers, confine(told["memory_bytes"], places))
        mimetypes.knownfiles.clear()  # openpyxl has them read, and they are out of reach now
        parser = _parser_of(told)
        while not _grown():
            header, content = read_frame(questions, told["limits"]["max_bytes"])
            write_frame(answers, _answer(parser, content, header["name"]))
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


def _grown() -> bool:
    try:
        import resource
    except ImportError:
        return False
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > _ENDS_ABOVE_BYTES


if __name__ == "__main__":
    main()
