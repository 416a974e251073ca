"""Files are parsed in a process of their own: one that crashes, hangs or swells takes nothing with it.

The libraries that read files are large, written in C and fed by strangers. So they run without the keys
of the archive, in bounded memory, allowed to read no file and to write none (see ``confinement``). Small
plain texts, which only Python looks at, are read here.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import weakref
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from indexer.parsing.frames import LAST, Torn, read_frame, write_frame
from indexer.parsing.limits import MIB, ParsingLimits
from indexer.parsing.media_type import CSV, PLAIN, settled_media_type
from indexer.parsing.parsers import FileParser, ParsedFile, content_of
from models.archive.documents import Page, PageOrigin, SourceFile
from models.errors import (
    ArchiveError,
    DamagedFile,
    DependencyFailed,
    OcrUnavailable,
    ParsingTimedOut,
    UnreadableFile,
    kinds_of,
)

_log = logging.getLogger("chadang.parsing")
_SMALL_BYTES = MIB
_GRACE_S = 60.0
"""Beyond the time a file has: the process looks at the clock itself, between pages and rows."""
_BYTES_PER_CHARACTER = 6
_ENDS_ABOVE_BYTES = 1536 * MIB
"""A process that once grew so large ends with its answer: the next file begins with a small one."""
_MAX_DETAIL_CHARACTERS = 200
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "SYSTEMROOT")
"""Of the environment; the master key is in it and stays here."""


class IsolatedParser:
    """Reads files as `FileParser` does, each in the one parser process; may be shared between threads."""

    def __init__(self, limits: ParsingLimits, memory_bytes: int, ocr_threads: int = 0) -> None:
        """``ocr_threads``: threads for recognising text; 0 leaves pictures unread."""
        self._limits = limits
        self._told = {
            "limits": asdict(limits),
            "memory_bytes": memory_bytes,
            "ocr_threads": ocr_threads,
            "ends_above_bytes": _ENDS_ABOVE_BYTES,
        }
        self._here = FileParser(limits)
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.confined: dict[str, Any] = {}
        """What the process running now gave up; see `confinement.confine`."""
        self.ended_over_files = 0
        """How many files a process did not survive, or did not finish in time."""

    def read(self, path: Path) -> ParsedFile:
        """Read a file from disk; errors as `FileParser.read`."""
        return self._parsed(content_of(path, self._limits), path)

    def read_bytes(self, data: bytes, name: str) -> ParsedFile:
        """Read a file given as bytes; ``name`` only tells its extension. Errors as `FileParser.read`."""
        return self._parsed(data, Path(name))

    def close(self) -> None:
        """End the process; the next file begins another."""
        with self._lock:
            self._end()

    def _parsed(self, data: bytes, path: Path) -> ParsedFile:
        if len(data) <= _SMALL_BYTES and settled_media_type(data, path.name) in {PLAIN, CSV}:
            return self._here.read_bytes(data, str(path))
        self._here.check_size(len(data))
        with self._lock:
            told = self._asked(data, f"x{path.suffix}")
        if "error" in told:
            raise _refusal(told)
        source = SourceFile(path, sha256(data).hexdigest(), str(told["media_type"]), len(data))
        return ParsedFile(source, _pages_of(told))

    def _asked(self, data: bytes, name: str) -> dict[str, Any]:
        """Return the answer of the process to one file; a process that fails is ended.

        Raises:
            ParsingTimedOut, DamagedFile: it was still at work when its time was up; it ended over this file.
        """
        process = self._running()
        overdue = Timer(self._limits.file_timeout_s + _GRACE_S, process.kill)
        overdue.start()
        try:
            write_frame(_pipe(process.stdin), {"name": name}, data)
            most = _BYTES_PER_CHARACTER * self._limits.max_text_characters + MIB
            answer = read_frame(_pipe(process.stdout), most)[0]
        except (Torn, OSError) as error:
            late = not overdue.is_alive()
            self.ended_over_files += 1
            self._end()
            _log.warning("the parser process ended over a file: %s", "time" if late else "crash")
            if late:
                raise ParsingTimedOut("读取文件用时过长，已停止；请拆分文件后再导入。") from error
            raise DamagedFile(
                "读取这份文件时解析程序异常退出，文件已损坏或内容异常；请用原软件打开并重新保存后再导入。"
            ) from error
        finally:
            overdue.cancel()
        if answer.get(LAST):
            self._end()
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "indexer.parsing.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=Path(sys.executable).anchor,
            )
            write_frame(_pipe(process.stdin), self._told)
            self.confined, _ = read_frame(_pipe(process.stdout), MIB)
        except (OSError, Torn) as error:
            raise DependencyFailed("解析程序无法启动，请检查内存和安装是否完整后重试。") from error
        self._process = process
        weakref.finalize(self, _end_of, process)
        _log.info("parser process begun, limits %(limits)s, files %(files)s", self.confined)
        return process

    def _end(self) -> None:
        if self._process is not None:
            _end_of(self._process)
            self._process = None


def _end_of(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None and not stream.closed:
            try:
                stream.close()
            except OSError:  # what was left to write has nobody to read it
                continue


def _pipe(stream: Any) -> Any:
    assert stream is not None
    return stream


def _pages_of(told: dict[str, Any]) -> tuple[Page, ...]:
    """Return the pages of an answer, made again from plain values."""
    try:
        return tuple(
            Page(
                int(page["page_no"]),
                str(page["text"]),
                PageOrigin(page["origin"]),
                None if page["ocr_confidence"] is None else float(page["ocr_confidence"]),
            )
            for page in told["pages"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFile("文件读取的结果不完整，请用原软件打开并重新保存后再导入。") from error


def _refusal(told: dict[str, Any]) -> ArchiveError:
    kinds: dict[str, type[ArchiveError]] = {k.code: k for k in kinds_of(UnreadableFile)}
    kinds[OcrUnavailable.code] = OcrUnavailable
    return kinds.get(str(told["error"]), DamagedFile)(str(told.get("detail", ""))[:_MAX_DETAIL_CHARACTERS])
