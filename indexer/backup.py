"""Use cases: a backup of an archive in use, and an archive made from one."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from glob import escape
from hmac import compare_digest
from pathlib import Path
from typing import IO, Protocol

from indexer.auditing import audited
from indexer.backup_files import DATABASE, FORMAT, KEY, BackupWriter, Contents, extract, files_of, manifest_of
from indexer.durable import fsync_folder, fsync_tree, only_writer
from indexer.generation_folders import listed_in
from indexer.store.key_ring import KeyRing
from indexer.store.port import AuditLog
from indexer.store.sealing import Sealer
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import ArchiveError, Conflict, InvalidInput

_USE = "backup"
_DRAFT, _RESTORING = ".part", ".restoring"


@dataclass(slots=True)
class Backups:
    """Writes backups; ``copy_database`` copies the database of one moment and counts its documents.

    Killed at any moment there is no file of the given name, only a draft that the next backup removes.
    """

    ring: KeyRing
    sealer: Sealer
    audit: AuditLog
    copy_database: Callable[[Path], int]
    state: Path
    clock: Callable[[], datetime]
    via: str = "cli"

    def write(
        self,
        target: Path,
        by: Principal,
        key_file: Path | None = None,
        done: Callable[[int], None] = lambda _: None,
    ) -> Contents:
        """Write a backup and return what it contains. ``key_file``: the master key, put in where given.

        ``done`` is told how many files were written since it was last called.

        Raises:
            InvalidInput: the target exists or its folder does not. Forbidden: no duty to operate the service.
            Conflict: keys are being rotated, documents destroyed or another backup written.
        """
        now = self.clock()
        with (
            audited(self.audit, by, via=self.via, action="backup", about=target.name, at=now),
            only_writer(self.state / "keys"),
        ):
            if by.subject:
                require(by, Duty.OPERATE, now)
            if target.exists():
                raise InvalidInput("备份文件已经存在，请换一个文件名。")
            if not target.parent.is_dir():
                raise InvalidInput("备份文件所在的目录不存在，请先建好。")
            with _draft_of(target) as (draft, database):
                documents = self.copy_database(database)
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    writer = self._filled(file, database, key_file, done)
                    contents = self._contents(writer, documents, now)
                    manifest = manifest_of(contents)
                    writer.finish(manifest, self.sealer.keyed_hash(manifest.decode("ascii"), _USE))
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(target)
            fsync_folder(target.parent)
        return contents

    def _filled(
        self, file: IO[bytes], database: Path, key_file: Path | None, done: Callable[[int], None]
    ) -> BackupWriter:
        writer = BackupWriter(file)
        # What the database names was written before it was named, so the files come second.
        writer.add(DATABASE, database)
        for name, path in files_of(self.state):
            writer.add(name, path)
            done(1)
        if key_file is not None:
            writer.add(KEY, key_file)
        return writer

    def _contents(self, writer: BackupWriter, documents: int, now: datetime) -> Contents:
        active = self.ring.epochs()[-1]
        return Contents(
            format=FORMAT,
            made_at=now.isoformat(),
            key_epoch=active.number,
            check_value=active.check_value,
            documents=documents,
            index=next(iter(listed_in(self.state / "index")), ""),
            files=writer.files,
        )


class RestoredArchive(Protocol):
    """An archive just unpacked, opened with its master key."""

    @property
    def sealer(self) -> Sealer:
        """Raise StoreUnavailable where the master key is missing or another one."""
        ...

    @property
    def audit(self) -> AuditLog: ...

    def verify_keys(self) -> int:
        """Return how many keys of content open; ArtifactTampered where one does not."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Restored:
    """``keys``: of content, all opened."""

    contents: Contents
    keys: int


def restore(
    backup: Path,
    state: Path,
    key_file: Path | None,
    by: Principal,
    open_archive: Callable[[Path], RestoredArchive],
    *,
    at: datetime,
) -> Restored:
    """Make an archive of a backup in a folder that is not there or empty; all of it or nothing.

    ``key_file``: put into the archive as its master key where given.

    Raises:
        InvalidInput: no backup, or damaged or changed; Conflict: there is something in the folder.
        StoreUnavailable: the master key is missing or not that of the backup.
    """
    if state.is_symlink() or (state.exists() and (not state.is_dir() or any(state.iterdir()))):
        raise Conflict("目标目录不是空的，没有恢复任何内容；请用 --state 给出一个新目录。")
    with _folder_beside(state) as draft:
        contents, manifest, seal = extract(backup, draft)
        if key_file is not None:
            _put_key(key_file, draft / KEY)
        archive = open_archive(draft)
        try:
            sealer = archive.sealer
            if not compare_digest(sealer.keyed_hash(manifest.decode("ascii"), _USE), seal):
                raise InvalidInput("备份的清单被改动，没有恢复任何内容；请换一份备份。")
            keys = archive.verify_keys()
            with audited(archive.audit, by, via="cli", action="restore", about=backup.name, at=at):
                pass
        finally:
            archive.close()
        fsync_tree(draft)
        if state.exists():
            state.rmdir()
        draft.replace(state)
        fsync_folder(state.parent)
    return Restored(contents, keys)


def _put_key(source: Path, target: Path) -> None:
    try:
        content = source.read_bytes()
    except OSError as error:
        raise InvalidInput("密钥文件不存在或无法读取，请核对路径与权限。") from error
    target.parent.mkdir(exist_ok=True, mode=0o700)
    target.unlink(missing_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


@contextmanager
def _draft_of(target: Path) -> Iterator[tuple[Path, Path]]:
    """Yield names of a draft and of a database copy beside the target; neither is there afterwards."""
    for left in target.parent.glob(f".{escape(target.name)}.*{_DRAFT}*"):
        left.unlink()
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}{_DRAFT}")
    database = draft.with_name(draft.name + ".db")
    try:
        yield draft, database
    finally:
        draft.unlink(missing_ok=True)
        database.unlink(missing_ok=True)


@contextmanager
def _folder_beside(state: Path) -> Iterator[Path]:
    state.parent.mkdir(parents=True, exist_ok=True)
    for left in state.parent.glob(f".{escape(state.name)}.*{_RESTORING}"):
        shutil.rmtree(left)
    draft = state.with_name(f".{state.name}.{secrets.token_hex(8)}{_RESTORING}")
    draft.mkdir(mode=0o700)
    try:
        yield draft
    except (ArchiveError, OSError, KeyboardInterrupt):
        shutil.rmtree(draft, ignore_errors=True)
        raise
