"""Files that survive a crash: flushed before they are named, named in one step, one writer at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import Conflict

_LOCK = ".writer"
_PRESENCE = ".in-use"
_ASIDE = "old-"
BUILDING = "building-"


@contextmanager
def only_writer(root: Path) -> Iterator[None]:
    """Hold the folder's writer lock; the system releases it when the process dies.

    Raises:
        Conflict: another process or thread holds it.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / _LOCK).open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("另一个任务正在写入，请等它完成后再试。") from error
        yield


def building_folder(root: Path, name: str) -> Path:
    """Return a new empty folder that no reader looks into; call with the writer lock held."""
    for left in (*root.glob(f"{BUILDING}*"), *root.glob(f"{_ASIDE}*")):
        shutil.rmtree(left)
    folder = root / f"{BUILDING}{name}"
    folder.mkdir()
    return folder


def remove_aside(folder: Path) -> None:
    """Remove a folder so that a half-removed one never carries its old name.

    Readers that have its files mapped keep them: the system frees the space when they close.
    """
    aside = folder.with_name(_ASIDE + folder.name)
    folder.rename(aside)
    shutil.rmtree(aside)


def fsync_tree(folder: Path) -> None:
    """Flush every file and folder below, and the folder itself."""
    for path in folder.rglob("*"):
        _fsync(path)
    _fsync(folder)


def name_folder(folder: Path, name: Path) -> None:
    """Give a flushed folder its final name, durably."""
    folder.rename(name)
    _fsync(name.parent)


def replace_text(path: Path, text: str) -> None:
    """Replace a small file in one step: readers see the old text or the new, also after a crash."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(text, encoding="utf-8")
    _fsync(temporary)
    temporary.replace(path)
    _fsync(path.parent)


def fsync_folder(folder: Path) -> None:
    """Make names given and taken away in a folder durable."""
    _fsync(folder)


def destroy_file(path: Path) -> None:
    """Overwrite a file in place, flush, then remove it; nothing where there is none.

    A disk that writes elsewhere (flash, copy on write) may keep the old blocks: so small a file is meant
    to be worthless without another one, or its disk encrypted.
    """
    try:
        with path.open("r+b", buffering=0) as file:
            file.write(bytes(path.stat().st_size))
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink()
    _fsync(path.parent)


class Presence:
    """Says that a process works in a folder, so that another knows when it is alone there.

    A shared lock (flock) until the object goes or the process ends, however it ends.
    """

    def __init__(self, folder: Path) -> None:
        """Raise Conflict where another process is `alone` there."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = (folder / _PRESENCE).open("a")
        self._lock(fcntl.LOCK_SH, "正在轮换密钥或销毁档案，请等它完成后再试。")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder alone; Conflict while anybody else is present."""
        try:
            self._lock(
                fcntl.LOCK_EX, "档案库正在使用，请先停止服务（chadang serve）和其他命令，再运行本命令。"
            )
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def _lock(self, kind: int, refusal: str) -> None:
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(refusal) from error


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
