"""The backup file: a compressed tar of sealed files with a manifest, written and read one way only.

Members are plain files under the names of `_NAME`; the last two are the manifest (JSON: sha256 and size of
every member) and its seal, a keyed hash under a key of the archive.
"""

from __future__ import annotations

import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO

from models.errors import InvalidInput, StoreUnavailable

FORMAT = 1
DATABASE, KEY = "archive.db", "keys/master.key"
FOLDERS = ("originals", "quarantine", "classifiers")
"""Folders of the archive that cannot be made again; a new one is added here or is not backed up."""
FILES = ("supervision.toml",)
"""And files beside them, where there are any."""
_MANIFEST, _SEAL = "MANIFEST.json", "MANIFEST.seal"
_NAME = re.compile(
    r"archive\.db|supervision\.toml|keys/master\.key|MANIFEST\.(?:json|seal)|"
    r"(?:originals|quarantine)/[0-9a-f]{2}/[0-9a-f]{64}\.sm4|"
    r"classifiers/(?:[0-9A-Za-z_-][0-9A-Za-z._-]{0,100}/){0,3}[0-9A-Za-z_-][0-9A-Za-z._-]{0,100}",
    re.ASCII,
)
_PIECE_BYTES = 1 << 20
_MANIFEST_BYTES = 1 << 30
_LEVEL = 1  # what is sealed does not shrink
_BROKEN = "备份文件已损坏、不完整或被改动，没有恢复任何内容；请换一份备份。"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup says of itself; ``files``: name to (sha256 hex, bytes)."""

    format: int
    made_at: str
    key_epoch: int
    check_value: str
    documents: int
    index: str
    files: Mapping[str, tuple[str, int]]


class BackupWriter:
    """Adds files to a tar and remembers their hashes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w:gz", compresslevel=_LEVEL)  # noqa: SIM115
        self.files: dict[str, tuple[str, int]] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file whose length does not change meanwhile."""
        with path.open("rb") as file:
            size, hashing = os.fstat(file.fileno()).st_size, _Hashing(file)
            self._tar.addfile(_member(name, size), hashing)
        self.files[name] = (hashing.digest.hexdigest(), size)

    def finish(self, manifest: bytes, seal: str) -> None:
        for name, content in ((_MANIFEST, manifest), (_SEAL, seal.encode("ascii"))):
            self._tar.addfile(_member(name, len(content)), BytesIO(content))
        self._tar.close()


def manifest_of(contents: Contents) -> bytes:
    return json.dumps(asdict(contents), sort_keys=True, indent=1).encode("ascii")


def extract(backup: Path, target: Path) -> tuple[Contents, bytes, str]:
    """Unpack into an empty folder; return what it contains, the manifest and its seal, still to be checked.

    Only plain files of known names are written, each once, none outside ``target``.

    Raises:
        InvalidInput: not a backup, or damaged, incomplete or changed.
    """
    found: dict[str, tuple[str, int]] = {}
    own: dict[str, bytes] = {}
    with _reading(backup) as tar:
        for member in tar:
            if not member.isreg() or member.name in found or not _NAME.fullmatch(member.name):
                raise InvalidInput(_BROKEN)
            source = tar.extractfile(member)
            assert source is not None  # a regular member always has content
            if member.name in {_MANIFEST, _SEAL}:
                if member.size > _MANIFEST_BYTES:
                    raise InvalidInput(_BROKEN)
                own[member.name] = source.read()
            else:
                found[member.name] = (_written(source, target / member.name), member.size)
    try:
        manifest, seal = own[_MANIFEST], own[_SEAL].decode("ascii")
        contents = _contents(manifest)
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise InvalidInput(_BROKEN) from error
    if contents.format != FORMAT:
        raise InvalidInput("备份由更新版本的程序写成，请升级程序后再恢复。")
    if dict(contents.files) != found or DATABASE not in found:
        raise InvalidInput(_BROKEN)
    return contents, manifest, seal


def files_of(state: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of every finished file that is backed up beside the database."""
    inside = (path for folder in FOLDERS for path in sorted((state / folder).rglob("*")))
    for path in (*(state / name for name in FILES), *inside):
        name = path.relative_to(state).as_posix()
        if path.is_file() and not path.is_symlink() and _NAME.fullmatch(name):
            yield name, path


@contextmanager
def _reading(backup: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(backup, mode="r|gz") as tar:
            yield tar
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
            raise InvalidInput("备份文件不存在或无法读取，请核对路径与权限。") from error
        if getattr(error, "errno", None) is not None:
            raise StoreUnavailable("恢复时磁盘读写失败，请检查磁盘空间与权限后重试。") from error
        raise InvalidInput(_BROKEN) from error


def _contents(manifest: bytes) -> Contents:
    value = json.loads(manifest)
    files = {str(name): (str(digest), int(size)) for name, (digest, size) in value.pop("files").items()}
    return Contents(files=files, **value)


def _written(source: IO[bytes], path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while piece := source.read(_PIECE_BYTES):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece
