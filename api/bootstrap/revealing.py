"""Masked values shown in clear: who asks, who approves, who reviews."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from api.bootstrap.engines import Engines

if TYPE_CHECKING:
    from indexer.reveal_approvals import RevealApprovals
    from indexer.reveal_reviews import EmergencyReviews
    from indexer.reveals import Reveals


class Revealing(Engines):
    """Masked values shown in clear: who asks, who approves, who reviews."""

    @cached_property
    def reveals(self) -> Reveals:
        from indexer.reveals import Reveals

        return Reveals(**self._desk)

    @cached_property
    def reveal_approvals(self) -> RevealApprovals:
        from indexer.reveal_approvals import RevealApprovals

        return RevealApprovals(**self._desk)

    @cached_property
    def emergency_reviews(self) -> EmergencyReviews:
        from indexer.reveal_reviews import EmergencyReviews

        return EmergencyReviews(**self._desk)

    @cached_property
    def _desk(self) -> dict[str, Any]:
        from indexer.store.reveals_sqlalchemy import SqlRevealStore

        return {
            "store": self.store,
            "reveals": SqlRevealStore(self.engine, self.sealer),
            "audit": self.audit,
            "detector": lambda: self.detector,
            "clock": self.clock,
            "via": self.via,
        }
