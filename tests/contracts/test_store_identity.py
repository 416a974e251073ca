"""Sessions, in a dictionary and in SQL; passwords of before, and who is left to manage accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.credentials_sqlalchemy import SqlCredentialStore
from indexer.store.identity_port import Session, SessionStore
from indexer.store.port import Account
from indexer.store.sessions_sqlalchemy import SqlSessionStore
from models.access.principal import Principal, Role
from models.archive.levels import AccessLevel
from models.errors import Conflict, InvalidInput, NotVisible
from tests.assembly import Archive, archive_in
from tests.fakes_identity import MemorySessions

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
ADMIN = frozenset({Role.SECURITY_ADMIN})


def session(number: int, subject: str = "a", begun: datetime = NOW) -> Session:
    made = Session(
        session_id=f"s{number}",
        subject=subject,
        method="password",
        second_factor=False,
        purpose="业务经办",
        created_at=begun,
        seen_at=begun,
        expires_at=begun + timedelta(hours=1),
    )
    return replace(made, created_at=begun + timedelta(seconds=number))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = archive_in(tmp_path)
    accounts = SqlAccountStore(made.engine)
    for name in ("a", "b"):
        accounts.add_account(Account(Principal(name, frozenset({Role.CLERK})), f"hash-of-{name}"))
    yield made
    made.close()


@pytest.fixture(params=["memory", "sql"])
def store(request: pytest.FixtureRequest, archive: Archive) -> SessionStore:
    return MemorySessions() if request.param == "memory" else SqlSessionStore(archive.engine)


def opened(store: SessionStore, subject: str = "a", now: datetime = NOW + timedelta(minutes=1)) -> list[str]:
    return [each.session_id for each in store.sessions(subject, now)]


def test_a_session_comes_back_as_it_was_begun(store: SessionStore) -> None:
    store.begin(session(1), 5)
    found = store.opened("s1")
    assert found is not None
    assert found[0] == session(1)
    assert store.opened("s2") is None


def test_the_oldest_end_for_new_ones_and_only_the_accounts_own(store: SessionStore) -> None:
    store.begin(session(0, "b"), 2)
    for number in (1, 2, 3, 4):
        store.begin(session(number), 2)
    assert opened(store) == ["s3", "s4"]
    assert opened(store, "b") == ["s0"]


def test_seen_strengthened_and_ended(store: SessionStore) -> None:
    store.begin(session(1), 5)
    store.seen("s1", NOW + timedelta(minutes=3))
    store.strengthen("s1")
    ended = NOW + timedelta(minutes=4)
    store.end("s1", "a", ended)
    store.end("s1", "a", ended + timedelta(minutes=1))
    found = store.opened("s1")
    assert found is not None
    assert (found[0].seen_at, found[0].second_factor, found[0].ended_at) == (
        NOW + timedelta(minutes=3),
        True,
        ended,
    )
    assert opened(store) == []


@pytest.mark.parametrize(("session_id", "subject"), [("s1", "b"), ("s9", "a")])
def test_anothers_session_and_none_at_all_are_the_same(
    store: SessionStore, session_id: str, subject: str
) -> None:
    store.begin(session(1), 5)
    with pytest.raises(NotVisible):
        store.end(session_id, subject, NOW)
    assert opened(store) == ["s1"]


def test_all_end_at_once_or_all_but_one(store: SessionStore) -> None:
    for number in (1, 2, 3):
        store.begin(session(number), 5)
    store.begin(session(4, "b"), 5)
    later = NOW + timedelta(minutes=1)
    assert store.end_all("a", later, but="s2") == 2
    found = store.opened("s2")
    assert found is not None
    assert found[1].not_before is None
    assert store.end_all("a", later) == 1
    found = store.opened("s2")
    assert found is not None
    assert found[1].not_before == later
    assert (opened(store), opened(store, "b")) == ([], ["s4"])


def test_what_is_long_over_is_forgotten(archive: Archive) -> None:
    store = SqlSessionStore(archive.engine)
    store.begin(session(1), 5)
    store.begin(session(2, begun=NOW + timedelta(days=29)), 5)
    assert store.opened("s1") is not None
    store.begin(session(3, begun=NOW + timedelta(days=31)), 5)
    assert store.opened("s1") is None
    assert store.opened("s2") is not None


def test_passwords_of_before_are_kept_the_latest_first(archive: Archive) -> None:
    store = SqlCredentialStore(archive.engine, archive.sealer)
    for number in range(4):
        store.set_password("a", f"hash-{number}", NOW + timedelta(days=number), must_change=number == 3)
    assert store.past_hashes("a", 3) == ["hash-2", "hash-1", "hash-0"]
    assert store.past_hashes("b", 3) == []
    credentials = store.credentials("a")
    assert (credentials.password_set_at, credentials.must_change) == (NOW + timedelta(days=3), True)
    account = SqlAccountStore(archive.engine).account("a")
    assert account is not None
    assert account.password_hash == "hash-3"
    with pytest.raises(NotVisible):
        store.set_password("nobody", "hash", NOW, must_change=False)


def test_a_password_is_as_old_as_its_account_until_it_is_changed(archive: Archive) -> None:
    set_at = SqlCredentialStore(archive.engine, archive.sealer).credentials("a").password_set_at
    assert set_at is not None
    assert abs(datetime.now(UTC) - set_at) < timedelta(minutes=10)


def test_somebody_who_manages_accounts_is_always_left(archive: Archive) -> None:
    accounts = SqlAccountStore(archive.engine)
    for name in ("aq1", "aq2"):
        accounts.add_account(Account(Principal(name, ADMIN), None))
    accounts.set_disabled("aq1", disabled=True)
    with pytest.raises(Conflict, match="最后一个"):
        accounts.set_disabled("aq2", disabled=True)
    with pytest.raises(Conflict, match="最后一个"):
        accounts.set_roles("aq2", frozenset({Role.CLERK}), "业务经办", AccessLevel.INTERNAL)
    left = accounts.account("aq2")
    assert left is not None
    assert (left.disabled, left.principal.roles) == (False, ADMIN)
    accounts.set_disabled("aq1", disabled=False)
    accounts.set_roles("aq2", frozenset({Role.CLERK}), "业务经办", AccessLevel.INTERNAL)
    with pytest.raises(Conflict, match="最后一个"):
        accounts.set_disabled("aq1", disabled=True)


def test_no_account_holds_two_of_the_three_administrators(archive: Archive) -> None:
    accounts = SqlAccountStore(archive.engine)
    two = ADMIN | {Role.AUDIT_ADMIN}
    with pytest.raises(InvalidInput, match="三员分立"):
        accounts.set_roles("a", two, "审计", AccessLevel.PUBLIC)
    with pytest.raises(InvalidInput, match="三员分立"):
        accounts.add_account(Account(Principal("c", two), None))
    assert accounts.account("c") is None
