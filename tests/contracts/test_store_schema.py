"""Migrations and tables say the same; a database of a newer or broken kind is refused in words."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import alembic.command
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from indexer.store.database import migrate, newest_revision, open_engine, sqlite_url
from indexer.store.tables import Base
from indexer.store.upgrading import configuration
from models.errors import StoreUnavailable


def test_migrated_tables_are_those_of_the_code(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_last_number_is_the_newest_revision() -> None:
    assert newest_revision() == ScriptDirectory.from_config(configuration()).get_current_head()


def test_down_and_up_again(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    migrate(engine)
    names = set(inspect(engine).get_table_names())
    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrate(engine)
    assert set(inspect(engine).get_table_names()) == names == {*Base.metadata.tables, "alembic_version"}


def test_migrating_twice_is_nothing_new(tmp_path: Path) -> None:
    schemas = []
    for _ in range(2):
        engine = open_engine(sqlite_url(tmp_path / "a.db"))
        migrate(engine)
        with engine.connect() as connection:
            schemas.append(connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all())
    assert schemas[0] == schemas[1] != []


def test_several_may_open_a_new_archive_at_once(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def open_it() -> None:
        try:
            migrate(open_engine(sqlite_url(tmp_path / "a.db")))
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    threads = [Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_failing_migration_leaves_nothing_half_done(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE meta (name TEXT)"))  # in the way of one of the last tables
    with pytest.raises(StoreUnavailable):
        migrate(engine)
    assert inspect(engine).get_table_names() == ["meta"]


def test_an_archive_of_a_newer_program(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="升级程序"):
        migrate(engine)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes("不是数据库".encode() * 500)
    with pytest.raises(StoreUnavailable, match="备份"):
        migrate(open_engine(sqlite_url(tmp_path / "a.db")))
