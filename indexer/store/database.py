"""Opening the database: engine, SQLite pragmas, migrations."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import alembic.command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, SQLAlchemyError
from sqlalchemy.orm import Session

from models.errors import StoreUnavailable

Database = Engine
"""The open database, for whoever passes it on without knowing SQL."""

_BUSY_TIMEOUT_MS = 15_000
_MIGRATING = Lock()


def open_engine(url: str) -> Engine:
    """Return an engine for ``url``; SQLite in WAL with full synchronisation of acknowledged writes."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    return engine


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; an archive from a newer program is refused."""
    config = _config()
    script = ScriptDirectory.from_config(config)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        if current == script.get_current_head():
            return
        if current is not None and current not in {r.revision for r in script.walk_revisions()}:
            raise StoreUnavailable("档案库由更新版本的程序建立，请升级程序后再打开。")
        # Alembic keeps its state in module variables; SQLite begins no transaction before DDL by itself.
        with _MIGRATING, engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.execute(text("BEGIN IMMEDIATE"))
            config.attributes["connection"] = connection
            alembic.command.upgrade(config, "head")  # nothing to do where another was first
    except DatabaseError as error:
        raise StoreUnavailable(
            "档案库文件无法打开：可能已损坏、只读或被占用，请检查磁盘与权限，或从备份恢复。"
        ) from error


@contextmanager
def exclusive(engine: Engine) -> Iterator[Session]:
    """A transaction that is the only writer from its first statement, for read-then-write."""
    with transaction(engine) as session:
        if engine.dialect.name == "sqlite":
            session.execute(text("BEGIN IMMEDIATE"))
        else:
            session.execute(text("LOCK TABLE meta IN EXCLUSIVE MODE"))
        yield session


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on any error."""
    try:
        with Session(engine) as session, session.begin():
            yield session
    except SQLAlchemyError as error:
        raise StoreUnavailable("档案库写入或读取失败，请检查磁盘空间与权限后重试。") from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what was readable before a missed value was hidden does not stay in free pages
    ):
        cursor.execute(f"PRAGMA {pragma}")
    _use_wal(cursor)
    cursor.close()


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """Switch to WAL; of several that open a new file at once SQLite refuses all but one without waiting."""
    until = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
