"""The store has the last word, at the last moment, and what it drops is counted and never named."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from indexer.answers import Query
from indexer.monitor import Cause
from indexer.reading import Reader
from indexer.search import Searcher
from indexer.similar import SimilarDocuments
from indexer.store.access_port import GrantRecord
from indexer.store.access_sqlalchemy import SqlAccessStore
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.port import Account, Placement
from models.access.grants import Grant
from models.access.policy_text import shipped_text
from models.embedding.space import Vectors
from models.errors import NotVisible
from tests.assembly import Archive, archive_in, clerk, record
from tests.fakes_embedding import BigramEmbedder
from tests.strategies import NOW

CLERK = replace(clerk(), purpose="业务经办")
FAR = {"region": "429004", "insurance_type": "医疗"}


class InterruptedEmbedder(BigramEmbedder):
    """Something happens just when the index is asked: after the scope was made, before any rendition."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] = lambda: None

    def embed_query(self, text: str) -> Vectors:
        self.meanwhile()
        return super().embed_query(text)


@dataclass(slots=True)
class InterruptedReader(Reader):
    """Something happens when the first passage has been made."""

    meanwhile: Callable[[], object] = lambda: None

    def passage(self, place: Placement, profile_name: str) -> tuple[str, str]:
        made = Reader.passage(self, place, profile_name)
        self.meanwhile()
        return made


class House:
    """Two own documents and one of elsewhere that a grant opens for an hour."""

    def __init__(self, folder: Path) -> None:
        self.embedder = InterruptedEmbedder()
        self.archive: Archive = archive_in(folder, embedder=self.embedder)
        self.access = SqlAccessStore(self.archive.engine, self.archive.sealer)
        self.accounts = SqlAccountStore(self.archive.engine)
        self.accounts.add_account(Account(CLERK, None))
        self.archive.ingest(
            record("own", "退休审批表一"),
            record("own2", "退休审批表二"),
            record("far", "退休审批表三", metadata=FAR),
        )
        self.now = NOW
        reader = InterruptedReader(self.archive.store, self.archive.audit, self.clock)
        self.reader = reader
        self.searcher = Searcher(
            self.archive.store, self.archive.keeper, self.embedder, reader, self.archive.audit, self.clock
        )
        self.far = self.id_of("far")
        grant = Grant("g", frozenset({self.far}), "", NOW + timedelta(hours=1))
        self.access.add_grant(GrantRecord(grant, CLERK.subject, "", "协查", "", NOW))

    def id_of(self, source_id: str) -> str:
        served = self.archive.keeper.served()
        assert served is not None
        documents = self.archive.store.documents(served.doc_ids)
        return next(doc_id for doc_id, d in documents.items() if d.source_id == source_id)

    def clock(self) -> datetime:
        return self.now

    def found(self) -> set[str]:
        return {hit.source_id for hit in self.searcher.search(Query("退休审批表"), CLERK)}

    def revoke(self) -> None:
        self.access.revoke_grant("g", by="aq", at=self.now)

    def later(self) -> None:
        self.now = NOW + timedelta(hours=1)

    def dropped(self) -> dict[Cause, int]:
        return {cause: n for cause, n in self.searcher.desk.monitor.tally.dropped.items() if n}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def narrow(house: House) -> None:
    text = shipped_text().replace('lifts = ["region", "line", "insurance"]', "lifts = []")
    house.access.activate(text, reason="收紧", by="", at=NOW, instead_of=house.access.latest_version())


def close_account(house: House) -> None:
    house.accounts.set_disabled(CLERK.subject, disabled=True)


def withdraw(house: House) -> None:
    house.archive.store.set_state(house.far, "withdrawn")


@pytest.mark.parametrize(
    ("event", "left"),
    [
        (House.revoke, {"own", "own2"}),
        (House.later, {"own", "own2"}),
        (narrow, {"own", "own2"}),
        (withdraw, {"own", "own2"}),
        (close_account, set()),
    ],
    ids=lambda e: getattr(e, "__name__", ""),
)
@pytest.mark.parametrize("moment", ["embedder", "reader"])
def test_what_ends_while_a_question_is_answered_is_not_shown(
    house: House, event: Callable[[House], None], left: set[str], moment: str
) -> None:
    assert house.found() == {"own", "own2", "far"}
    assert house.dropped() == {}
    getattr(house, moment).meanwhile = lambda: event(house)
    assert house.found() == left
    assert house.dropped() == {Cause.CHANGED: 3 - len(left)}


def test_similar_documents_are_asked_about_too(house: House) -> None:
    similar = SimilarDocuments(house.searcher)
    assert {h.source_id for h in similar.similar_to(house.id_of("own"), CLERK, 10)} == {"own2", "far"}
    house.reader.meanwhile = house.revoke
    assert {h.source_id for h in similar.similar_to(house.id_of("own"), CLERK, 10)} == {"own2"}


def test_reading_ends_with_the_grant(house: House) -> None:
    assert house.reader.read(house.far, CLERK).pages
    house.revoke()
    with pytest.raises(NotVisible) as refused:
        house.reader.read(house.far, CLERK)
    with pytest.raises(NotVisible) as absent:
        house.reader.read("absent", CLERK)
    assert refused.value.detail == absent.value.detail


def test_an_index_that_offers_what_was_never_permitted_is_an_alarm_without_names(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    served = house.archive.keeper.served()
    assert served is not None
    house.archive.store.set_state(house.far, "withdrawn")
    stale = replace(served, epoch=house.archive.store.facts_epoch())  # claims to know, and does not
    house.archive.keeper._served = stale
    with caplog.at_level(logging.WARNING, logger="chadang.monitor"):
        assert house.found() == {"own", "own2"}
    assert house.dropped() == {Cause.UNEXPLAINED: 1}
    (line,) = [r.getMessage() for r in caplog.records if r.name == "chadang.monitor"]
    assert "ALARM" in line
    assert house.far not in line
    assert CLERK.subject not in line


def test_a_change_is_told_as_a_change(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.embedder.meanwhile = house.revoke
    with caplog.at_level(logging.WARNING, logger="chadang.monitor"):
        house.found()
    assert [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "chadang.monitor"] == [
        ("WARNING", "reference monitor: 1 of 3 dropped after a change")
    ]
