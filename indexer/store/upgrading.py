"""Brings the schema of an older archive up to date; Alembic is imported only if there is something to do."""

from __future__ import annotations

from threading import Lock

import alembic.command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from indexer.store.database import MIGRATIONS
from models.errors import StoreUnavailable

_MIGRATING = Lock()


def upgrade(engine: Engine) -> None:
    """Run the missing migration scripts in one transaction.

    Raises:
        StoreUnavailable: the archive was made by a newer program.
    """
    config = configuration()
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {r.revision for r in script.walk_revisions()}:
        raise StoreUnavailable("档案库由更新版本的程序建立，请升级程序后再打开。")
    # Alembic keeps its state in module variables; SQLite begins no transaction before DDL by itself.
    with _MIGRATING, engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("BEGIN IMMEDIATE"))
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")  # nothing to do where another was first


def configuration() -> Config:
    """Return what Alembic is told of our scripts."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
