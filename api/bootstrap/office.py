"""Who may do what, and who is told: grants, policies, machine accounts, notices."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from api.bootstrap.foundation import Foundation

if TYPE_CHECKING:
    from api.machines import MachineTokens
    from api.webhooks.registration import Webhooks
    from indexer.granting import Granting
    from indexer.policies import Policies
    from indexer.store.machines_port import Delivery


class Office(Foundation):
    """Who may do what, and who is told: grants, policies, machine accounts, notices."""

    @cached_property
    def granting(self) -> Granting:
        from indexer.granting import Granting

        return Granting(self.store, self.access, self.audit, self.clock, self.via)

    @cached_property
    def policies(self) -> Policies:
        from indexer.policies import Policies

        return Policies(self.store, self.access, self.accounts, self.audit, self.clock, self.via)

    @cached_property
    def machine_tokens(self) -> MachineTokens:
        from api.machines import MachineTokens
        from indexer.store.machine_tokens_sqlalchemy import SqlTokenStore

        return MachineTokens(self.accounts, SqlTokenStore(self.engine), self.sealer, self.clock)

    @cached_property
    def webhooks(self) -> Webhooks:
        from api.webhooks.addresses import AddressRule
        from api.webhooks.courier import Courier, RetryPlan
        from api.webhooks.registration import Webhooks
        from api.webhooks.sender import Sender, tls_trusting
        from indexer.store.webhooks_sqlalchemy import SqlWebhookStore

        settings = self.settings
        networks = tuple(settings.webhook_networks.split())
        rule = AddressRule(networks, settings.webhook_http_on_loopback)
        sender = Sender(rule, settings.webhook_timeout_s, tls_trusting(settings.webhook_ca_file))
        plan = RetryPlan(settings.webhook_retry_s, settings.webhook_attempts)
        store = SqlWebhookStore(self.engine, self.sealer)
        courier = Courier(store, sender, plan, self.clock, self._record_notice)
        return Webhooks(self.accounts, store, courier, self.clock)

    def _record_notice(self, delivery: Delivery, outcome: str) -> None:
        """Write to the audit log that a notice left the house, or was given up."""
        from indexer.notices import doc_ids_of
        from indexer.store.port import AuditEvent

        self.audit.record(
            AuditEvent(
                at=self.clock(),
                principal=self.webhooks.store.webhook(delivery.webhook_id).subject,
                via="webhook",
                purpose="",
                action="notify",
                doc_ids=doc_ids_of(delivery.body),
                query=self.audit.query_key(delivery.delivery_id),
                outcome=outcome,
            )
        )
