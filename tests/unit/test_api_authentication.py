"""Passwords, second factors and lock-out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from api.authentication import (
    LockOut,
    authenticate,
    hash_password,
    purpose_for,
    verify,
)
from indexer.store.port import Account
from models.access.principal import Principal, Role
from models.archive.levels import AccessLevel, Line
from models.errors import Forbidden, InvalidInput, Unauthenticated
from tests.fakes_identity import DictAccounts, quick_hash

NOW = datetime.now(UTC)
RIGHT = "经办大厅2026年第一号"
WRONG = "不是这个口令啊啊啊"
RULE = LockOut(failures=3, minutes=15)


@cache
def right_hash() -> str:
    return hash_password(RIGHT)


def clerk(**changes: Any) -> Account:
    principal = Principal(
        "jb", frozenset({Role.CLERK}), Line.HRSS, ("500199",), AccessLevel.INTERNAL, "业务经办"
    )
    return replace(Account(principal, right_hash()), **changes)


def attempt(accounts: DictAccounts, password: str, now: datetime = NOW, name: str = "jb") -> bool:
    try:
        authenticate(accounts, name, password, now, RULE)
    except Unauthenticated:
        return False
    return True


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("短口令2026", id="seven characters"),
        pytest.param("202611221234", id="digits only"),
        pytest.param("１２３４５６７８９０", id="full-width digits only"),
        pytest.param("长" * 257, id="too long"),
        pytest.param("", id="empty"),
    ],
)
def test_easy_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        hash_password(password)
    assert password == "" or password not in refused.value.detail


def test_a_hash_fits_its_password_alone_and_is_argon2id() -> None:
    assert right_hash().startswith("$argon2id$")
    assert verify(right_hash(), RIGHT)
    assert not verify(right_hash(), WRONG)
    assert not verify("not a hash", RIGHT)


def test_the_last_allowed_failure_locks_and_the_right_password_waits_out_the_lock() -> None:
    accounts = DictAccounts(clerk())
    assert [attempt(accounts, WRONG) for _ in range(3)] == [False] * 3
    assert not attempt(accounts, RIGHT, NOW + timedelta(minutes=14, seconds=59))
    assert attempt(accounts, RIGHT, NOW + timedelta(minutes=15))
    assert accounts.by_name["jb"].failures == 0


def test_after_a_lock_there_are_as_many_tries_again() -> None:
    accounts = DictAccounts(clerk(failures=3, locked_until=NOW))
    assert not attempt(accounts, WRONG)
    assert attempt(accounts, RIGHT)


def test_locks_in_a_row_are_each_twice_as_long_up_to_sixteen_times() -> None:
    accounts, now, minutes = DictAccounts(clerk(password_hash=quick_hash(RIGHT))), NOW, []
    for _ in range(7):
        assert [attempt(accounts, WRONG, now) for _ in range(3)] == [False] * 3
        until = accounts.by_name["jb"].locked_until
        assert until is not None
        minutes.append((until - now) / timedelta(minutes=1))
        now = until
    assert minutes == [15, 30, 60, 120, 240, 240, 240]
    assert attempt(accounts, RIGHT, now)
    assert [attempt(accounts, WRONG, now) for _ in range(3)] == [False] * 3
    assert accounts.by_name["jb"].locked_until == now + timedelta(minutes=15)


def test_a_success_forgets_earlier_failures() -> None:
    accounts = DictAccounts(clerk())
    pattern = [WRONG, WRONG, RIGHT, WRONG, WRONG, RIGHT]
    assert [attempt(accounts, p) for p in pattern] == [False, False, True, False, False, True]


def test_guesses_sent_together_all_count() -> None:
    accounts = DictAccounts(clerk())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: attempt(accounts, WRONG), range(8)))
    assert not attempt(accounts, RIGHT)


@pytest.mark.parametrize(
    "account",
    [
        pytest.param(clerk(disabled=True), id="disabled"),
        pytest.param(clerk(password_hash=None), id="without password"),
        pytest.param(clerk(locked_until=NOW + timedelta(seconds=1)), id="locked"),
        pytest.param(clerk(principal=replace(clerk().principal, expires_at=NOW)), id="expired"),
    ],
)
def test_closed_accounts_and_unknown_names_are_answered_alike(account: Account) -> None:
    details = set()
    for accounts, name in ((DictAccounts(account), "jb"), (DictAccounts(), "nobody")):
        with pytest.raises(Unauthenticated) as refused:
            authenticate(accounts, name, RIGHT, NOW, RULE)
        details.add(refused.value.detail)
    assert len(details) == 1


def test_purpose_is_the_one_wanted_or_the_accounts_own_or_the_roles_first() -> None:
    reviewer = Account(Principal("fh", frozenset({Role.REVIEWER}), purpose="复核"), right_hash())
    assert purpose_for(reviewer, "查阅答复") == "查阅答复"
    assert purpose_for(reviewer, None) == "复核"
    without = replace(reviewer, principal=replace(reviewer.principal, purpose=""))
    assert purpose_for(without, None) == "业务经办"
    with pytest.raises(Forbidden):
        purpose_for(reviewer, "审计")
