"""Ten thousand lines over a real server: answered in order, at the caller's pace, in bounded memory."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.inbox import INBOX_BYTES
from indexer.store.port import AuditEvent
from models.access.principal import Duty
from tests.e2e.http_archive import (
    PRINTED_ID,
    LoadedArchive,
    add_accounts,
    settings_for,
    wait_until_ready,
)
from tests.e2e.test_http_server import Server, serving

pytestmark = pytest.mark.slow

NDJSON = {"Content-Type": "application/x-ndjson"}
TEXTS = (
    "剖宫产能报多少",
    "我爸在工地摔伤了，工伤认定找谁",
    "企业职工退休审批表",
    "公积金贷款",
    "失业金领几个月",
)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batch") / "state"
    add_accounts(LoadedArchive(settings_for(folder), "http"))
    return folder


@pytest.fixture(scope="module")
def server(state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(state, tmp_path_factory.mktemp("log") / "log") as server:
        wait_until_ready(server.client)
        yield server


@pytest.fixture(scope="module")
def token(state: Path) -> str:
    tokens = LoadedArchive(settings_for(state), "cli").machine_tokens
    return tokens.issue("intake", frozenset({Duty.CLASSIFY}), days=1).text


@pytest.fixture(scope="module")
def machine(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} | NDJSON


def post(server: Server, headers: dict[str, str], body: bytes, seconds: float = 280) -> httpx.Response:
    return server.client.post("/v1/classify/batch", headers=headers, content=body, timeout=seconds)


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def resident_mib(server: Server) -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (kib,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return int(kib) / 1024


def test_ten_thousand_lines_from_a_caller_that_sends_all_before_it_reads(
    server: Server, machine: dict[str, str]
) -> None:
    asked = [{"id": n, "text": f"{TEXTS[n % 7 % 5]}，第{n}件" if n % 25 == 0 else ""} for n in range(10_000)]
    body = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in asked)
    before = resident_mib(server)
    answers = lines(post(server, machine, body))
    assert [answer["id"] for answer in answers] == list(range(10_000))
    assert {answer["decision"] for answer in answers} <= {"ACCEPTED", "NEEDS_REVIEW"}
    assert all(answer["labels"] and answer["prediction_set"] for answer in answers)
    assert resident_mib(server) - before < 400


def test_a_bad_line_is_an_error_in_its_place(server: Server, machine: dict[str, str]) -> None:
    good = {"id": "好", "text": f"企业职工退休审批表，公民身份号码{PRINTED_ID}"}
    body = b"\n".join([json.dumps(good).encode(), b"not json", b'{"id":"b"}', b"", json.dumps(good).encode()])
    first, torn, without, last = lines(post(server, machine, body))
    assert first == last
    assert first["insurance_type"] == "养老"
    assert PRINTED_ID not in json.dumps(first)
    assert (torn["id"], torn["error"]["code"]) == (None, "invalid_input")
    assert (without["id"], without["error"]["code"]) == ("b", "invalid_input")
    assert set(first) >= {"labels", "prediction_set", "decision", "material_type", "evidence", "retention"}


def test_too_many_lines_are_told_after_the_others(server: Server, machine: dict[str, str]) -> None:
    *answers, last = lines(post(server, machine, b'{"id":1,"text":""}\n' * 10_001))
    assert len(answers) == 10_000
    assert (last["id"], last["error"]["code"]) == (None, "too_large")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        pytest.param({"Content-Type": "application/json"}, 415, "unsupported_media", id="another type"),
        pytest.param(NDJSON | {"Content-Encoding": "gzip"}, 415, "unsupported_media", id="compressed"),
        pytest.param(NDJSON | {"Authorization": ""}, 401, "unauthenticated", id="nobody"),
        pytest.param(NDJSON | {"Authorization": "Bearer cdm_x"}, 401, "unauthenticated", id="no token"),
    ],
)
def test_what_is_refused_before_a_line_is_read(
    server: Server, machine: dict[str, str], headers: dict[str, str], status: int, code: str
) -> None:
    answer = post(server, machine | headers, b'{"id":1,"text":"x"}\n')
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def connected(server: Server, token: str, length: int, *, receive_bytes: int = 8192) -> socket.socket:
    """Open a request of its own by hand, for callers that read slowly or leave."""
    port = server.client.base_url.port
    assert port is not None
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    made.connect(("127.0.0.1", port))
    made.sendall(
        f"POST /v1/classify/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/x-ndjson\r\nContent-Length: {length}\r\n\r\n".encode()
    )
    return made


def opened(server: Server, token: str) -> socket.socket:
    """Begin a stream; the places of callers that left are given back as their leaving is noticed."""
    for _ in range(300):
        caller = connected(server, token, 10**6)
        caller.settimeout(60)
        if caller.recv(20).startswith(b"HTTP/1.1 200"):
            return caller
        caller.close()
        time.sleep(0.2)
    raise AssertionError("no place became free")


def test_a_declared_length_over_the_limit_is_a_problem(server: Server, token: str) -> None:
    with connected(server, token, 300 * 2**20) as caller:
        head = caller.recv(4096)
    assert head.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in head


def taken(caller: socket.socket, data: bytes, quiet_s: float) -> int:
    """Send until nothing has been taken for ``quiet_s`` seconds; return how many bytes were."""
    caller.settimeout(quiet_s)
    sent, view = 0, memoryview(data)
    while sent < len(data):
        try:
            sent += caller.send(view[sent : sent + 65536])
        except TimeoutError:
            break
    return sent


def test_a_caller_that_does_not_read_is_read_from_no_further(server: Server, token: str) -> None:
    line = json.dumps({"id": "号" * 30_000, "text": "工伤认定"}).encode() + b"\n"  # its answer is as long
    body = line * (120 * 2**20 // len(line))
    before = resident_mib(server)
    with connected(server, token, len(body)) as caller:
        sent = taken(caller, body, quiet_s=5)
        assert INBOX_BYTES // 2 < sent < INBOX_BYTES + 16 * 2**20
        assert resident_mib(server) - before < 200
        caller.settimeout(30)
        for _ in range(400):  # it reads on: so does the server
            caller.recv(65536)
        assert taken(caller, body[sent:], quiet_s=2) > len(line)
        assert server.client.get("/healthz").status_code == 200


def test_work_ends_when_the_caller_leaves(server: Server, state: Path, token: str) -> None:
    audit = LoadedArchive(settings_for(state), "http").audit

    def batches() -> list[AuditEvent]:
        return [event for _, event, _ in audit.events() if event.action == "classify_batch"]

    before = len(batches())
    body = json.dumps({"id": 1, "text": "工伤认定" * 200}).encode() + b"\n"
    with opened(server, token) as caller:
        caller.sendall(body * 300)
    for _ in range(600):
        if len(batches()) > before:
            break
        time.sleep(0.1)
    (last,) = batches()[before:]
    assert (last.outcome, last.principal, last.via) == ("disconnected", "intake", "http")


def test_a_third_stream_of_one_account_waits_its_turn(
    server: Server, token: str, machine: dict[str, str]
) -> None:
    with opened(server, token), opened(server, token):
        answer = post(server, machine, b"")
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
        assert answer.headers["retry-after"] == "10"


def test_a_revoked_token_ends_the_stream(server: Server, state: Path) -> None:
    tokens = LoadedArchive(settings_for(state), "cli").machine_tokens
    issued = tokens.issue("intake", frozenset({Duty.CLASSIFY}), days=1)
    with opened(server, issued.text) as caller:
        for sign in (b"insurance_type", b"unauthenticated"):
            caller.sendall('{"id":1,"text":"工伤认定"}\n'.encode())
            answered = b""
            while sign not in answered:
                more = caller.recv(65536)
                assert more, answered
                answered += more
            tokens.revoke(issued.token.token_id)
