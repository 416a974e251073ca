"""Finding people by name and number."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from api.bootstrap.foundation import Foundation

if TYPE_CHECKING:
    from indexer.person_keeping import PersonKeeping
    from indexer.store.persons_sqlalchemy import SqlPersonIndex

_TOLD_FROM = 100
"""Documents without tokens from which making them is worth a word."""


class Persons(Foundation):
    """Finding people by name and number."""

    @cached_property
    def person_index(self) -> SqlPersonIndex:
        from indexer.store.persons_sqlalchemy import SqlPersonIndex

        return SqlPersonIndex(self.engine, self.sealer, self.clock)

    @cached_property
    def person_keeping(self) -> PersonKeeping:
        from indexer.person_keeping import PersonKeeping

        return PersonKeeping(self.person_index, self.audit, self.clock, self.via)

    def complete_person_index(self) -> None:
        """Make the tokens that are missing, as at the first use of an archive from before there were any."""
        behind = self.person_index.behind()
        if behind > _TOLD_FROM:
            self.report(f"正在为 {behind} 份档案补建按人查找的索引（中断后可继续）……")
        if behind:
            self.person_index.catch_up()
