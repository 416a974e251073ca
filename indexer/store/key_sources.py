"""Where master keys are kept: a file beside the archive, or the environment. Further ones by `KeySource`."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from indexer.durable import destroy_file, fsync_folder
from indexer.store.sealing import MASTER_KEY_BYTES
from models.errors import InvalidInput, StoreUnavailable

KEY_NAME = "master.key"
_NEXT_NAME, _RETIRED_NAME = "master.next", "master.retired"
_DEVICE = "密钥设备"


class KeySource(Protocol):
    """Keeps master keys of 32 bytes: one, or during a rotation the old and the new. The port to a KMS too."""

    def held(self) -> list[bytes]:
        """Return every master key it holds, in no order; none where it has never had one.

        Raises:
            StoreUnavailable: a key is malformed, or the source cannot be reached.
        """
        ...

    def first(self) -> bytes:
        """Make and keep the first key of a new archive, or return the one another process has just made."""
        ...

    def following(self) -> bytes:
        """Return the key to rotate to, kept durably before this returns; the same one until `settle`.

        Raises:
            InvalidInput: the source does not make keys, and none was handed to it.
        """
        ...

    def settle(self, key: bytes) -> str:
        """Keep only ``key`` and destroy every other; return what is left for the operator to do, or ''."""
        ...


@dataclass(frozen=True, slots=True)
class FileKeys:
    """Keys in files that only their owner can read.

    Who holds the file and the archive reads everything: offices keep the key elsewhere.
    """

    folder: Path

    def held(self) -> list[bytes]:
        paths = (self.folder / name for name in (KEY_NAME, _NEXT_NAME, _RETIRED_NAME))
        try:
            return [self._key_in(path) for path in paths if path.is_file()]
        except OSError as error:
            raise StoreUnavailable("主密钥文件无法读取，请检查 keys 目录的权限。") from error

    def first(self) -> bytes:
        return self._made(KEY_NAME)

    def following(self) -> bytes:
        return self._made(_NEXT_NAME)

    def settle(self, key: bytes) -> str:
        """Every step can be repeated: whatever a killed run leaves, the files are told apart by content."""
        current, following = self.folder / KEY_NAME, self.folder / _NEXT_NAME
        if following.is_file() and self._key_in(following) == key:
            if current.is_file():
                current.replace(self.folder / _RETIRED_NAME)
            following.replace(current)
            fsync_folder(self.folder)
        if not current.is_file() or self._key_in(current) != key:
            raise StoreUnavailable("keys 目录里没有当前的主密钥，没有销毁任何密钥，请核对后再运行。")
        for name in (_NEXT_NAME, _RETIRED_NAME):
            destroy_file(self.folder / name)
        return ""

    def _made(self, name: str) -> bytes:
        path = self.folder / name
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self.folder / f".{name}.{os.getpid()}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(self._text_of(secrets.token_bytes(MASTER_KEY_BYTES)))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)  # never replaces a key another process has just made
            draft.unlink()
            fsync_folder(self.folder)
        return self._key_in(path)

    def _key_in(self, path: Path) -> bytes:
        return key_from_hex(path.read_text("utf-8", "replace"))

    def _text_of(self, key: bytes) -> str:
        return key.hex()


class KeyWrapper(Protocol):
    """Encrypts 32 bytes by a key that never leaves a device or a service: an HSM, a KMS."""

    def wrap(self, key: bytes) -> bytes:
        """Raise StoreUnavailable where the device cannot be used."""
        ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """Raise StoreUnavailable where the device cannot be used, or did not wrap this."""
        ...


@dataclass(frozen=True, slots=True)
class WrappedKeys(FileKeys):
    """Keys in files that only a device can open; the key itself is in memory alone."""

    wrapper: KeyWrapper

    def _key_in(self, path: Path) -> bytes:
        mark, _, wrapped = path.read_text("utf-8", "replace").strip().partition(" ")
        try:
            content = bytes.fromhex(wrapped)
        except ValueError:
            content = b""
        if mark != _DEVICE or not content:
            raise StoreUnavailable(
                "主密钥文件不是由密钥设备包裹的，请核对 keys 目录与 CHADANG_HSM_ 各项设置。"
            )
        return self.wrapper.unwrap(content)

    def _text_of(self, key: bytes) -> str:
        return f"{_DEVICE} {self.wrapper.wrap(key).hex()}"


@dataclass(frozen=True, slots=True)
class GivenKeys:
    """Keys handed over by the environment (hex); nothing is ever written."""

    current: str = field(repr=False)
    next: str = field(default="", repr=False)

    def held(self) -> list[bytes]:
        return [key_from_hex(text) for text in (self.current, self.next) if text]

    def first(self) -> bytes:
        return key_from_hex(self.current)

    def following(self) -> bytes:
        if not self.next:
            raise InvalidInput(
                "主密钥由环境变量给出：请把新密钥（64 个十六进制字符）放进 CHADANG_MASTER_KEY_NEXT"
                "，再运行本命令。"
            )
        return key_from_hex(self.next)

    def settle(self, key: bytes) -> str:
        if self.next and key_from_hex(self.next) == key:
            return (
                "请把 CHADANG_MASTER_KEY 换成新密钥，删去 CHADANG_MASTER_KEY_NEXT，"
                "并在密钥保管处销毁旧密钥：旧密钥还在，轮换前的备份就还能打开。"
            )
        return ""


def key_from_hex(text: str) -> bytes:
    """Return the 32 bytes; StoreUnavailable for anything but 64 hexadecimal digits."""
    if text.startswith(_DEVICE):
        raise StoreUnavailable("主密钥由密钥设备包裹，请设置 CHADANG_HSM_MODULE 等项后再打开。")
    try:
        key = bytes.fromhex(text.strip())
    except ValueError as error:
        raise StoreUnavailable("主密钥不是十六进制文本，请检查密钥文件或环境变量。") from error
    if len(key) != MASTER_KEY_BYTES:
        raise StoreUnavailable("主密钥应为 32 字节（64 个十六进制字符），请检查密钥文件或环境变量。")
    return key
