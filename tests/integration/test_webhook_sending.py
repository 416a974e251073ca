"""Notices over real sockets: pinned, timed, without redirects; retried until received or given up."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.webhooks.addresses import AddressRule
from api.webhooks.courier import Courier, CourierThread, RetryPlan
from api.webhooks.sender import Receipt, Sender, tls_trusting
from api.webhooks.signature import HEADER, is_authentic
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.identifiers import new_id
from indexer.store.machines_port import Delivery, DeliveryState, Webhook
from indexer.store.port import Account, JobState
from indexer.store.webhooks_sqlalchemy import SqlWebhookStore
from models.access.principal import Principal, Role
from models.errors import InvalidInput
from tests.assembly import Archive, archive_in
from tests.receiver import HOST, Receiver, certificate_for, receiving

TRIAL = AddressRule(http_on_loopback=True)
SECRET = b"0123456789abcdef0123456789abcdef"
BODY = b'{"id":"1"}'


class Loopback:
    """Every name is this machine; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, host: str, port: int) -> list[str]:
        assert (host, port) != ("", 0)
        self.asked += 1
        return ["127.0.0.1"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def sender(**changes: object) -> Sender:
    return replace(Sender(TRIAL, 5.0, resolve=Loopback()), **changes)  # type: ignore[arg-type]


def test_a_notice_goes_to_the_address_that_was_judged_under_its_name(receiver: Receiver) -> None:
    names = Loopback()
    receipt = sender(resolve=names).post(f"http://{HOST}:{receiver.port}/in?a=1", BODY, {"X-One": "1"})
    assert (receipt, receipt.received, names.asked) == (Receipt(204), True, 1)
    (got,) = receiver.got
    assert (got.path, got.body, got.headers["X-One"]) == ("/in?a=1", BODY, "1")
    assert got.headers["Host"] == f"{HOST}:{receiver.port}"


@pytest.mark.parametrize(("status", "code"), [(200, ""), (302, "redirect"), (404, "status"), (503, "status")])
def test_only_a_success_is_one_and_redirects_are_not_followed(
    receiver: Receiver, status: int, code: str
) -> None:
    receiver.answers = [status]
    receiver.location = f"http://127.0.0.1:{receiver.port}/elsewhere"
    assert sender().post(f"http://{HOST}:{receiver.port}/in", BODY, {}) == Receipt(status, code)
    assert [got.path for got in receiver.got] == ["/in"]


def test_an_answer_that_drips_is_cut_off(receiver: Receiver) -> None:
    receiver.drip_s = 0.05
    begin = time.monotonic()
    receipt = sender(timeout_s=0.5).post(f"http://{HOST}:{receiver.port}/", BODY, {})
    assert receipt == Receipt(None, "timed_out")
    assert time.monotonic() - begin < 3


def test_a_receiver_that_says_nothing_times_out() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://{HOST}:{silent.getsockname()[1]}/"
        assert sender(timeout_s=0.3).post(url, BODY, {}) == Receipt(None, "timed_out")


def test_nobody_there() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert sender().post(f"http://{HOST}:{port}/", BODY, {}) == Receipt(None, "not_reached")


def test_addresses_are_judged_before_anything_is_sent(receiver: Receiver) -> None:
    strict = sender(rule=AddressRule())
    assert strict.post(f"https://{HOST}:{receiver.port}/", BODY, {}) == Receipt(None, "address_refused")
    unknown = sender(resolve=lambda *_: [])
    assert unknown.post(f"http://{HOST}/", BODY, {}) == Receipt(None, "not_resolved")
    assert receiver.got == []


def test_over_tls_the_certificate_is_the_names(tmp_path: Path) -> None:
    certificate, context = certificate_for(HOST, tmp_path)
    with receiving(context) as receiver:
        trusting = sender(tls=tls_trusting(certificate))
        assert trusting.post(f"https://{HOST}:{receiver.port}/in", BODY, {}) == Receipt(204)
        other = trusting.post(f"https://other.example:{receiver.port}/in", BODY, {})
        assert other == Receipt(None, "bad_certificate")
        assert sender().post(f"https://{HOST}:{receiver.port}/", BODY, {}).code == "bad_certificate"
        assert len(receiver.got) == 1
    (tmp_path / "none.pem").write_text("没有证书")
    with pytest.raises(InvalidInput):
        tls_trusting(tmp_path / "none.pem")


# -- the courier ---------------------------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    archive = archive_in(tmp_path)
    SqlAccountStore(archive.engine).add_account(Account(Principal("sj", frozenset({Role.INTAKE})), None))
    yield archive
    archive.close()


def courier(archive: Archive, told: list[str], **changes: object) -> Courier:
    store = SqlWebhookStore(archive.engine, archive.sealer)
    made = Courier(
        store,
        sender(timeout_s=3.0),
        RetryPlan(first_s=0.05, attempts=3),
        lambda: datetime.now(UTC),
        lambda _, outcome: told.append(outcome),
        chance=lambda: 0.5,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def register(store: object, receiver: Receiver) -> Webhook:
    assert isinstance(store, SqlWebhookStore)
    made = Webhook(new_id(), "sj", f"http://{HOST}:{receiver.port}/in", "gly", datetime.now(UTC))
    store.add(made, SECRET)
    return made


def finish_a_job(archive: Archive) -> str:
    job, _ = archive.jobs.begin("sj", "request", None)
    archive.jobs.finish(job.job_id, JobState.DONE, {"kind": "stored", "doc_id": "d", "decision": "ACCEPTED"})
    return job.job_id


def settled(store: object, count: int) -> list[Delivery]:
    """Return all notices once ``count`` of them wait no longer."""
    assert isinstance(store, SqlWebhookStore)
    for _ in range(600):
        found = store.deliveries()
        if sum(d.state is not DeliveryState.WAITING for d in found) >= count:
            return found
        time.sleep(0.02)
    raise AssertionError([d.state for d in store.deliveries()])


def test_refusals_are_retried_until_the_receiver_takes_it(archive: Archive, receiver: Receiver) -> None:
    told: list[str] = []
    working = courier(archive, told)
    register(working.store, receiver)
    receiver.answers = [500, 429, 200]
    job_id = finish_a_job(archive)
    thread = CourierThread(working, poll_s=0.02)
    thread.start()
    (delivery,) = settled(working.store, 1)
    thread.stop()
    assert (delivery.state, delivery.attempts, told) == (DeliveryState.DELIVERED, 3, ["delivered"])
    now_s = int(time.time())
    assert len({got.body for got in receiver.got}) == 1
    for got in receiver.got:
        assert json.loads(got.body)["job_id"] == job_id
        assert got.headers["X-Chadang-Delivery"] == json.loads(got.body)["id"] == delivery.delivery_id
        assert got.headers["X-Chadang-Event"] == "job.finished"
        assert is_authentic(SECRET, got.headers[HEADER], got.body, now_s)


def test_after_the_last_attempt_it_is_a_dead_letter(archive: Archive, receiver: Receiver) -> None:
    told: list[str] = []
    working = courier(archive, told)
    register(working.store, receiver)
    receiver.answers = [500]
    finish_a_job(archive)
    thread = CourierThread(working, poll_s=0.02)
    thread.start()
    (delivery,) = settled(working.store, 1)
    assert (delivery.state, delivery.attempts, delivery.last_status) == (DeliveryState.DEAD, 3, 500)
    while not told:  # the log is told after the outbox
        time.sleep(0.01)
    assert told == ["dead"]
    receiver.answers = [204]
    working.store.send_again(delivery.delivery_id, datetime.now(UTC))
    receiver.wait_for(4)
    assert settled(working.store, 1)[0].state is DeliveryState.DELIVERED
    thread.stop()


def test_what_a_dead_process_had_claimed_is_sent_by_the_next(archive: Archive, receiver: Receiver) -> None:
    first = courier(archive, [])
    register(first.store, receiver)
    finish_a_job(archive)
    (claimed,) = first.claim(1)
    first.send(claimed)  # it was received, and the process died before it could write that down
    later = courier(archive, [], clock=lambda: datetime.now(UTC) + timedelta(seconds=60))
    assert later.claim(1) == [claimed]
    assert later.attempt(claimed).received
    assert [json.loads(got.body)["id"] for got in receiver.got] == [claimed.delivery_id] * 2
    assert later.claim(1) == []


def test_a_slow_receiver_does_not_hold_up_another(archive: Archive, receiver: Receiver) -> None:
    working = courier(archive, [])
    with receiving() as slow:
        slow.drip_s = 0.05
        register(working.store, slow)
        quick = register(working.store, receiver)
        for _ in range(5):
            finish_a_job(archive)
        thread = CourierThread(working, poll_s=0.02)
        thread.start()
        receiver.wait_for(5, seconds=20)
        thread.stop()
    states = {d.state for d in working.store.deliveries(webhook_id=quick.webhook_id)}
    assert states == {DeliveryState.DELIVERED}


def test_delays_double_spread_and_end() -> None:
    plan = RetryPlan(first_s=10, attempts=4)
    assert [plan.delay_s(made, 0.5) for made in (1, 2, 3, 4)] == [10, 20, 40, None]
    assert plan.delay_s(1, 0.0) == 5
    assert plan.delay_s(1, 0.999) == pytest.approx(15, abs=0.02)
    assert RetryPlan(first_s=10, attempts=50).delay_s(40, 0.5) == 6 * 3600
