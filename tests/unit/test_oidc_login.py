"""The authorization code flow: what goes out, and that PKCE binds a code to who asked for it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from api.admission import Demands
from api.oidc.configuration import Provider
from api.oidc.fetching import Fetcher
from api.oidc.login import Departure, OutsideLogIn, challenge_of
from api.oidc.providers import Providers, Trusted
from indexer.store.port import Account
from indexer.store.sealing import Sealer
from models.access.principal import Principal, Role
from models.errors import DependencyFailed, NotVisible, Unauthenticated
from tests.assembly import MASTER_KEY
from tests.fakes_identity import DictAccounts
from tests.unit.test_oidc_tokens import Known, keyset, rsa_key

PROVIDER = Provider.model_validate(
    {
        "name": "sso",
        "issuer": "https://sso.example.gov.cn",
        "jwks_file": "unused.json",
        "accounts": {"u-1": "jb"},
        "log_in": {
            "client_id": "console",
            "client_secret_file": "secret",
            "authorization_url": "https://sso.example.gov.cn/authorize?realm=a",
            "token_url": "https://sso.example.gov.cn/token",
            "redirect_uri": "https://console.example/callback",
        },
    }
)


class Exacting:
    """A token endpoint that gives nothing without the verifier of the challenge (RFC 7636 §4.6)."""

    def __init__(self) -> None:
        self.granted: dict[str, dict[str, str]] = {}
        self.headers: Mapping[str, str] = {}
        self.changes: dict[str, Any] = {}
        self.down = False

    def approve(self, url: str) -> str:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge_method"] == "S256"
        self.granted[code := f"code-{len(self.granted)}"] = asked
        return code

    def post(self, _: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if self.down:
            return 502, b""
        sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        asked, self.headers = self.granted.pop(sent["code"], None), headers
        if asked is None or challenge_of(sent["code_verifier"]) != asked["code_challenge"]:
            return 400, b'{"error":"invalid_grant"}'
        assert sent["redirect_uri"] == asked["redirect_uri"]
        now = int(time.time())
        claims = {"iss": PROVIDER.issuer, "aud": "console", "sub": "u-1", "iat": now, "exp": now + 60}
        claims |= {"nonce": asked["nonce"]} | self.changes
        token = jwt.encode(claims, rsa_key(), "RS256", headers={"kid": "r"})
        return 200, json.dumps({"id_token": token}).encode()


class Way:
    def __init__(self, folder: Path) -> None:
        self.now = datetime.now(UTC)
        (folder / "secret").write_text("a secret: /?\n")
        log_in = PROVIDER.log_in
        assert log_in is not None
        placed = log_in.model_copy(update={"client_secret_file": folder / "secret"})
        self.endpoint = Exacting()
        accounts = DictAccounts(Account(Principal("jb", frozenset({Role.CLERK})), None))
        trusted = Trusted(
            PROVIDER.model_copy(update={"log_in": placed}), keyset(), cast("Fetcher", self.endpoint)
        )
        known: Any = Known()
        demands = Demands(second_factor=True)
        providers = Providers({PROVIDER.issuer: trusted}, accounts, known, demands, lambda: self.now)
        self.log_in = OutsideLogIn(providers, Sealer(MASTER_KEY), lambda: self.now)

    def depart(self) -> tuple[Departure, str]:
        gone = self.log_in.begin("sso", "业务经办")
        return gone, parse_qs(urlsplit(gone.url).query)["state"][0]


@pytest.fixture
def way(tmp_path: Path) -> Way:
    return Way(tmp_path)


def test_the_challenge_is_that_of_rfc_7636_appendix_b() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_there_and_back(way: Way) -> None:
    gone, state = way.depart()
    found, purpose = way.log_in.finish(gone.flow, state, way.endpoint.approve(gone.url))
    assert (found.account.principal.subject, purpose, found.second_factor) == ("jb", "业务经办", False)
    assert way.endpoint.headers["Authorization"] == "Basic Y29uc29sZTphJTIwc2VjcmV0JTNBJTIwJTJGJTNG"


def test_nothing_secret_goes_out_in_the_address(way: Way) -> None:
    gone, _ = way.depart()
    asked = parse_qs(urlsplit(gone.url).query)
    assert "code_verifier" not in asked
    assert asked["realm"] == ["a"]
    assert asked["code_challenge"][0] not in gone.flow
    assert asked["nonce"][0] not in gone.flow


def test_a_stolen_code_is_worth_nothing_in_another_flow(way: Way) -> None:
    victim, _ = way.depart()
    thief, state = way.depart()
    with pytest.raises(Unauthenticated):
        way.log_in.finish(thief.flow, state, way.endpoint.approve(victim.url))


@pytest.mark.parametrize("late_s", [601, 86_400])
def test_a_flow_is_over_after_ten_minutes(way: Way, late_s: int) -> None:
    gone, state = way.depart()
    code = way.endpoint.approve(gone.url)
    way.now += timedelta(seconds=late_s)
    with pytest.raises(Unauthenticated):
        way.log_in.finish(gone.flow, state, code)


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "other"},
        {"nonce": None},
        {"aud": "chadang-api"},
        {"iss": "https://evil.example"},
        {"sub": "u-9"},
    ],
)
def test_an_id_token_that_is_not_of_this_flow_does_not_stand(way: Way, changes: dict[str, Any]) -> None:
    gone, state = way.depart()
    way.endpoint.changes = changes
    with pytest.raises(Unauthenticated):
        way.log_in.finish(gone.flow, state, way.endpoint.approve(gone.url))


def test_a_provider_in_trouble_is_told_as_such(way: Way) -> None:
    gone, state = way.depart()
    way.endpoint.down = True
    with pytest.raises(DependencyFailed):
        way.log_in.finish(gone.flow, state, "code")


def test_there_is_no_log_in_with_a_provider_nobody_named(way: Way) -> None:
    with pytest.raises(NotVisible):
        way.log_in.begin("other", None)
    assert urlsplit(way.log_in.begin(None, None).url).netloc == "sso.example.gov.cn"
