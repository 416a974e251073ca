"""Sealed files beside the database, named by the sha256 of what is inside."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from indexer.store.sealing import Sealed, Sealer
from models.errors import NotVisible, StoreUnavailable

_LENGTH_BYTES = 2


class SealedFiles:
    """A content-addressed folder; each file is ``key length | wrapped key | content``."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        self._folder = folder
        self._sealer = sealer

    def keep(self, sha256: str, content: bytes) -> None:
        """Write once: temporary file, fsync, rename; a file already there is left alone."""
        path = self._path(sha256)
        if path.exists():
            return
        sealed = self._sealer.seal(content, sha256)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as file:
                file.write(
                    len(sealed.wrapped_key).to_bytes(_LENGTH_BYTES) + sealed.wrapped_key + sealed.content
                )
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise StoreUnavailable("原件无法写入档案库，请检查磁盘空间与权限后重试。") from error

    def read(self, sha256: str) -> bytes:
        """Return the content; NotVisible where there is none."""
        try:
            raw = self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotVisible from error
        end = _LENGTH_BYTES + int.from_bytes(raw[:_LENGTH_BYTES])
        return self._sealer.unseal(Sealed(raw[_LENGTH_BYTES:end], raw[end:]), sha256)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.sm4"
