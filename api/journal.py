"""The journal of open jobs: which deposits a process has accepted and not yet finished.

One file per process, locked while the process lives; the system drops the lock when it dies. So a
file that can be locked was left behind, and several processes may serve one archive. It holds job
ids and account names, never content.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from indexer.store.identifiers import new_id
from models.errors import NotVisible, StoreUnavailable

_SUFFIX = ".open"


class Journal:
    """The open jobs of this process."""

    def __init__(self, path: Path, stream: IO[str]) -> None:
        self._path = path
        self._stream = stream
        self._jobs: set[str] = set()

    @classmethod
    def open(cls, folder: Path, unfinished: Callable[[str, str], None]) -> Self:
        """Tell ``unfinished`` every (job id, subject) that dead processes left, then begin a new file.

        Raises:
            StoreUnavailable: the folder cannot be written to.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _alone(folder):
                for left in sorted(folder.glob(f"*{_SUFFIX}")):
                    _settle(left, unfinished)
                path = folder / f"{new_id()}{_SUFFIX}"
                stream = path.open("a+", encoding="utf-8")
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return cls(path, stream)
        except OSError as error:
            raise StoreUnavailable("状态目录无法写入，请检查磁盘空间与权限。") from error

    def add(self, job_id: str, subject: str) -> None:
        """Write down a job, durably, before it is worked on."""
        self._jobs.add(job_id)
        self._stream.write(f"{job_id} {subject}\n")
        self._flush()

    def remove(self, job_id: str) -> None:
        """Forget a finished job; the file is emptied when none is open."""
        self._jobs.discard(job_id)
        if not self._jobs:
            with contextlib.suppress(OSError):  # a finished job that stays listed does no harm
                self._stream.truncate(0)

    def close(self) -> None:
        """Give the file up: removed where nothing is open, else left for the next start."""
        if not self._jobs:
            self._path.unlink(missing_ok=True)
        self._stream.close()

    def _flush(self) -> None:
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise StoreUnavailable("状态目录无法写入，请检查磁盘空间与权限。") from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that nobody settles a file between its making and its locking."""
    with (folder / ".lock").open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _settle(path: Path, unfinished: Callable[[str, str], None]) -> None:
    with path.open("r", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # its process lives
        for line in stream:
            job_id, _, subject = line.rstrip("\n").partition(" ")
            try:
                unfinished(job_id, subject)
            except NotVisible:
                continue  # a torn last line, or a job of a restored archive
        path.unlink()
