"""Passwords, lock-out and access tokens."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.authentication import (
    LockOut,
    Tokens,
    authenticate,
    hash_password,
    purpose_for,
    verify,
)
from indexer.store.port import Account
from models.access.principal import Principal, Role
from models.archive.levels import AccessLevel, Line
from models.errors import Forbidden, InvalidInput, Unauthenticated

NOW = datetime.now(UTC)
RIGHT = "经办大厅2026年第一号"
WRONG = "不是这个口令啊啊啊"
KEY = bytes(range(32))
RULE = LockOut(failures=3, minutes=15)


class DictAccounts:
    """Accounts in a dictionary; obeys the `AccountStore` port."""

    def __init__(self, *accounts: Account) -> None:
        self.by_name = {account.principal.subject: account for account in accounts}

    def add_account(self, account: Account) -> None:
        self.by_name[account.principal.subject] = account

    def account(self, name: str) -> Account | None:
        return self.by_name.get(name)

    def accounts(self) -> list[Account]:
        return list(self.by_name.values())

    def record_failure(self, name: str, *, failures: int, locked_until: datetime | None) -> None:
        self.by_name[name] = replace(self.by_name[name], failures=failures, locked_until=locked_until)

    def set_disabled(self, name: str, *, disabled: bool) -> None:
        self.by_name[name] = replace(self.by_name[name], disabled=disabled)


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


def test_after_a_lock_the_count_begins_anew() -> None:
    accounts = DictAccounts(clerk(failures=3, locked_until=NOW))
    assert not attempt(accounts, WRONG)
    assert attempt(accounts, RIGHT)


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


def tokens_for(accounts: DictAccounts, *, now: datetime | None = None) -> Tokens:
    return Tokens(accounts, KEY, timedelta(minutes=30), lambda: now or datetime.now(UTC))


def test_a_token_gives_the_account_as_it_stands_now_with_the_tokens_purpose() -> None:
    accounts = DictAccounts(clerk())
    tokens = tokens_for(accounts)
    token = tokens.issue(clerk(), "查阅答复").text
    moved = replace(clerk().principal, region_prefixes=("500299",))
    accounts.add_account(clerk(principal=moved))
    assert tokens.principal_of(token) == replace(moved, purpose="查阅答复")


@pytest.mark.parametrize(
    "now_stored",
    [
        pytest.param(clerk(disabled=True), id="disabled"),
        pytest.param(clerk(password_hash=None), id="password taken away"),
        pytest.param(clerk(password_hash=hash_password("另一个口令2026年")), id="password changed"),
        pytest.param(
            clerk(principal=replace(clerk().principal, roles=frozenset({Role.SUPERVISOR}))),
            id="role without the purpose",
        ),
        pytest.param(None, id="account gone"),
    ],
)
def test_a_change_of_the_account_ends_its_tokens_at_once(now_stored: Account | None) -> None:
    accounts = DictAccounts(clerk())
    tokens = tokens_for(accounts)
    token = tokens.issue(clerk(), "业务经办").text
    assert tokens.principal_of(token).subject == "jb"
    accounts.by_name.clear()
    if now_stored is not None:
        accounts.add_account(now_stored)
    with pytest.raises(Unauthenticated):
        tokens.principal_of(token)


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."
    )


def forged(how: str, claims: dict[str, Any]) -> str:
    """Return a token that is wrong in one way: by name, or ``claim=value`` (``claim=-`` leaves it out)."""
    head, body, signature = jwt.encode(claims, KEY, algorithm="HS256").split(".")
    admin = jwt.encode(claims | {"sub": "admin"}, KEY, algorithm="HS256").split(".")[1]
    named = {
        "none": _unsigned(claims),
        "other key": jwt.encode(claims, bytes(32), algorithm="HS256"),
        "HS512": jwt.encode(claims, KEY * 2, algorithm="HS512"),
        "HS512 same key": jwt.encode(claims, KEY, algorithm="HS512"),
        "other body": f"{head}.{admin}.{signature}",
        "no signature": f"{head}.{body}.",
    }
    if how in named:
        return named[how]
    changed, _, value = how.partition("=")
    kept = {name: claim for name, claim in claims.items() if name != changed}
    return jwt.encode(kept if value == "-" else kept | {changed: value}, KEY, algorithm="HS256")


@pytest.mark.parametrize(
    "how",
    [
        "none",
        "other key",
        "HS512",
        "HS512 same key",
        "other body",
        "no signature",
        "iss=x",
        "aud=x",
        "sub=x",
        "pwd=x",
    ]
    + [f"{claim}=-" for claim in ("iss", "aud", "sub", "iat", "exp", "jti", "purpose", "pwd")],
)
def test_forged_tokens_are_refused(how: str) -> None:
    tokens = tokens_for(DictAccounts(clerk()))
    good = tokens.issue(clerk(), "业务经办").text
    assert tokens.principal_of(jwt.encode(_claims(good), KEY, algorithm="HS256")).subject == "jb"
    with pytest.raises(Unauthenticated):
        tokens.principal_of(forged(how, _claims(good)))


def test_an_expired_token_is_refused() -> None:
    accounts = DictAccounts(clerk())
    old = tokens_for(accounts, now=datetime.now(UTC) - timedelta(minutes=31)).issue(clerk(), "业务经办")
    with pytest.raises(Unauthenticated):
        tokens_for(accounts).principal_of(old.text)


@settings(max_examples=200)
@given(
    st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True)
)
def test_anything_else_is_refused_and_never_breaks(token: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens_for(DictAccounts(clerk())).principal_of(token)
