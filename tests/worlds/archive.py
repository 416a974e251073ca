"""Archives made and thrown away by the thousand: the whole program on a database that is wiped, not rebuilt.

Making the schema is a tenth of a second and a fresh engine compiles every statement anew, so one database
serves world after world; models are small working ones. Store, index, use cases, routes and commands are
the real ones. What says nothing about documents is left out: the ledger, threads, log-in.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from api.bootstrap import Archive
from api.settings import Settings
from indexer.indexing import IndexKeeper
from indexer.store.database import Database, migrate, open_engine, sqlite_url
from indexer.store.port import Account, AuditEvent
from indexer.store.sealing import Sealer
from indexer.vectors.router import Routing
from models.access.principal import Principal
from tests.assembly import MASTER_KEY
from tests.fakes_classifier import KeywordClassifier
from tests.fakes_embedding import DIMENSION, BigramEmbedder
from tests.fakes_privacy import FakeDetector
from tests.partitions import scattered
from tests.strategies import NOW

_MEMORY = Path("/dev/shm")  # noqa: S108 - nothing here outlives a world, and no disk has to be waited for


class SilentLedger:
    """An `AuditLog` that keeps nothing: what it holds is in no answer."""

    def record(self, event: AuditEvent) -> None:
        """Forget the event."""

    def query_key(self, text: str) -> str:  # noqa: ARG002
        return ""

    def verify(self) -> int | None:
        return None

    def events(self, after: int = 0) -> Iterator[tuple[int, AuditEvent, str]]:  # noqa: ARG002
        return iter(())


@dataclass(frozen=True, slots=True)
class KnownAccounts:
    """The accounts as the desk knows them; the store has its own, and asks those."""

    principals: Mapping[str, Principal]

    def account(self, name: str) -> Account | None:
        principal = self.principals.get(name)
        return Account(principal, None) if principal else None


class WorldArchive(Archive):
    """The archive of one world; ``parts`` are what it does not make for itself."""

    def __init__(self, folder: Path, parts: Mapping[str, Any]) -> None:
        settings = Settings(_env_file=None, state=folder, ocr=False, answer_floor_ms=0)
        super().__init__(settings, "http", clock=now)
        self.__dict__.update(parts)  # as a cached property keeps what it made


ROUTING = Routing(scattered(DIMENSION), exact_at_most=3)
"""Readers of few documents search exactly, the others through lists, most of them left out."""


def now() -> datetime:
    return NOW


@dataclass
class Ground:
    """One folder with one database, where archives stand one after another."""

    folder: Path
    template: sqlite3.Connection
    principals: Mapping[str, Principal]
    _engine: Database = field(init=False)
    _built: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self._engine = open_engine(sqlite_url(self.folder / "archive.db"))

    def cleared(self) -> WorldArchive:
        """Return an archive that holds accounts and nothing else; the one before is gone."""
        with self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            self.template.backup(raw)
        self._built += 1
        sealer = Sealer(MASTER_KEY)
        parts = {
            "engine": self._engine,
            "sealer": sealer,
            "audit": SilentLedger(),
            "accounts": KnownAccounts(self.principals),
            "embedder": BigramEmbedder(),
            "detector": FakeDetector(),
            "classifier": KeywordClassifier(),
        }
        archive = WorldArchive(self.folder, parts)
        index = IndexKeeper(
            self.folder / f"index-{self._built}", archive.store, archive.embedder.space, ROUTING
        )
        archive.__dict__["index"] = index
        return archive

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def grounds(principals: Mapping[str, Principal], count: int) -> Iterator[list[Ground]]:
    """Yield ``count`` grounds whose archives know these accounts."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as scratch:
        first = open_engine(sqlite_url(Path(scratch) / "template.db"))
        migrate(first)
        archive = WorldArchive(Path(scratch), {"engine": first, "sealer": Sealer(MASTER_KEY)})
        for principal in principals.values():
            archive.accounts.add_account(Account(principal, None))
        first.dispose()
        template = sqlite3.connect(Path(scratch) / "template.db")
        template.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made = [Ground(Path(scratch) / f"ground{number}", template, principals) for number in range(count)]
        try:
            yield made
        finally:
            for ground in made:
                ground.close()
            template.close()
