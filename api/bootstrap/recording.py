"""The ledger of looks: read, proven, exported, moved out, and receipts from it."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from api.bootstrap.foundation import Foundation

if TYPE_CHECKING:
    from indexer.ledger.archival import LedgerArchival
    from indexer.ledger.reading import LedgerReading
    from indexer.ledger.receipts import Receipts
    from indexer.store.ledger_archives import Cut
    from indexer.store.ledger_reading import SqlLedger


class Recording(Foundation):
    """The ledger of looks: read, proven, exported, moved out, and receipts from it."""

    @cached_property
    def ledger(self) -> SqlLedger:
        from indexer.store.ledger_reading import SqlLedger

        return SqlLedger(self.audit)

    @cached_property
    def ledger_reading(self) -> LedgerReading:
        from indexer.ledger.reading import LedgerReading

        return LedgerReading(self.ledger, self.audit, self.clock, self.via)

    @cached_property
    def receipts(self) -> Receipts:
        from indexer.ledger.receipts import Receipts

        return Receipts(
            self.ledger, self.store, self.audit, self.clock, self.settings.receipt_accounts, self.via
        )

    @cached_property
    def ledger_archival(self) -> LedgerArchival:
        from indexer.ledger.archival import LedgerArchival
        from indexer.store.ledger_moving import move_out

        months = self.settings.ledger_keep_months
        moving = partial(move_out, self.audit, months=months)
        folder = self.folder / "ledger" / "archives"
        return LedgerArchival(self.ledger, self.audit, moving, folder, self.clock, months, self.via)

    def ledger_cuts(self) -> list[Cut]:
        """Return what was moved out so far; empty where its records do not fit (`audit verify` says so)."""
        from indexer.store.database import transaction
        from indexer.store.ledger_archives import cuts

        with transaction(self.engine) as session:
            found = cuts(session, self.audit.seals)
        return [] if isinstance(found, str) else found
