"""Tokens of machine accounts: for a few duties, until a day or until revoked, and of machines alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api.machines import MAX_DAYS, PREFIX, MachineTokens
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.machine_tokens_sqlalchemy import SqlTokenStore
from indexer.store.port import Account
from models.access.policy import require, scope_of
from models.access.principal import Duty, Principal, Role
from models.access.scope import NOTHING
from models.errors import Forbidden, InvalidInput, NotVisible, Unauthenticated
from tests.assembly import archive_in
from tests.strategies import NOW

CLASSIFY = frozenset({Duty.CLASSIFY})
BOTH = frozenset({Duty.CLASSIFY, Duty.DEPOSIT})


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(tmp_path: Path, clock: Clock) -> Iterator[MachineTokens]:
    archive = archive_in(tmp_path)
    accounts = SqlAccountStore(archive.engine)
    for name, roles in (
        ("sj", {Role.INTAKE}),
        ("clerk", {Role.CLERK}),
        ("both", {Role.INTAKE, Role.ARCHIVIST}),
        ("brief", {Role.INTAKE}),
    ):
        expires_at = NOW + timedelta(days=1) if name == "brief" else None
        principal = Principal(name, frozenset(roles), region_prefixes=("500199",), expires_at=expires_at)
        accounts.add_account(Account(principal, None))
    yield MachineTokens(accounts, SqlTokenStore(archive.engine), archive.sealer, clock)
    archive.close()


def is_refused(tokens: MachineTokens, text: str) -> bool:
    try:
        tokens.principal_of(text)
    except Unauthenticated as error:
        return error.detail == "令牌无效、已过期或已撤销，请联系安全管理员。"
    return False


def test_a_token_is_its_account_limited_to_its_duties(tokens: MachineTokens) -> None:
    issued = tokens.issue("sj", CLASSIFY, days=30, label="扫描室", by="gly")
    assert re.fullmatch(rf"{PREFIX}[\w-]{{43}}", issued.text)
    caller = tokens.principal_of(issued.text)
    assert (caller.subject, caller.duties) == ("sj", CLASSIFY)
    require(caller, Duty.CLASSIFY, NOW)
    for duty in set(Duty) - CLASSIFY:
        with pytest.raises(Forbidden):
            require(caller, duty, NOW)
    assert scope_of(caller, NOW) == NOTHING
    assert (issued.token.label, issued.token.created_by) == ("扫描室", "gly")


def test_two_tokens_differ_and_neither_is_kept_in_clear(tokens: MachineTokens, tmp_path: Path) -> None:
    texts = [tokens.issue("sj", BOTH, days=1).text for _ in range(2)]
    assert len(set(texts)) == 2
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("archive.db*"))
    for text in texts:
        assert text.encode() not in stored
        assert text not in repr(tokens.store.tokens())


def test_a_token_ends_with_its_day_and_when_it_is_revoked(tokens: MachineTokens, clock: Clock) -> None:
    dying, revoked = (tokens.issue("sj", BOTH, days=2) for _ in range(2))
    tokens.revoke(revoked.token.token_id)
    assert [is_refused(tokens, dying.text), is_refused(tokens, revoked.text)] == [False, True]
    clock.now += timedelta(days=2)
    assert is_refused(tokens, dying.text)


def test_a_token_ends_with_its_account(tokens: MachineTokens, clock: Clock) -> None:
    brief, closed = tokens.issue("brief", BOTH, days=2), tokens.issue("sj", BOTH, days=2)
    clock.now += timedelta(days=1)
    tokens.accounts.set_disabled("sj", disabled=True)
    assert [is_refused(tokens, brief.text), is_refused(tokens, closed.text)] == [True, True]


@pytest.mark.parametrize("text", ["", PREFIX, "x" * 47, f"{PREFIX}{'a' * 43}", f"{PREFIX}{'一' * 43}"])
def test_anything_else_is_refused_in_the_same_words(tokens: MachineTokens, text: str) -> None:
    assert is_refused(tokens, text)


@pytest.mark.parametrize("name", ["clerk", "both"])
def test_people_have_no_machine_tokens(tokens: MachineTokens, name: str) -> None:
    with pytest.raises(InvalidInput, match="intake"):
        tokens.issue(name, CLASSIFY, days=1)


def test_what_cannot_be_issued(tokens: MachineTokens) -> None:
    for duties in (frozenset[Duty](), frozenset({Duty.SEARCH}), BOTH | {Duty.READ}):
        with pytest.raises(InvalidInput):
            tokens.issue("sj", duties, days=1)
    for days in (0, MAX_DAYS + 1):
        with pytest.raises(InvalidInput):
            tokens.issue("sj", BOTH, days=days)
    with pytest.raises(NotVisible):
        tokens.issue("nobody", BOTH, days=1)
    tokens.accounts.set_disabled("sj", disabled=True)
    with pytest.raises(InvalidInput, match="停用"):
        tokens.issue("sj", BOTH, days=1)


def test_use_is_noted_once_an_hour(tokens: MachineTokens, clock: Clock) -> None:
    issued = tokens.issue("sj", BOTH, days=1)
    used = []
    for minutes in (0, 59, 1):
        clock.now += timedelta(minutes=minutes)
        tokens.principal_of(issued.text)
        used.append(tokens.store.tokens("sj")[0].last_used_at)
    assert used == [NOW, NOW, NOW + timedelta(hours=1)]
