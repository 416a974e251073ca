"""Machine accounts from the command line to a notice: a real server, a real receiver, a crash in between."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.webhooks.signature import HEADER, is_authentic
from tests.e2e.cli_archive import Done, chadang
from tests.e2e.http_archive import METADATA, NAME, PENSION, PRINTED_ID, REGION, wait_until_ready
from tests.e2e.test_http_server import Server, serving
from tests.receiver import Received, Receiver, receiving

pytestmark = pytest.mark.slow

TRIAL = {"webhook_http_on_loopback": "true", "webhook_retry_s": "0.2", "webhook_attempts": "4"}
ENV = {f"CHADANG_{name.upper()}": value for name, value in TRIAL.items()}
PAYLOAD = {"id", "event", "at", "job_id", "state", "counts", "documents"}


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("webhooks") / "state"
    said("migrate", state=folder)
    said("user", "add", "sj", "--role", "intake", "--region", REGION, "--no-login", state=folder)
    said("user", "add", "aq", "--role", "security_admin", "--no-login", state=folder)
    said("user", "add", "xt", "--role", "system_admin", "--no-login", state=folder)
    return folder


@pytest.fixture
def state(made_once: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made_once, tmp_path / "state")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def said(*arguments: str, state: Path, stdin: bytes = b"") -> Done:
    done = chadang(*arguments, "--state", state, stdin=stdin, env=ENV)
    assert done.code == 0, done.err
    return done


def refused(*arguments: str, state: Path, stdin: bytes = b"", env: dict[str, str] | None = None) -> Done:
    done = chadang(*arguments, "--state", state, stdin=stdin, env=env or {})
    assert (done.code, done.out) == (2, ""), done.out
    return done


def bearer(state: Path) -> dict[str, str]:
    made = said("token", "create", "sj", "--json", state=state).json()
    return {"Authorization": f"Bearer {made['token']}"}


def hook(state: Path, receiver: Receiver) -> dict[str, Any]:
    url = f"http://127.0.0.1:{receiver.port}/chadang"
    made: dict[str, Any] = said("webhook", "add", "sj", url, "--as", "aq", "--json", state=state).json()
    return made


def done(server: Server, headers: dict[str, str], job_id: str) -> dict[str, Any]:
    for _ in range(900):
        job = server.job(headers, job_id)
        if job["state"] != "waiting":
            return job
        time.sleep(0.1)
    raise AssertionError("the job did not end")


def checked(got: Received, secret: str) -> dict[str, Any]:
    """Return a notice whose signature is good and which says no word of a document."""
    assert is_authentic(secret.encode(), got.headers[HEADER], got.body, int(time.time()))
    for value in (PRINTED_ID, NAME, "退休审批", "1.txt"):
        assert value not in got.body.decode()
    body: dict[str, Any] = json.loads(got.body)
    assert set(body) == PAYLOAD
    assert body["id"] == got.headers["X-Chadang-Delivery"]
    return body


def test_from_the_command_line_to_a_signed_notice(state: Path, receiver: Receiver, tmp_path: Path) -> None:
    headers, made = bearer(state), hook(state, receiver)
    receiver.answers = [503, 204]
    with serving(state, tmp_path / "log", **TRIAL) as server:
        wait_until_ready(server.client)
        job_id = server.deposit(headers, PENSION)
        first, second = (checked(got, made["secret"]) for got in receiver.wait_for(2))
        assert first == second
        job = done(server, headers, job_id)
        assert (first["job_id"], first["state"], first["counts"]["stored"]) == (job_id, "done", 1)
        decision = job["classification"]["decision"]
        assert first["documents"] == [{"doc_id": job["doc_id"], "decision": decision}]
        listed = said("webhook", "deliveries", "--json", state=state).json()
        assert [(d["state"], d["attempts"]) for d in listed] == [("delivered", 2)]
        (token,) = said("token", "list", "--json", state=state).json()
        assert (token["account"], token["scope"]) == ("sj", ["classify", "deposit"])
        said("token", "revoke", token["token_id"], "--as", "aq", state=state)
        assert server.client.get("/v1/me", headers=headers).status_code == 401
    log = (tmp_path / "log").read_text()
    for value in (headers["Authorization"][7:], made["secret"], PRINTED_ID):
        assert value not in log
    lines = [json.loads(line) for line in said("audit", "export", state=state).out.splitlines()]
    events = [line for line in lines if line["kind"] == "entry"]
    acts = {(e["action"], e["principal"], e["via"], e["outcome"]) for e in events}
    assert {
        ("token_create", "", "cli", "ok"),
        ("webhook_add", "aq", "cli", "ok"),
        ("notify", "sj", "webhook", "delivered"),
        ("token_revoke", "aq", "cli", "ok"),
    } <= acts
    assert said("audit", "verify", state=state).code == 0


def test_a_notice_outlives_a_crash_and_an_idempotent_deposit_a_restart(
    state: Path, receiver: Receiver, tmp_path: Path
) -> None:
    headers, made = bearer(state), hook(state, receiver)
    keyed = headers | {"Idempotency-Key": "2026-11-30/1"}
    receiver.answers = [500]
    with serving(state, tmp_path / "log", **(TRIAL | {"webhook_retry_s": "5"})) as server:
        wait_until_ready(server.client)
        job_id = server.deposit(keyed, PENSION)
        receiver.wait_for(1)
        job = done(server, headers, job_id)
        server.stop(signal.SIGKILL)
    waiting = said("webhook", "deliveries", "--only", "waiting", "--json", state=state).json()
    assert [d["last_status"] for d in waiting] == [500]
    receiver.answers = [204]
    with serving(state, tmp_path / "log", **TRIAL) as server:
        assert server.deposit(keyed, PENSION) == job_id
        assert server.job(headers, job_id) == job
        files = {"file": ("1.txt", "另一份".encode())}
        data = {"metadata": json.dumps(METADATA)}
        other = server.client.post("/v1/documents", headers=keyed, files=files, data=data)
        assert (other.status_code, other.json()["code"]) == (409, "conflict")
        last = checked(receiver.wait_for(2)[-1], made["secret"])
    assert (last["id"], last["job_id"]) == (waiting[0]["delivery_id"], job_id)


def test_an_interrupted_deposit_is_taken_up_by_the_same_request(
    state: Path, receiver: Receiver, tmp_path: Path
) -> None:
    headers = bearer(state)
    hook(state, receiver)
    keyed = headers | {"Idempotency-Key": "2026-11-30/2"}
    with serving(state, tmp_path / "log", **TRIAL) as server:
        job_id = server.deposit(keyed, PENSION)  # the models take seconds: it is still waiting
        server.stop(signal.SIGKILL)
    with serving(state, tmp_path / "log", **TRIAL) as server:
        assert server.job(headers, job_id)["code"] == "interrupted"
        assert server.deposit(keyed, PENSION) == job_id
        assert done(server, headers, job_id)["kind"] == "stored"
        states = [json.loads(got.body)["state"] for got in receiver.wait_for(2)]
    assert states == ["failed", "done"]


def test_dead_letters_are_listed_and_sent_again(state: Path, receiver: Receiver, tmp_path: Path) -> None:
    headers = bearer(state)
    made = hook(state, receiver)
    receiver.answers = [410]
    with serving(state, tmp_path / "log", **(TRIAL | {"webhook_attempts": "2"})) as server:
        wait_until_ready(server.client)
        server.deposit(headers, PENSION)
        receiver.wait_for(2)
        for _ in range(100):
            dead = said("webhook", "deliveries", "--only", "dead", "--json", state=state).json()
            if dead:
                break
        (letter,) = dead
        assert (letter["attempts"], letter["last_status"], letter["last_code"]) == (2, 410, "status")
        assert "已放弃" in said("webhook", "deliveries", state=state).out
        receiver.answers = [200]
        said("webhook", "deliveries", "--again", letter["delivery_id"], state=state)
        assert json.loads(receiver.wait_for(3)[-1].body)["id"] == letter["delivery_id"]
    said("webhook", "disable", made["webhook_id"], state=state)
    assert "已停用" in said("webhook", "list", state=state).out


def test_a_trial_without_the_server(state: Path, receiver: Receiver) -> None:
    made = hook(state, receiver)
    assert said("webhook", "test", made["webhook_id"], state=state).out == "已送达，对方回答 204。\n"
    (got,) = receiver.got
    assert json.loads(got.body)["event"] == "ping"
    assert is_authentic(made["secret"].encode(), got.headers[HEADER], got.body, int(time.time()))
    receiver.answers = [302]
    receiver.location = "http://169.254.169.254/latest"
    failed = chadang("webhook", "test", made["webhook_id"], "--state", state, env=ENV)
    assert (failed.code, failed.out) == (1, "没有送达：对方要求转到别处，不跟随，对方回答 302。\n")
    strict = chadang("webhook", "test", made["webhook_id"], "--state", state)
    assert (strict.code, strict.out) == (1, "没有送达：地址不允许（内网、本机等）。\n")


def test_what_the_command_line_refuses(state: Path, receiver: Receiver) -> None:
    url = f"http://127.0.0.1:{receiver.port}/"
    assert "https" in refused("webhook", "add", "sj", url, state=state).err
    assert "不对外" in refused("webhook", "add", "sj", "https://127.0.0.1/", state=state).err
    assert "不规范" in refused("webhook", "add", "sj", "https://2130706433/", state=state).err
    assert "intake" in refused("webhook", "add", "aq", url, state=state, env=ENV).err
    assert "没有此项权限" in refused("webhook", "add", "sj", url, "--as", "xt", state=state, env=ENV).err
    assert "没有此项权限" in refused("token", "create", "sj", "--as", "xt", state=state).err
    assert "intake" in refused("token", "create", "aq", state=state).err
    assert "用途" in refused("token", "create", "sj", "--scope", "search", state=state).err
    short = refused("webhook", "add", "sj", url, "--secret-stdin", state=state, stdin=b"short\n", env=ENV)
    assert "32" in short.err
    for command in ("token revoke", "webhook disable", "webhook test"):
        assert "没有这个" in refused(*command.split(), "absent", state=state).err
    assert said("webhook", "list", "--json", state=state).json() == []


def test_a_secret_of_ones_own_is_kept_sealed(state: Path, receiver: Receiver) -> None:
    secret = "k" * 40
    url = f"http://127.0.0.1:{receiver.port}/"
    made = said("webhook", "add", "sj", url, "--secret-stdin", state=state, stdin=f"{secret}\n".encode())
    assert made.out == f"{secret}\n"
    assert secret not in said("webhook", "list", "--json", state=state).out
    for path in state.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes()
