"""A real server on a loopback port: the journey, a clean stop, and what a killed process leaves."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.http_archive import (
    METADATA,
    NAME,
    PASSWORD,
    PENSION,
    PRINTED_ID,
    LoadedArchive,
    add_accounts,
    settings_for,
    wait_until_ready,
)

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Server:
    process: subprocess.Popen[bytes]
    client: httpx.Client

    def bearer(self, name: str) -> dict[str, str]:
        answer = self.client.post("/v1/token", json={"name": name, "password": PASSWORD})
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def deposit(self, headers: dict[str, str], text: str) -> str:
        files = {"file": (f"{PRINTED_ID}.txt", text.encode())}
        data = {"metadata": json.dumps(METADATA)}
        answer = self.client.post("/v1/documents", headers=headers, files=files, data=data)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    def job(self, headers: dict[str, str], job_id: str) -> dict[str, Any]:
        job: dict[str, Any] = self.client.get(f"/v1/jobs/{job_id}", headers=headers).json()
        return job

    def stop(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)


@contextmanager
def serving(state: Path, log: Path, **settings: str) -> Iterator[Server]:
    """Run the service in a process of its own; everything it writes goes to ``log``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.e2e.http_archive", str(state), str(port)]
    with log.open("ab") as stream:
        environment = os.environ | {f"CHADANG_{name.upper()}": value for name, value in settings.items()}
        process = subprocess.Popen(command, cwd=_ROOT, stdout=stream, stderr=stream, env=environment)  # noqa: S603
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
            _wait_until_alive(client, process)
            yield Server(process, client)
    finally:
        process.kill()
        process.wait()


def _wait_until_alive(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        assert process.poll() is None, "the server ended"
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    add_accounts(LoadedArchive(settings_for(tmp_path / "state"), "http"))
    return tmp_path / "state"


@pytest.mark.slow
def test_a_journey_then_a_clean_stop_and_no_value_in_any_log(state: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(state, log) as server:
        intake, clerk = server.bearer("intake"), server.bearer("clerk")
        job_id = server.deposit(intake, PENSION)  # while the models may still be loading
        wait_until_ready(server.client)
        while (job := server.job(intake, job_id))["state"] == "waiting":
            time.sleep(0.1)
        assert job["kind"] == "stored"
        query = {"query": f"{PRINTED_ID} 退休审批"}
        hits = server.client.post("/v1/search", headers=clerk, json=query).json()["hits"]
        assert [hit["doc_id"] for hit in hits] == [job["doc_id"]]
        assert server.client.get(f"/v1/documents/{PRINTED_ID}", headers=clerk).status_code == 404
        assert server.client.get(f"/{PRINTED_ID}").status_code == 404
        huge = server.client.post("/v1/documents", headers=intake, files={"file": b"1" * 3 * 2**20})
        assert huge.status_code == 413
        last = server.deposit(intake, "失业保险金申领登记表")
        assert server.stop(signal.SIGTERM) in (0, -signal.SIGTERM)
    assert list((state / "deposits").glob("*.open")) == []
    assert "chadang.http" in log.read_text()
    for value in (PRINTED_ID, NAME, PASSWORD):
        assert value not in log.read_text()
    with serving(state, log) as server:
        assert server.job(server.bearer("intake"), last)["kind"] == "stored"


@pytest.mark.slow
def test_what_a_killed_process_had_accepted_is_reported_as_failed(state: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(state, log) as server:
        intake = server.bearer("intake")
        job_id = server.deposit(intake, PENSION)  # the models take seconds: it is still waiting
        assert server.job(intake, job_id)["state"] == "waiting"
        server.stop(signal.SIGKILL)
    with serving(state, log) as server:
        intake = server.bearer("intake")
        job = server.job(intake, job_id)
        assert (job["state"], job["code"]) == ("failed", "interrupted")
        assert re.search("没有归档，请重新提交", job["detail"])
        wait_until_ready(server.client)
        again = server.deposit(intake, PENSION)
        while (job := server.job(intake, again))["state"] == "waiting":
            time.sleep(0.1)
        assert job["kind"] == "stored"
