"""Tokens, webhooks and the outbox: what is kept, what is owed, and who may send it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.identifiers import new_id
from indexer.store.machine_tokens_sqlalchemy import SqlTokenStore
from indexer.store.machines_port import DeliveryState, MachineToken, Webhook
from indexer.store.port import Account, JobState
from indexer.store.webhooks_sqlalchemy import SqlWebhookStore
from models.access.principal import Duty, Principal, Role
from models.errors import Conflict, NotVisible
from tests.assembly import Archive, archive_in
from tests.strategies import NOW

LEASE = timedelta(seconds=60)
LATER = timedelta(days=400)
"""Jobs are stamped by the real clock; this is after them in any case."""


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    archive = archive_in(tmp_path)
    accounts = SqlAccountStore(archive.engine)
    for name in ("sj", "other"):
        accounts.add_account(Account(Principal(name, frozenset({Role.INTAKE})), None))
    yield archive
    archive.close()


@pytest.fixture
def webhooks(archive: Archive) -> SqlWebhookStore:
    return SqlWebhookStore(archive.engine, archive.sealer)


def token(subject: str = "sj") -> MachineToken:
    return MachineToken(
        new_id(), subject, "扫描仪", frozenset({Duty.CLASSIFY}), "gly", NOW, NOW + timedelta(days=1)
    )


def hook(webhooks: SqlWebhookStore, subject: str = "sj") -> Webhook:
    made = Webhook(new_id(), subject, "https://receiver.example/hook", "gly", NOW)
    webhooks.add(made, b"quite-secret")
    return made


def finished(archive: Archive, subject: str = "sj", **outcome: str) -> str:
    job, _ = archive.jobs.begin(subject, "request", None)
    archive.jobs.finish(job.job_id, JobState.DONE, {"kind": "stored"} | outcome)
    return job.job_id


def test_a_token_is_found_by_its_key_until_it_is_revoked(archive: Archive) -> None:
    tokens, made = SqlTokenStore(archive.engine), token()
    tokens.keep(made, "key-1")
    assert tokens.by_key("key-1") == made
    assert tokens.by_key("key-2") is None
    tokens.used(made.token_id, NOW)
    revoked = tokens.revoke(made.token_id, NOW)
    assert tokens.revoke(made.token_id, NOW + LATER) == revoked == tokens.by_key("key-1")
    assert (revoked.revoked_at, revoked.last_used_at) == (NOW, NOW)
    assert [made.holds_at(NOW), made.holds_at(made.expires_at), revoked.holds_at(NOW)] == [True, False, False]
    assert [tokens.tokens("sj"), tokens.tokens("other"), tokens.tokens()] == [[revoked], [], [revoked]]
    with pytest.raises(NotVisible):
        tokens.revoke(new_id(), NOW)


def test_a_secret_lies_sealed(archive: Archive, webhooks: SqlWebhookStore) -> None:
    made = hook(webhooks)
    assert webhooks.secret(made.webhook_id) == b"quite-secret"
    assert webhooks.webhook(made.webhook_id) == made
    stored = b"".join(path.read_bytes() for path in archive.folder.glob("archive.db*"))
    assert b"receiver.example" in stored
    assert b"quite-secret" not in stored


def test_a_finished_job_is_owed_to_every_active_webhook_of_its_account(
    archive: Archive, webhooks: SqlWebhookStore
) -> None:
    one, two, off = (hook(webhooks) for _ in range(3))
    hook(webhooks, "other")
    webhooks.disable(off.webhook_id, NOW)
    job_id = finished(archive, doc_id="d-1", decision="NEEDS_REVIEW", detail="一句话", notes="缺形成日期")
    owed = webhooks.claim(NOW + LATER, LEASE, 10)
    assert {d.webhook_id for d in owed} == {one.webhook_id, two.webhook_id}
    body = json.loads(owed[0].body)
    assert body["id"] == owed[0].delivery_id
    assert set(body) == {"id", "event", "at", "job_id", "state", "counts", "documents"}
    assert (body["job_id"], body["state"]) == (job_id, "done")
    assert body["counts"] == {"stored": 1, "duplicate": 0, "quarantined": 0, "failed": 0}
    assert body["documents"] == [{"doc_id": "d-1", "decision": "NEEDS_REVIEW"}]


def test_a_failed_job_is_told_too(archive: Archive, webhooks: SqlWebhookStore) -> None:
    hook(webhooks)
    job, _ = archive.jobs.begin("sj", "request", None)
    archive.jobs.finish(job.job_id, JobState.FAILED, {"code": "interrupted", "detail": "中断"})
    body = json.loads(webhooks.claim(NOW + LATER, LEASE, 1)[0].body)
    assert (body["state"], body["counts"]["failed"], body["documents"]) == ("failed", 1, [])


def test_one_notice_of_a_webhook_at_a_time_and_a_lapsed_claim_is_free(
    archive: Archive, webhooks: SqlWebhookStore
) -> None:
    hook(webhooks)
    for _ in range(2):
        finished(archive)
    now = NOW + LATER
    (first,) = webhooks.claim(now, LEASE, 10)
    assert webhooks.claim(now + timedelta(seconds=59), LEASE, 10) == []
    assert [d.delivery_id for d in webhooks.claim(now + LEASE, LEASE, 10)] == [first.delivery_id]
    webhooks.delivered(first.delivery_id, now, 204)
    (second,) = webhooks.claim(now, LEASE, 10)
    assert second.delivery_id != first.delivery_id


def test_a_failure_waits_for_its_time_and_the_last_one_is_a_dead_letter(
    archive: Archive, webhooks: SqlWebhookStore
) -> None:
    hook(webhooks)
    finished(archive)
    now = NOW + LATER
    (owed,) = webhooks.claim(now, LEASE, 1)
    webhooks.failed(owed.delivery_id, now, 500, "status", now + timedelta(seconds=10))
    assert webhooks.claim(now + timedelta(seconds=9), LEASE, 1) == []
    (again,) = webhooks.claim(now + timedelta(seconds=10), LEASE, 1)
    assert (again.attempts, again.last_status, again.last_code, again.body) == (1, 500, "status", owed.body)
    webhooks.failed(owed.delivery_id, now, None, "timed_out", None)
    (dead,) = webhooks.deliveries(state=DeliveryState.DEAD)
    assert (dead.attempts, dead.last_code, dead.ended_at) == (2, "timed_out", now)
    assert webhooks.claim(now + LATER, LEASE, 1) == []
    assert webhooks.send_again(dead.delivery_id, now).state is DeliveryState.WAITING
    assert [d.delivery_id for d in webhooks.claim(now, LEASE, 1)] == [dead.delivery_id]
    with pytest.raises(Conflict):
        webhooks.send_again(dead.delivery_id, now)


def test_disabling_cancels_what_waits(archive: Archive, webhooks: SqlWebhookStore) -> None:
    made = hook(webhooks)
    finished(archive)
    (owed,) = webhooks.claim(NOW + LATER, LEASE, 1)
    disabled = webhooks.disable(made.webhook_id, NOW)
    assert webhooks.disable(made.webhook_id, NOW + LATER) == disabled
    webhooks.failed(owed.delivery_id, NOW, 500, "status", NOW)  # it was under way
    (cancelled,) = webhooks.deliveries(webhook_id=made.webhook_id)
    assert cancelled.state is DeliveryState.CANCELLED
    assert webhooks.claim(NOW + LATER, LEASE, 1) == []


def test_old_notices_that_ended_well_are_forgotten(archive: Archive, webhooks: SqlWebhookStore) -> None:
    hook(webhooks)
    for _ in range(2):
        finished(archive)
    now = NOW + LATER
    webhooks.delivered(webhooks.claim(now, LEASE, 1)[0].delivery_id, now, 200)
    webhooks.failed(webhooks.claim(now, LEASE, 1)[0].delivery_id, now, None, "timed_out", None)
    assert webhooks.forget_delivered(now) == 0
    assert webhooks.forget_delivered(now + timedelta(seconds=1)) == 1
    assert [d.state for d in webhooks.deliveries()] == [DeliveryState.DEAD]


def test_what_is_not_there(archive: Archive, webhooks: SqlWebhookStore) -> None:
    absent = new_id()
    for act in (
        lambda: webhooks.webhook(absent),
        lambda: webhooks.secret(absent),
        lambda: webhooks.disable(absent, NOW),
        lambda: webhooks.send_again(absent, NOW),
        lambda: webhooks.delivered(absent, NOW, 200),
    ):
        with pytest.raises(NotVisible):
            act()
