"""Use case: where a machine account is told of its finished jobs. Registered by an administrator."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from api.machines import machine_account
from api.webhooks.addresses import target_of
from api.webhooks.courier import Courier
from api.webhooks.sender import Receipt
from api.webhooks.signature import MIN_SECRET_CHARACTERS
from indexer.notices import PING, ping
from indexer.store.identifiers import new_id
from indexer.store.machines_port import Delivery, DeliveryState, Webhook, WebhookStore
from indexer.store.port import AccountStore
from models.errors import Conflict, InvalidInput

MAX_WEBHOOKS = 5
"""Active ones of one account."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The only moment at which the secret is shown."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Adds, tries and ends webhooks."""

    accounts: AccountStore
    store: WebhookStore
    courier: Courier
    clock: Callable[[], datetime]

    def add(self, subject: str, url: str, *, secret: str = "", by: str = "") -> Registered:
        """Register a URL; without a secret one is made.

        Raises:
            InvalidInput: the account is none of a machine, or the secret is too short.
            AddressRefused: notices may not be sent there.
            DependencyFailed: the name cannot be resolved.
            Conflict: the account has enough of them.
        """
        machine_account(self.accounts, subject)
        if secret and (len(secret) < MIN_SECRET_CHARACTERS or not secret.isascii()):
            raise InvalidInput(f"密钥至少 {MIN_SECRET_CHARACTERS} 个字符，且只用英文字母、数字和符号。")
        sender = self.courier.sender
        target_of(url, sender.rule, sender.resolve)
        active = [webhook for webhook in self.store.webhooks(subject) if webhook.disabled_at is None]
        if len(active) >= MAX_WEBHOOKS:
            raise Conflict(f"一个账号最多有 {MAX_WEBHOOKS} 个在用的通知地址，请先停用不用的。")
        made = Registered(
            Webhook(new_id(), subject, url, by, self.clock()), secret or secrets.token_urlsafe(32)
        )
        self.store.add(made.webhook, made.secret.encode())
        return made

    def test(self, webhook_id: str) -> Receipt:
        """Send a ping now, once, past the outbox.

        Raises:
            NotVisible: there is no such webhook. Conflict: it is disabled.
        """
        if self.store.webhook(webhook_id).disabled_at is not None:
            raise Conflict("通知地址已停用，请另建地址。")
        now, notice_id = self.clock(), new_id()
        body = ping(notice_id, now.isoformat(timespec="seconds"))
        return self.courier.send(
            Delivery(notice_id, webhook_id, PING, body, DeliveryState.WAITING, 0, now, now)
        )

    def disable(self, webhook_id: str) -> Webhook:
        return self.store.disable(webhook_id, self.clock())

    def send_again(self, delivery_id: str) -> Delivery:
        """Make a dead letter due again."""
        return self.store.send_again(delivery_id, self.clock())
