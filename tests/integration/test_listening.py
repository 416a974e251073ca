"""How the service listens: TLS, slow heads and bodies, hosts, headers, proxies."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi.testclient import TestClient

from api.app import create_app
from api.listening import is_loopback, server_for, tls_of
from models.access.principal import Role
from models.errors import InvalidInput
from tests.e2e.http_archive import PASSWORD, LoadedArchive, add_account, settings_for
from tests.fakes_identity import quick_hash


def certified(folder: Path) -> tuple[Path, Path]:
    """Return the files of a certificate for localhost and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    clear = serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, clear))
    return folder / "cert.pem", folder / "key.pem"


@contextmanager
def listening(state: Path, tls: ssl.SSLContext | None = None, **changes: Any) -> Iterator[int]:
    """Serve log-ins on a free port of this machine."""
    settings = settings_for(state, **changes)
    archive = LoadedArchive(settings, "http")
    add_account(archive, "clerk", Role.CLERK, hashed=quick_hash(PASSWORD))
    server = server_for(create_app(archive), settings, "127.0.0.1", 0, tls)
    server.config.lifespan = "off"  # no models are needed
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(30)
        archive.engine.dispose()


def shaken(port: int, trust: Path, version: ssl.TLSVersion) -> tuple[str, str]:
    """Return version and cipher that were agreed on; an error of ssl where none was."""
    context = ssl.create_default_context(cafile=trust)
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        cipher = wrapped.cipher()
        assert cipher is not None
        return str(wrapped.version()), cipher[0]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certified(tmp_path_factory.mktemp("tls"))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_of_today_and_nothing_older(files: tuple[Path, Path], tmp_path: Path) -> None:
    with listening(tmp_path / "state", tls_of(*files)) as port:
        assert shaken(port, files[0], ssl.TLSVersion.TLSv1_3)[0] == "TLSv1.3"
        version, cipher = shaken(port, files[0], ssl.TLSVersion.TLSv1_2)
        assert version == "TLSv1.2"
        assert cipher.startswith("ECDHE-")
        assert "GCM" in cipher or "CHACHA20" in cipher
        for old in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
            with pytest.raises(OSError):  # noqa: PT011 - by whichever side gives up first
                shaken(port, files[0], old)
        with httpx.Client(verify=ssl.create_default_context(cafile=files[0]), trust_env=False) as client:
            told = client.get(f"https://localhost:{port}/healthz")
        assert told.headers["strict-transport-security"].startswith("max-age=31536000")
        assert "server" not in told.headers


def test_files_that_are_no_pair_are_refused_in_words(files: tuple[Path, Path], tmp_path: Path) -> None:
    others = certified(tmp_path)
    for certificate, key in ((files[0], others[1]), (files[1], files[0]), (files[0], tmp_path / "none")):
        with pytest.raises(InvalidInput, match="--tls"):
            tls_of(certificate, key)


def test_who_sends_the_head_of_a_request_byte_by_byte_is_cut_off(tmp_path: Path) -> None:
    with listening(tmp_path / "state", header_timeout_s=0.5) as port:
        for begun in (b"", b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: "):
            with socket.create_connection(("127.0.0.1", port), 20) as slow:
                slow.sendall(begun)
                assert slow.recv(1) == b""
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            assert [client.get("/healthz").status_code for _ in range(3)] == [200] * 3
        with socket.create_connection(("127.0.0.1", port), 20) as second:
            second.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = second.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200")
            second.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")  # also on a connection that was used before
            while answer:
                answer = second.recv(65536)


def test_a_body_that_stops_arriving_is_not_waited_for(tmp_path: Path) -> None:
    head = (
        b"POST /v1/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    )
    with (
        listening(tmp_path / "state", body_timeout_s=0.5) as port,
        socket.create_connection(("127.0.0.1", port), 20) as slow,
    ):
        slow.sendall(head + b'{"name": "')
        assert slow.recv(65536).startswith(b"HTTP/1.1 408")


def test_a_head_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    with (
        listening(tmp_path / "state") as port,
        socket.create_connection(("127.0.0.1", port), 20) as much,
    ):
        much.sendall(b"GET /healthz HTTP/1.1\r\nX-Much: " + b"x" * 64_000)
        assert much.recv(65536).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(("proxies", "trusted"), [("", False), ("127.0.0.1", True), ("192.0.2.0/24", False)])
def test_only_named_proxies_are_believed_about_the_address(
    tmp_path: Path, proxies: str, trusted: bool
) -> None:
    limits: dict[str, Any] = {"login_rate_per_minute": 1, "login_rate_burst": 1, "trusted_proxies": proxies}
    body = {"name": "clerk", "password": PASSWORD}
    with (
        listening(tmp_path / "state", **limits) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        said = ({"X-Forwarded-For": f"198.51.100.{n}", "X-Forwarded-Proto": "https"} for n in range(2))
        told = [client.post("/v1/token", json=body, headers=each) for each in said]
    assert [answer.status_code for answer in told] == [200, 200 if trusted else 429]
    assert ("strict-transport-security" in told[0].headers) is trusted


@pytest.mark.parametrize(
    ("host", "only_here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - what is recognised
        ("::", False),
        ("192.0.2.1", False),
        ("chadang.example", False),
    ],
)
def test_what_only_this_machine_can_reach(host: str, only_here: bool) -> None:
    assert is_loopback(host) is only_here


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    settings = settings_for(tmp_path / "state", allowed_hosts="chadang.example [::1]")
    return TestClient(create_app(LoadedArchive(settings, "http")), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("chadang.example", 200),
        ("CHADANG.example:8443", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("chadang.example.evil.example", 421),
        ("chadang.example@evil.example", 421),
        ("", 421),
    ],
)
def test_a_request_to_a_host_that_is_not_ours_is_refused(client: TestClient, host: str, status: int) -> None:
    answer = client.get("/healthz", headers={"Host": host})
    assert answer.status_code == status
    assert "evil" not in answer.text


def test_every_answer_has_the_headers_of_a_careful_service(client: TestClient) -> None:
    for path, host in (("/healthz", "chadang.example"), ("/v1/me", "chadang.example"), ("/", "evil.example")):
        headers = client.get(path, headers={"Host": host}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert "strict-transport-security" not in headers  # not under TLS
    assert client.get("/v1/me", headers={"Host": "chadang.example"}).headers["cache-control"] == "no-store"


def test_two_hosts_are_none(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "state", allowed_hosts="a.example")
    app = create_app(LoadedArchive(settings, "http"))
    statuses: list[int] = []

    async def ask(hosts: list[bytes]) -> None:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            statuses.extend([message["status"]] if "status" in message else [])

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/healthz",
            "raw_path": b"/healthz",
            "scheme": "http",
        }
        scope |= {"query_string": b"", "root_path": "", "headers": [(b"host", host) for host in hosts]}
        await app(scope, receive, send)

    for hosts in ([b"a.example"], [b"a.example", b"evil.example"], []):
        asyncio.run(ask(hosts))
    assert statuses == [200, 421, 421]
