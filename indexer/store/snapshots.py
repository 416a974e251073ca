"""A consistent copy of the database while others read and write it (SQLite's online backup)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from models.errors import InvalidInput, StoreUnavailable


def copy_database(engine: Engine, target: Path) -> int:
    """Write the state of one moment to a new file, owner only; rolled-back and later writes are not in it.

    Returns how many documents the copy holds.

    Raises:
        InvalidInput: the database is not SQLite. StoreUnavailable: it cannot be read or written.
    """
    if engine.dialect.name != "sqlite":
        raise InvalidInput("档案库在 PostgreSQL 里：数据库请用 pg_dump 备份，原件目录另行备份。")
    target.touch(mode=0o600, exist_ok=False)
    try:
        with closing(sqlite3.connect(str(engine.url.database))) as source, closing(_opened(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
            return int(copy.execute("SELECT count(*) FROM documents").fetchone()[0])
    except sqlite3.Error as error:
        raise StoreUnavailable("档案库无法复制，请检查磁盘空间与权限后重试。") from error


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(str(path))
