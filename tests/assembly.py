"""An archive in a folder of its own: real store, parser and indexes; small working models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from indexer.answers import Filters, MaskedHit, Query
from indexer.catalogue import row_of
from indexer.deposits import Deposit, Outcome, RecordDeposit
from indexer.exports import Exports
from indexer.indexing import IndexKeeper
from indexer.ingest import Ingestor
from indexer.parsing.limits import ParsingLimits
from indexer.parsing.parsers import FileParser
from indexer.persons import PersonFinder
from indexer.preparation import Preparer
from indexer.reading import Reader
from indexer.search import Searcher
from indexer.similar import SimilarDocuments
from indexer.store.audit_sqlalchemy import SqlAuditLog
from indexer.store.database import Database, migrate, open_engine, sqlite_url
from indexer.store.documents_sqlalchemy import SqlDocumentStore
from indexer.store.jobs_sqlalchemy import SqlJobStore
from indexer.store.persons_sqlalchemy import SqlPersonIndex
from indexer.store.sealing import Sealer
from indexer.suggestions import Suggester
from indexer.vectors.router import Routing
from models.access.principal import Principal, Role
from models.archive.levels import AccessLevel, Line
from models.embedding.space import Embedder
from models.privacy.detector import PersonalDataDetector
from tests.fakes_classifier import KeywordClassifier
from tests.fakes_embedding import BigramEmbedder
from tests.fakes_privacy import FakeDetector
from tests.strategies import NOW

MASTER_KEY = bytes(range(32))
LIMITS = ParsingLimits()


@dataclass
class Archive:
    """Everything that works on one state folder, made when first asked for."""

    folder: Path
    embedder: Embedder
    detector: PersonalDataDetector
    deposit_region: str = ""
    routing: Routing | None = None

    @cached_property
    def sealer(self) -> Sealer:
        return Sealer(MASTER_KEY)

    @cached_property
    def engine(self) -> Database:
        engine = open_engine(sqlite_url(self.folder / "archive.db"))
        migrate(engine)
        return engine

    @cached_property
    def store(self) -> SqlDocumentStore:
        return SqlDocumentStore(self.engine, self.sealer, self.folder)

    @cached_property
    def audit(self) -> SqlAuditLog:
        return SqlAuditLog(self.engine, self.sealer, self.folder)

    @cached_property
    def jobs(self) -> SqlJobStore:
        return SqlJobStore(self.engine)

    @cached_property
    def ingestor(self) -> Ingestor:
        preparer = Preparer(self.detector, KeywordClassifier(), self.embedder, self.deposit_region)
        return Ingestor(self.store, FileParser(LIMITS), preparer, LIMITS)

    @cached_property
    def keeper(self) -> IndexKeeper:
        return IndexKeeper(self.folder / "index", self.store, self.embedder.space, self.routing)

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.store, self.audit, now)

    @cached_property
    def searcher(self) -> Searcher:
        return Searcher(
            self.store,
            self.keeper,
            self.embedder,
            self.reader,
            self.audit,
            now,
            sealer=self.sealer,
            persons=PersonFinder(self.person_index),
        )

    @cached_property
    def person_index(self) -> SqlPersonIndex:
        return SqlPersonIndex(self.engine, self.sealer, now)

    @cached_property
    def similar(self) -> SimilarDocuments:
        return SimilarDocuments(self.searcher)

    @cached_property
    def suggester(self) -> Suggester:
        return Suggester(self.store, self.keeper, self.audit, now)

    @cached_property
    def exports(self) -> Exports:
        return Exports(self.searcher, now)

    def ingest(self, *deposits: Deposit) -> list[Outcome]:
        return list(self.ingestor.ingest(deposits))

    def search(
        self, text: str, principal: Principal, *, limit: int = 10, filters: Filters | None = None
    ) -> list[MaskedHit]:
        return self.searcher.search(Query(text, limit, filters or Filters()), principal)

    def close(self) -> None:
        self.engine.dispose()


def now() -> datetime:
    return NOW


def archive_in(
    folder: Path,
    *,
    embedder: Embedder | None = None,
    deposit_region: str = "",
    routing: Routing | None = None,
) -> Archive:
    """Open the archive of a folder; a second one on the same folder is another process, so to speak."""
    folder.mkdir(parents=True, exist_ok=True)
    return Archive(folder, embedder or BigramEmbedder(), FakeDetector(), deposit_region, routing)


CATALOGUED = {"region": "500111", "formed_on": "2019-03-05", "insurance_type": "养老", "access_level": "内部"}


def record(
    source_id: str, text: str, *, title: str = "", metadata: Mapping[str, object] | None = None
) -> RecordDeposit:
    """Return a catalogued record; ``metadata`` adds to what every record here carries, None removes."""
    fields = {k: v for k, v in (CATALOGUED | dict(metadata or {})).items() if v is not None}
    return RecordDeposit(source_id, title, text, row_of(fields))


def clerk(
    *,
    role: Role = Role.CLERK,
    line: Line | None = Line.HRSS,
    regions: Iterable[str] = ("50",),
    clearance: AccessLevel = AccessLevel.SENSITIVE,
    purpose: str = "",
) -> Principal:
    return Principal("clerk-1", frozenset({role}), line, tuple(regions), clearance, purpose)
