"""The ground of one archive: its folder, keys, database and stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from api.settings import Settings
from models.errors import StoreUnavailable

if TYPE_CHECKING:
    from indexer.store.access_sqlalchemy import SqlAccessStore
    from indexer.store.accounts_sqlalchemy import SqlAccountStore
    from indexer.store.audit_sqlalchemy import SqlAuditLog
    from indexer.store.database import Database
    from indexer.store.documents_sqlalchemy import SqlDocumentStore
    from indexer.store.jobs_sqlalchemy import SqlJobStore
    from indexer.store.reviews_sqlalchemy import SqlReviewStore
    from indexer.store.sealing import Sealer


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Foundation:
    """Settings and stores of one state folder; parts are made on first use and kept.

    ``via`` names the edge in the audit log (http, cli).
    """

    settings: Settings
    via: str
    report: Callable[[str], None] = lambda _: None
    """Told in Chinese about steps that take time."""
    clock: Callable[[], datetime] = utc_now

    @cached_property
    def folder(self) -> Path:
        folder = self.settings.state
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable("状态目录无法建立，请检查 --state 的路径与权限。") from error
        return folder

    @cached_property
    def sealer(self) -> Sealer:
        from indexer.store.sealing import Sealer, master_key_of

        given = self.settings.master_key.get_secret_value() if self.settings.master_key else None
        return Sealer(master_key_of(self.folder / "keys", given))

    @cached_property
    def engine(self) -> Database:
        from indexer.store.database import migrate, open_engine, sqlite_url

        engine = open_engine(self.settings.database_url or sqlite_url(self.folder / "archive.db"))
        migrate(engine)
        return engine

    @cached_property
    def store(self) -> SqlDocumentStore:
        from indexer.store.documents_sqlalchemy import SqlDocumentStore

        return SqlDocumentStore(self.engine, self.sealer, self.folder)

    @cached_property
    def accounts(self) -> SqlAccountStore:
        from indexer.store.accounts_sqlalchemy import SqlAccountStore

        return SqlAccountStore(self.engine)

    @cached_property
    def access(self) -> SqlAccessStore:
        from indexer.store.access_sqlalchemy import SqlAccessStore

        return SqlAccessStore(self.engine, self.sealer)

    @cached_property
    def detection_records(self) -> SqlReviewStore:
        from indexer.store.reviews_sqlalchemy import SqlReviewStore

        return SqlReviewStore(self.engine, self.sealer)

    @cached_property
    def audit(self) -> SqlAuditLog:
        from indexer.store.audit_sqlalchemy import SqlAuditLog

        return SqlAuditLog(self.engine, self.sealer, self.folder)

    @cached_property
    def jobs(self) -> SqlJobStore:
        from indexer.store.jobs_sqlalchemy import SqlJobStore

        return SqlJobStore(self.engine, timedelta(hours=self.settings.idempotency_hours))
