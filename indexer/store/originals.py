"""Sealed files beside the database, named by the sha256 of what is inside.

A file is ``marker | slot | slot | content``. A slot holds a wrapped key or nothing; the second one lets
another key be wrapped in place without a moment at which neither opens. Files from before key epochs are
``key length | wrapped key | content``; they are read, and get slots when their key is next wrapped.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from indexer.durable import destroy_file, fsync_folder
from indexer.store.sealing import Sealed, Sealer, epoch_of
from models.errors import ArtifactTampered, NotVisible, StoreUnavailable

_MARKER = b"\xff\xff"
_LENGTH_BYTES = 2
_SLOT_BYTES = 64
_HEADER_BYTES = len(_MARKER) + 2 * _SLOT_BYTES
_SUFFIX = ".sm4"


class SealedFiles:
    """A content-addressed folder of sealed files."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        self._folder = folder
        self._sealer = sealer

    def keep(self, sha256: str, content: bytes) -> None:
        """Write once: temporary file, fsync, rename; a file already there is left alone."""
        path = self.path(sha256)
        if path.exists():
            return
        sealed = self._sealer.seal(content, sha256)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, sealed.wrapped_key, lambda file: file.write(sealed.content))
        except OSError as error:
            raise StoreUnavailable("原件无法写入档案库，请检查磁盘空间与权限后重试。") from error

    def read(self, sha256: str) -> bytes:
        """Return the content; NotVisible where there is none."""
        try:
            raw = self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotVisible from error
        keys, begin = _keys_in(raw[:_HEADER_BYTES])
        return self._sealer.unseal(Sealed(self._opening(keys, sha256), raw[begin:]), sha256)

    def rewrap(self, sealer: Sealer, done: Callable[[int], None]) -> None:
        """Wrap every file's key in the sealer's epoch, in place; a second time changes nothing.

        Raises:
            ArtifactTampered: a key does not open; what was done so far is kept.
        """
        for path in self._paths():
            with path.open("r+b", buffering=0) as file:
                keys, begin = _keys_in(file.read(_HEADER_BYTES))
                old = _opening(sealer, keys, path.stem)
                new = sealer.rewrap(old, path.stem)
                if begin == _HEADER_BYTES:
                    _fill_slots(file, keys, old, new)
                elif new != old:
                    file.seek(begin)
                    _write(path, new, partial(shutil.copyfileobj, file))
            done(1)

    def verify(self, sealer: Sealer) -> int:
        """Return how many files there are, the key of each opened and no other key beside it.

        Raises:
            ArtifactTampered: one does not open, or holds a key of another epoch.
        """
        count = 0
        for path in self._paths():
            keys = [key for key in _keys_of(path) if key]
            if len(keys) != 1 or epoch_of(keys[0]) != sealer.epoch:
                raise ArtifactTampered(
                    "有原件的密钥不是当前一期的，没有销毁任何密钥，请再运行 chadang keys rotate。"
                )
            sealer.fingerprint(keys[0], path.stem)
            count += 1
        return count

    def epochs(self) -> Counter[int]:
        """Return how many files are wrapped in each epoch, by the key that opens first; needs no key."""
        return Counter(max(map(epoch_of, _keys_of(path)), default=0) for path in self._paths())

    def fingerprint(self, sha256: str) -> str:
        """Return the fingerprint of a file's key, '' where there is no file."""
        path = self.path(sha256)
        return (
            self._sealer.fingerprint(self._opening(_keys_of(path), sha256), sha256) if path.exists() else ""
        )

    def destroy(self, sha256: str) -> None:
        """Overwrite the wrapped key, then remove the file; nothing where there is none."""
        path = self.path(sha256)
        if path.exists():
            with path.open("r+b", buffering=0) as file:
                file.write(_MARKER + bytes(2 * _SLOT_BYTES))
                os.fsync(file.fileno())
            destroy_file(path)

    def path(self, sha256: str) -> Path:
        """Return where the file of this content lies or would lie."""
        return self._folder / sha256[:2] / f"{sha256}{_SUFFIX}"

    def _paths(self) -> Iterator[Path]:
        yield from sorted(self._folder.glob(f"[0-9a-f][0-9a-f]/*{_SUFFIX}"))

    def _opening(self, keys: list[bytes], sha256: str) -> bytes:
        return _opening(self._sealer, keys, sha256)


def _opening(sealer: Sealer, keys: list[bytes], sha256: str) -> bytes:
    """Return the first key that opens, the latest epoch first; a slot half written opens nothing."""
    for key in sorted(keys, key=epoch_of, reverse=True):
        try:
            sealer.fingerprint(key, sha256)
        except ArtifactTampered:
            continue
        return key
    return keys[0] if keys else b""  # whoever uses it says what is wrong


def _keys_in(head: bytes) -> tuple[list[bytes], int]:
    """Return the wrapped keys of a file and where its content begins."""
    if head[:_LENGTH_BYTES] != _MARKER:
        end = _LENGTH_BYTES + int.from_bytes(head[:_LENGTH_BYTES])
        return [head[_LENGTH_BYTES:end]], end
    slots = (head[begin : begin + _SLOT_BYTES] for begin in (2, 2 + _SLOT_BYTES))
    return [slot[1 : 1 + slot[0]] if slot else b"" for slot in slots], _HEADER_BYTES


def _keys_of(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return _keys_in(file.read(_HEADER_BYTES))[0]


def _fill_slots(file: IO[bytes], keys: list[bytes], old: bytes, new: bytes) -> None:
    """Put ``new`` into the free slot, make it durable, then empty the other one."""
    place = keys.index(old)
    if new != old:
        place = 1 - place
        _put(file, place, new)
    if keys[1 - place] or new != old:
        _put(file, 1 - place, b"")


def _put(file: IO[bytes], place: int, key: bytes) -> None:
    file.seek(len(_MARKER) + place * _SLOT_BYTES)
    file.write(_slot(key))
    os.fsync(file.fileno())


def _slot(key: bytes) -> bytes:
    return (bytes([len(key)]) + key).ljust(_SLOT_BYTES, b"\x00")


def _write(path: Path, key: bytes, content: Callable[[IO[bytes]], object]) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with draft.open("wb") as file:
        file.write(_MARKER + _slot(key) + _slot(b""))
        content(file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    fsync_folder(path.parent)
