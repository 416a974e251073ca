"""Logging in over HTTP: lock-out, and tokens that were tampered with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

from models.access.principal import Role
from tests.e2e.http_archive import House, add_account, running_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("login"), max_login_failures=3) as house:
        yield house


def log_in(house: House, name: str, password: str) -> httpx.Response:
    answer: httpx.Response = house.client.post("/v1/token", json={"name": name, "password": password})
    return answer


def test_lock_out_wrong_password_and_unknown_name_have_one_answer(house: House) -> None:
    add_account(house.archive, "locked-clerk", Role.CLERK)
    wrong = [log_in(house, "locked-clerk", "不是这个口令啊啊啊") for _ in range(3)]
    locked = house.login("locked-clerk")  # the right password, too late
    unknown = house.login("no-such-clerk")
    answers = [*wrong, locked, unknown]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert unknown.headers["www-authenticate"].startswith("Bearer")
    house.archive.accounts.record_failure(
        "locked-clerk", failures=3, locked_until=datetime.now(UTC) - timedelta(seconds=1)
    )
    assert house.login("locked-clerk").status_code == 200


def test_a_token_that_was_changed_is_refused(house: House) -> None:
    good = house.login("clerk").json()["access_token"]
    claims = jwt.decode(good, options={"verify_signature": False})
    key = house.archive.sealer.signing_key
    past = datetime.now(UTC) - timedelta(hours=1)
    head, body, signature = good.split(".")
    bad = {
        "expired": jwt.encode(claims | {"exp": past}, key, algorithm="HS256"),
        "signed by another": jwt.encode(claims, bytes(32), algorithm="HS256"),
        "unsigned": jwt.encode(claims, "", algorithm="none"),
        "other audience": jwt.encode(claims | {"aud": "x"}, key, algorithm="HS256"),
        "flipped": f"{head}.{body}.{signature[:-2]}{'AA' if signature[-2:] != 'AA' else 'BB'}",
        "none": "",
        "not ours": "Zm9v",
    }
    got = {
        how: house.client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code
        for how, token in bad.items()
    }
    assert got == dict.fromkeys(bad, 401)
    assert house.client.get("/v1/me", headers={"Authorization": f"Bearer {good}"}).status_code == 200
    assert house.client.get("/v1/me", headers={"Authorization": f"Basic {good}"}).status_code == 401


def test_disabling_an_account_ends_its_token_at_once(house: House) -> None:
    add_account(house.archive, "leaving-clerk", Role.CLERK)
    headers = house.bearer("leaving-clerk")
    assert house.client.get("/v1/me", headers=headers).status_code == 200
    house.archive.accounts.set_disabled("leaving-clerk", disabled=True)
    assert house.client.get("/v1/me", headers=headers).status_code == 401
    assert house.login("leaving-clerk").status_code == 401


def test_an_account_without_password_cannot_log_in(house: House) -> None:
    from indexer.store.port import Account
    from models.access.principal import Principal

    house.archive.accounts.add_account(Account(Principal("no-login", frozenset({Role.CLERK})), None))
    assert house.login("no-login").status_code == 401
