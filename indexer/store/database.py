"""Opening the database: engine, SQLite pragmas, whether the schema is the newest."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, SQLAlchemyError
from sqlalchemy.orm import Session

from models.errors import StoreUnavailable

Database = Engine
"""The open database, for whoever passes it on without knowing SQL."""

MIGRATIONS = Path(__file__).parent / "migrations"

_BUSY_TIMEOUT_MS = 15_000


def open_engine(url: str) -> Engine:
    """Return an engine for ``url``; SQLite in WAL with full synchronisation of acknowledged writes."""
    # An error names the statement, never what was bound to it: tracebacks end up in logs.
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    return engine


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; an archive from a newer program is refused."""
    try:
        if _revision_of(engine) != newest_revision():
            # Alembic takes a tenth of a second to import, and nearly every start finds nothing to do.
            from indexer.store.upgrading import upgrade

            upgrade(engine)
    except DatabaseError as error:
        raise StoreUnavailable(
            "档案库文件无法打开：可能已损坏、只读或被占用，请检查磁盘与权限，或从备份恢复。"
        ) from error


def newest_revision() -> str:
    """Return the revision of the last script; scripts are named and chained by number (a test holds it)."""
    return max(path.name for path in MIGRATIONS.glob("versions/[0-9]*.py")).partition("_")[0]


def _revision_of(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


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
