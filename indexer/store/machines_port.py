"""Machine accounts as the use cases see them: tokens, webhooks, and the notices that are still owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from models.access.roles import Duty


@dataclass(frozen=True, slots=True)
class MachineToken:
    """What is known of a token once it was shown; ``duties`` is all it may be used for. Times are UTC."""

    token_id: str
    subject: str
    label: str
    duties: frozenset[Duty]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def holds_at(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where an account is told of its finished jobs; the secret is asked for by itself."""

    webhook_id: str
    subject: str
    url: str
    created_by: str
    created_at: datetime
    disabled_at: datetime | None = None


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up after the last attempt; an administrator may send it again."""
    CANCELLED = "cancelled"
    """Its webhook was disabled."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice to one webhook. ``body`` is JSON without personal data, the same in every attempt.

    ``last_status``: HTTP status of the last answer, if there was one; ``last_code``: why it was no success.
    """

    delivery_id: str
    webhook_id: str
    event: str
    body: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_at: datetime
    last_status: int | None = None
    last_code: str | None = None
    ended_at: datetime | None = None


class TokenStore(Protocol):
    def keep(self, token: MachineToken, token_key: str) -> None:
        """Keep a new token under the keyed hash of its text."""
        ...

    def by_key(self, token_key: str) -> MachineToken | None: ...

    def tokens(self, subject: str | None = None) -> list[MachineToken]:
        """Return all tokens, or one account's, the oldest first."""
        ...

    def revoke(self, token_id: str, at: datetime) -> MachineToken:
        """End a token; a second time changes nothing. NotVisible where there is none."""
        ...

    def used(self, token_id: str, at: datetime) -> None: ...


class WebhookStore(Protocol):
    def add(self, webhook: Webhook, secret: bytes) -> None: ...

    def webhook(self, webhook_id: str) -> Webhook:
        """NotVisible where there is none."""
        ...

    def webhooks(self, subject: str | None = None) -> list[Webhook]: ...

    def secret(self, webhook_id: str) -> bytes: ...

    def disable(self, webhook_id: str, at: datetime) -> Webhook:
        """Send nothing more there: what waits is cancelled; a second time changes nothing."""
        ...

    def claim(self, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
        """Take up to ``limit`` due notices, at most one per webhook, the oldest first.

        A webhook one of whose notices is claimed by anybody gets no second one meanwhile; a claim that is
        neither ``delivered`` nor ``failed`` lapses after ``lease``, so that a crash loses nothing.
        """
        ...

    def delivered(self, delivery_id: str, at: datetime, status: int) -> None: ...

    def failed(
        self, delivery_id: str, at: datetime, status: int | None, code: str, next_at: datetime | None
    ) -> None:
        """Record an attempt without success; ``next_at`` None means it is given up (dead)."""
        ...

    def deliveries(
        self, *, webhook_id: str | None = None, state: DeliveryState | None = None, limit: int = 100
    ) -> list[Delivery]:
        """Return notices, the latest first."""
        ...

    def send_again(self, delivery_id: str, now: datetime) -> Delivery:
        """Make a dead notice due again with all its attempts before it.

        Raises:
            NotVisible: there is none.
            Conflict: it is not dead, or its webhook is disabled.
        """
        ...

    def forget_delivered(self, before: datetime) -> int:
        """Delete notices that ended well before that moment; return how many."""
        ...
