"""The courier: takes notices out of the outbox and sends them until they are received or given up.

A notice is claimed, sent and only then marked, so a crash at any moment means once more, never not at
all; receivers tell repetitions by its id.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ldexp
from threading import Event, Lock, Thread

from api.webhooks.sender import Receipt, Sender
from api.webhooks.signature import HEADER, signature_of
from indexer.store.machines_port import Delivery, WebhookStore
from models.errors import ArchiveError

MAX_DELAY_S = 6 * 3600
KEPT_DAYS = 30
"""How long a notice that ended well stays in the outbox."""

_AT_ONCE = 4
_POLL_S = 1.0
_LEASE_MARGIN_S = 30
_log = logging.getLogger("chadang.webhooks")


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """Without success: wait ``first_s``, then twice as long each time; dead after ``attempts``."""

    first_s: float
    attempts: int

    def delay_s(self, made: int, chance: float) -> float | None:
        """Return seconds until the next attempt after ``made`` of them, None where there is none.

        ``chance`` in [0, 1) spreads the delay over half to one and a half of it, so that receivers that
        were down together are not called together.
        """
        if made >= self.attempts:
            return None
        return min(MAX_DELAY_S, ldexp(self.first_s, made - 1)) * (0.5 + chance)


@dataclass(frozen=True, slots=True)
class Courier:
    """Sends what is due; ``told`` learns of every notice that was received or given up."""

    store: WebhookStore
    sender: Sender
    plan: RetryPlan
    clock: Callable[[], datetime]
    told: Callable[[Delivery, str], None] = lambda *_: None
    chance: Callable[[], float] = random.random

    def claim(self, limit: int) -> list[Delivery]:
        lease = timedelta(seconds=self.sender.timeout_s + _LEASE_MARGIN_S)
        return self.store.claim(self.clock(), lease, limit)

    def attempt(self, delivery: Delivery) -> Receipt:
        """Send one claimed notice and write down how that ended."""
        receipt = self.send(delivery)
        now = self.clock()
        if receipt.received and receipt.status is not None:
            self.store.delivered(delivery.delivery_id, now, receipt.status)
            self.told(delivery, "delivered")
            return receipt
        delay_s = self.plan.delay_s(delivery.attempts + 1, self.chance())
        next_at = now + timedelta(seconds=delay_s) if delay_s is not None else None
        self.store.failed(delivery.delivery_id, now, receipt.status, receipt.code, next_at)
        if next_at is None:
            _log.error("notice %s given up: %s", delivery.delivery_id, receipt.code)
            self.told(delivery, "dead")
        return receipt

    def send(self, delivery: Delivery) -> Receipt:
        """Send one notice, signed now."""
        webhook = self.store.webhook(delivery.webhook_id)
        body = delivery.body.encode()
        secret = self.store.secret(delivery.webhook_id)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "chadang-webhook/1",
            "Connection": "close",
            "X-Chadang-Event": delivery.event,
            "X-Chadang-Delivery": delivery.delivery_id,
            HEADER: signature_of(secret, body, int(self.clock().timestamp())),
        }
        return self.sender.post(webhook.url, body, headers)


class CourierThread:
    """Runs a courier beside the service, a few notices at once; start and stop with the service."""

    def __init__(self, courier: Courier, poll_s: float = _POLL_S) -> None:
        self._courier = courier
        self._poll_s = poll_s
        self._stop = Event()
        self._lock = Lock()
        self._under_way = 0
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="chadang-notices")
        self._thread = Thread(target=self._work, name="chadang-courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; what is under way ends within its time-out, what waits stays in the outbox."""
        self._stop.set()
        self._thread.join()
        self._pool.shutdown()

    def _work(self) -> None:
        try:
            forgotten = self._courier.clock() - timedelta(days=KEPT_DAYS)
            self._courier.store.forget_delivered(forgotten)
        except ArchiveError as error:
            _log.warning("old notices were not forgotten: %s", error.code)
        while not self._stop.is_set():
            if not self._sent_some():
                self._stop.wait(self._poll_s)

    def _sent_some(self) -> bool:
        with self._lock:
            free = _AT_ONCE - self._under_way
        try:
            claimed = self._courier.claim(free) if free else []
        except ArchiveError as error:
            _log.warning("the outbox cannot be read: %s", error.code)
            return False
        for delivery in claimed:
            with self._lock:
                self._under_way += 1
            self._pool.submit(self._attempt, delivery)
        return bool(claimed)

    def _attempt(self, delivery: Delivery) -> None:
        try:
            self._courier.attempt(delivery)
        except ArchiveError as error:
            _log.warning("notice %s was not sent: %s", delivery.delivery_id, error.code)
        except Exception as error:  # noqa: BLE001 - its claim lapses and it is tried again
            _log.error("notice %s was not sent: %s", delivery.delivery_id, type(error).__name__)
        finally:
            with self._lock:
                self._under_way -= 1
