"""Sessions and their access tokens: what ends them, and what is not taken for one."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.admission import Demands, Owed
from api.hashing import hash_password
from api.sessions import SessionRules, Tokens
from indexer.store.identity_port import Credentials
from indexer.store.port import Account
from models.access.principal import Role
from models.errors import PasswordChangeOwed, SecondFactorOwed, Unauthenticated
from tests.fakes_identity import DictAccounts, MemorySessions
from tests.unit.test_api_authentication import clerk

KEY = bytes(range(32))
DEMANDS = Demands(second_factor=True, password_days=90)
RULES = SessionRules(timedelta(minutes=30), timedelta(minutes=15), 3)
NOW = datetime.now(UTC)


def tokens_for(
    accounts: DictAccounts,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    sessions: MemorySessions | None = None,
    demands: Demands = DEMANDS,
) -> Tokens:
    return Tokens(accounts, sessions or MemorySessions(), KEY, RULES, demands, clock)


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
        "sub=admin",
        "jti=x",
        "pwd=x",
    ]
    + [f"{claim}=-" for claim in ("iss", "aud", "sub", "iat", "exp", "jti", "purpose", "pwd")],
)
def test_forged_tokens_are_refused(how: str) -> None:
    admin = replace(clerk().principal, subject="admin")
    tokens = tokens_for(DictAccounts(clerk(), clerk(principal=admin)))
    good = tokens.issue(clerk(), "业务经办").text
    assert tokens.principal_of(jwt.encode(_claims(good), KEY, algorithm="HS256")).subject == "jb"
    with pytest.raises(Unauthenticated):
        tokens.principal_of(forged(how, _claims(good)))


def test_an_expired_token_is_refused() -> None:
    accounts, sessions = DictAccounts(clerk()), MemorySessions()
    long_ago = datetime.now(UTC) - timedelta(minutes=31)
    old = tokens_for(accounts, clock=lambda: long_ago, sessions=sessions).issue(clerk(), "业务经办")
    with pytest.raises(Unauthenticated):
        tokens_for(accounts, sessions=sessions).principal_of(old.text)


def test_a_purpose_in_the_token_is_not_believed_but_that_of_the_session() -> None:
    tokens = tokens_for(DictAccounts(clerk()))
    good = tokens.issue(clerk(), "业务经办").text
    other = jwt.encode(_claims(good) | {"purpose": "查阅答复"}, KEY, algorithm="HS256")
    assert tokens.principal_of(other).purpose == "业务经办"


def test_after_log_out_a_token_is_worth_nothing_and_others_go_on() -> None:
    tokens = tokens_for(DictAccounts(clerk()))
    stolen, other = (tokens.issue(clerk(), "业务经办") for _ in range(2))
    tokens.sessions.end(stolen.session.session_id, "jb", datetime.now(UTC))
    with pytest.raises(Unauthenticated):
        tokens.principal_of(stolen.text)
    assert tokens.principal_of(other.text).subject == "jb"


def test_a_new_session_beyond_the_most_ends_the_oldest() -> None:
    tokens = tokens_for(DictAccounts(clerk()))
    first, *rest = [tokens.issue(clerk(), "业务经办").text for _ in range(RULES.most + 1)]
    assert {tokens.principal_of(token).subject for token in rest} == {"jb"}
    with pytest.raises(Unauthenticated):
        tokens.principal_of(first)


@pytest.mark.parametrize(
    ("minutes", "goes_on"),
    [
        pytest.param((14, 28), True, id="never idle for a quarter of an hour"),
        pytest.param((16,), False, id="idle for longer"),
        pytest.param((16, 17), False, id="and a refused request wakes nothing"),
    ],
)
def test_idle_sessions_end(minutes: tuple[int, ...], goes_on: bool) -> None:
    begun = datetime.now(UTC)
    now = begun
    tokens = tokens_for(DictAccounts(clerk()), clock=lambda: now)
    token = tokens.issue(clerk(), "业务经办").text
    for minute in minutes:
        now = begun + timedelta(minutes=minute)
        if goes_on:
            assert tokens.principal_of(token).subject == "jb"
        else:
            with pytest.raises(Unauthenticated):
                tokens.principal_of(token)


def officer() -> Account:
    roles = frozenset({Role.PRIVACY_OFFICER})
    return clerk(principal=replace(clerk().principal, subject="ys", roles=roles, purpose="隐私检查"))


def test_a_role_that_needs_a_second_factor_gets_nothing_without_one() -> None:
    tokens = tokens_for(DictAccounts(officer()))
    weak = tokens.issue(officer(), "隐私检查")
    assert tokens.visitor_of(weak.text).owed == (Owed.SECOND_FACTOR,)
    with pytest.raises(SecondFactorOwed):
        tokens.principal_of(weak.text)
    strong = tokens.issue(officer(), "隐私检查", second_factor=True)
    assert tokens.principal_of(strong.text).subject == "ys"
    tokens.sessions.strengthen(weak.session.session_id)
    assert tokens.principal_of(weak.text).subject == "ys"


def test_where_second_factors_are_off_none_is_owed() -> None:
    tokens = tokens_for(DictAccounts(officer()), demands=Demands(second_factor=False))
    assert tokens.principal_of(tokens.issue(officer(), "隐私检查").text).subject == "ys"


@pytest.mark.parametrize(
    ("credentials", "owed"),
    [
        pytest.param(Credentials(must_change=True), True, id="after a reset"),
        pytest.param(Credentials(NOW - timedelta(days=91)), True, id="too old"),
        pytest.param(Credentials(NOW - timedelta(days=89)), False, id="young enough"),
    ],
)
def test_a_password_that_must_be_changed_comes_before_anything_else(
    credentials: Credentials, owed: bool
) -> None:
    sessions = MemorySessions()
    sessions.credentials["jb"] = credentials
    tokens = tokens_for(DictAccounts(clerk()), sessions=sessions)
    by_password, elsewhere = (tokens.issue(clerk(), "业务经办", method=m).text for m in ("password", "oidc"))
    assert tokens.principal_of(elsewhere).subject == "jb"
    if owed:
        with pytest.raises(PasswordChangeOwed):
            tokens.principal_of(by_password)
    else:
        assert tokens.principal_of(by_password).subject == "jb"


def test_an_account_that_holds_two_of_the_three_administrators_is_shut_out() -> None:
    tokens = tokens_for(DictAccounts(clerk()))
    token = tokens.issue(clerk(), "").text
    both = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})
    assert isinstance(tokens.accounts, DictAccounts)
    tokens.accounts.add_account(clerk(principal=replace(clerk().principal, roles=both)))
    with pytest.raises(Unauthenticated):
        tokens.principal_of(token)


@settings(max_examples=200)
@given(
    st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True)
)
def test_anything_else_is_refused_and_never_breaks(token: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens_for(DictAccounts(clerk())).principal_of(token)
