"""A saved search tells what is new among what its owner may see just then, and nothing of anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from indexer.answers import Filters, Query
from indexer.auditing import FIND_PERSON
from indexer.granting import Granting, GrantRequest
from indexer.saved_searches import SavedSearches
from indexer.store.access_sqlalchemy import SqlAccessStore
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.port import Account
from indexer.store.saved_searches_sqlalchemy import SqlSavedSearchStore
from models.access.principal import Principal, Role
from models.access.scope import EVERYTHING, NOTHING
from models.errors import Conflict, Forbidden, NotVisible
from tests.assembly import Archive, archive_in, clerk, now, record
from tests.strategies import NOW

READER, OTHER = clerk(), replace(clerk(), subject="clerk-2")
QUESTION = Query("张三的退休审批表", filters=Filters(("养老",)), only=frozenset({"insurance"}))
FAR = {"region": "420106"}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = archive_in(tmp_path / "state")
    for account in (READER, OTHER, replace(clerk(role=Role.SUPERVISOR), subject="supervisor")):
        SqlAccountStore(made.engine).add_account(Account(account, None))
    made.ingest(record("first", "退休审批表，甲"))
    return made


def desk_of(archive: Archive) -> SavedSearches:
    return SavedSearches(SqlSavedSearchStore(archive.engine, archive.sealer), archive.searcher, now)


def news(archive: Archive, search_id: str) -> list[str]:
    return [hit.source_id for hit in desk_of(archive).look(search_id, READER).hits]


def test_only_what_is_new_is_told_and_once(archive: Archive) -> None:
    search_id = desk_of(archive).save(QUESTION, READER).search_id
    assert news(archive, search_id) == []
    archive.ingest(record("second", "退休审批表，乙"), record("hidden", "退休审批表，丙", metadata=FAR))
    assert news(archive, search_id) == ["second"]
    assert news(archive, search_id) == []


def test_what_a_grant_opens_is_new_and_what_is_revoked_is_not_told_of(archive: Archive) -> None:
    search_id = desk_of(archive).save(QUESTION, READER).search_id
    archive.ingest(*(record(name, f"退休审批表 {name}", metadata=FAR) for name in ("one", "two")))
    documents = archive.store.documents(archive.store.ids_inside(EVERYTHING, NOTHING))
    id_of = {d.source_id: doc_id for doc_id, d in documents.items()}
    granting = Granting(archive.store, SqlAccessStore(archive.engine, archive.sealer), archive.audit, now)
    operator, until = Principal("", frozenset()), NOW + timedelta(days=1)

    def grant(name: str) -> str:
        wanted = GrantRequest(READER.subject, (id_of[name],), "", "协查", until)
        return granting.give(wanted, operator).grant.grant_id

    assert news(archive, search_id) == []
    grant("one")
    revoked = grant("two")
    granting.revoke(revoked, operator)
    assert news(archive, search_id) == ["one"]
    grant("two")
    assert news(archive, search_id) == ["two"]


def test_the_question_is_kept_whole_and_sealed(archive: Archive, tmp_path: Path) -> None:
    desk = desk_of(archive)
    desk.save(QUESTION, READER)
    (saved,) = desk.listed(READER)
    assert saved.query == QUESTION
    shown = saved.shown
    assert len(shown) == 1
    archive.close()
    written = b"".join(path.read_bytes() for path in (tmp_path / "state").glob("archive.db*"))
    for spelled in ("张三", json_of("张三")):
        assert spelled.encode() not in written


def json_of(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")


def test_another_account_s_search_and_an_absent_one_are_the_same_answer(archive: Archive) -> None:
    desk = desk_of(archive)
    search_id = desk.save(QUESTION, READER).search_id
    told = set()
    for wanted in (search_id, "absent"):
        for act in (desk.look, desk.remove):
            with pytest.raises(NotVisible) as refused:
                act(wanted, OTHER)
            told.add(refused.value.detail)
    assert len(told) == 1
    assert desk.listed(OTHER) == []
    desk.remove(search_id, READER)
    assert desk.listed(READER) == []


def test_it_takes_the_duty_to_search_and_is_audited_as_a_search(archive: Archive) -> None:
    desk = desk_of(archive)
    with pytest.raises(Forbidden):
        desk.save(QUESTION, replace(clerk(role=Role.SUPERVISOR), subject="supervisor"))
    search_id = desk.save(QUESTION, READER).search_id
    desk.look(search_id, READER)
    events = [event for _, event, _ in archive.audit.events() if event.action != FIND_PERSON]
    assert [event.action for event in events] == ["search_save", "search_alert"]
    assert events[0].query == events[1].query == archive.audit.query_key(QUESTION.text)
    assert all(len(event.doc_ids) == 1 for event in events)


def test_an_account_keeps_so_many_and_no_more(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.saved_searches.AT_MOST", 1)
    desk_of(archive).save(QUESTION, READER)
    with pytest.raises(Conflict):
        desk_of(archive).save(QUESTION, READER)
    desk_of(archive).save(QUESTION, OTHER)
