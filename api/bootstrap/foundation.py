"""The ground of one archive: its folder, keys, database and stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from api.settings import Settings
from models.errors import InvalidInput, StoreUnavailable

if TYPE_CHECKING:
    from indexer.durable import Presence
    from indexer.store.access_sqlalchemy import SqlAccessStore
    from indexer.store.accounts_sqlalchemy import SqlAccountStore
    from indexer.store.audit_sqlalchemy import SqlAuditLog
    from indexer.store.database import Database
    from indexer.store.documents_sqlalchemy import SqlDocumentStore
    from indexer.store.jobs_sqlalchemy import SqlJobStore
    from indexer.store.key_ring import KeyRing
    from indexer.store.key_sources import KeySource
    from indexer.store.key_wrapper_pkcs11 import Pkcs11Wrapper
    from indexer.store.reviews_sqlalchemy import SqlReviewStore
    from indexer.store.sealing import Sealer

KEYS_FOLDER = "keys"
KEY_NOTE_NAME = "master.note"
"""A keyed hash by which archives from before key epochs tell their master key; no longer written."""


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
    def presence(self) -> Presence:
        from indexer.durable import Presence

        return Presence(self.folder / KEYS_FOLDER)

    @cached_property
    def key_source(self) -> KeySource:
        from indexer.store.key_sources import FileKeys, GivenKeys, WrappedKeys

        given, following = self.settings.master_key, self.settings.master_key_next
        if given is None and self.settings.hsm_module is not None:
            return WrappedKeys(self.folder / KEYS_FOLDER, self.key_wrapper)
        if given is None:
            return FileKeys(self.folder / KEYS_FOLDER)
        return GivenKeys(given.get_secret_value(), following.get_secret_value() if following else "")

    @cached_property
    def key_wrapper(self) -> Pkcs11Wrapper:
        from indexer.store.key_wrapper_pkcs11 import Pkcs11Wrapper

        module, pin = self.settings.hsm_module, self.settings.hsm_pin
        if module is None or pin is None:
            raise InvalidInput("请设置 CHADANG_HSM_MODULE、CHADANG_HSM_TOKEN 和 CHADANG_HSM_PIN。")
        return Pkcs11Wrapper(module, self.settings.hsm_token, self.settings.hsm_key, pin.get_secret_value())

    @cached_property
    def key_ring(self) -> KeyRing:
        from indexer.store.key_ring import KeyRing

        self.key_source.held()  # a key that is none is told before anything is opened
        note = self.folder / KEYS_FOLDER / KEY_NOTE_NAME
        known = note.read_text("ascii").strip() if note.is_file() else ""
        return KeyRing(self.engine, self.key_source, known)

    @cached_property
    def sealer(self) -> Sealer:
        """What seals and opens in this archive; whoever has it is present while keys are not rotated."""
        self.presence  # noqa: B018 - taken first, held as long as the archive is
        return self.key_ring.sealer()

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
