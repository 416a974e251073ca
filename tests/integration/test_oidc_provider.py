"""Log-in by way of a real OpenID provider, in a process of its own, over the network of this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from models.access.principal import Role
from tests.e2e.http_archive import LoadedArchive, add_account, settings_for
from tests.fakes_identity import quick_hash

REDIRECT = "https://console.example/callback"
CLIENT = "chadang-console"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "-p", str(port), "--require-nonce", "true"]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield _alive(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait()


def _alive(issuer: str, process: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        assert process.poll() is None, "the provider ended"
        try:
            known = httpx.get(f"{issuer}/.well-known/openid-configuration", trust_env=False).json()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return str(known["issuer"])
    raise AssertionError("the provider does not answer")


def configuration(issuer: str, *, log_in: bool, audience: str, loopback: bool = True) -> str:
    log_in_part = f"""
[provider.log_in]
client_id = "{CLIENT}"
client_secret_file = "secret"
authorization_url = "{issuer}/oauth2/authorize"
token_url = "{issuer}/oauth2/token"
redirect_uri = "{REDIRECT}"
"""
    return f"""
[[provider]]
name = "sso"
issuer = "{issuer}"
audience = "{audience}"
jwks_url = "{issuer}/jwks"
http_on_loopback = {str(loopback).lower()}

[provider.accounts]
"u-1" = "clerk"
"u-2" = "gone"
{log_in_part if log_in else ""}
"""


def client_in(folder: Path, text: str) -> TestClient:
    (folder / "oidc.toml").write_text(text)
    (folder / "secret").write_text("the client's own")
    archive = LoadedArchive(settings_for(folder / "state", oidc_file=folder / "oidc.toml"), "http")
    add_account(archive, "clerk", Role.CLERK, hashed=quick_hash("-"))
    return TestClient(create_app(archive), raise_server_exceptions=False)


@pytest.fixture
def client(issuer: str, tmp_path: Path) -> TestClient:
    return client_in(tmp_path, configuration(issuer, log_in=True, audience="chadang-api"))


def departed(client: TestClient) -> dict[str, str]:
    answer = client.post("/v1/oidc/login", json={"provider": "sso"})
    assert answer.status_code == 200, answer.text
    gone: dict[str, str] = answer.json()
    return gone


def approved(url: str, subject: str) -> dict[str, str]:
    """Log in at the provider as a browser would, and return what it sends back."""
    answer = httpx.post(url, data={"sub": subject}, trust_env=False)
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(REDIRECT)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def came_back(client: TestClient, flow: str, back: dict[str, str]) -> httpx.Response:
    sent = {"flow": flow, "state": back["state"], "code": back["code"]}
    answer: httpx.Response = client.post("/v1/oidc/callback", json=sent)
    return answer


def test_a_person_known_here_gets_a_session_with_the_roles_they_have_here(client: TestClient) -> None:
    gone = departed(client)
    answer = came_back(client, gone["flow"], approved(gone["authorization_url"], "u-1"))
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me = client.get("/v1/me", headers=headers).json()
    assert (me["name"], [role["role"] for role in me["roles"]]) == ("clerk", ["clerk"])
    assert client.get("/v1/me/sessions", headers=headers).json()["sessions"][0]["method"] == "oidc"
    assert client.delete("/v1/token", headers=headers).status_code == 204
    assert client.get("/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("subject", ["stranger", "clerk", "u-2"])
def test_nobody_else_does_and_no_account_is_made(client: TestClient, subject: str) -> None:
    gone = departed(client)
    assert came_back(client, gone["flow"], approved(gone["authorization_url"], subject)).status_code == 401


def test_a_code_is_redeemed_once_and_only_in_the_flow_it_belongs_to(client: TestClient) -> None:
    mine, other = departed(client), departed(client)
    back = approved(mine["authorization_url"], "u-1")
    refused = {
        "another's flow": came_back(client, other["flow"], back),
        "another's state": came_back(client, mine["flow"], back | {"state": "x"}),
        "flow that was changed": came_back(client, mine["flow"][:-8] + "AAAAAAA=", back),
        "code that was changed": came_back(client, mine["flow"], back | {"code": "x"}),
    }
    assert {how: answer.status_code for how, answer in refused.items()} == dict.fromkeys(refused, 401)
    assert came_back(client, mine["flow"], back).status_code == 200
    assert came_back(client, mine["flow"], back).status_code == 401


def test_a_code_put_under_ones_own_state_is_stopped_by_the_nonce(client: TestClient) -> None:
    mine, others = departed(client), departed(client)
    back = approved(others["authorization_url"], "u-1")
    state = parse_qs(urlsplit(mine["authorization_url"]).query)["state"][0]
    assert came_back(client, mine["flow"], back | {"state": state}).status_code == 401


def id_token(issuer: str, audience: str) -> str:
    """Return a JWT the provider signs for another client than the console."""
    asked = {"client_id": audience, "redirect_uri": REDIRECT, "response_type": "code", "scope": "openid"}
    url = str(
        httpx.URL(f"{issuer}/oauth2/authorize", params=asked | {"state": "s", "nonce": os.urandom(8).hex()})
    )
    redeemed = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "client_id": audience}
    redeemed |= {"code": approved(url, "u-1")["code"], "client_secret": "x"}
    answer = httpx.post(f"{issuer}/oauth2/token", data=redeemed, trust_env=False)
    token: str = answer.json()["id_token"]
    return token


def asked_with(client: TestClient, token: str) -> httpx.Response:
    answer: httpx.Response = client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    return answer


def test_a_bearer_token_of_the_provider_is_checked_against_the_keys_it_publishes(
    issuer: str, tmp_path: Path
) -> None:
    client = client_in(tmp_path, configuration(issuer, log_in=False, audience="api"))
    good = id_token(issuer, "api")
    assert asked_with(client, good).json()["name"] == "clerk"
    head, body, signature = good.split(".")
    assert asked_with(client, f"{head}.{body}.{signature[::-1]}").status_code == 401
    assert asked_with(client, id_token(issuer, "other")).status_code == 401
    assert client.delete("/v1/token", headers={"Authorization": f"Bearer {good}"}).status_code == 403


def test_keys_may_lie_in_a_file_where_there_is_no_network(issuer: str, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_bytes(httpx.get(f"{issuer}/jwks", trust_env=False).content)
    text = configuration(issuer, log_in=False, audience="api")
    client = client_in(tmp_path, text.replace(f'jwks_url = "{issuer}/jwks"', 'jwks_file = "keys.json"'))
    assert asked_with(client, id_token(issuer, "api")).status_code == 200


def test_an_address_inside_is_not_called_unless_the_file_allows_it(issuer: str, tmp_path: Path) -> None:
    client = client_in(tmp_path, configuration(issuer, log_in=False, audience="api", loopback=False))
    answer = asked_with(client, id_token(issuer, "api"))
    assert (answer.status_code, answer.json()["code"]) == (503, "dependency_failed")
    assert "127.0.0.1" not in json.dumps(answer.json())
