"""Use case: the person index made complete, made anew, or given new keys; resumed where interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from indexer.auditing import audited
from indexer.store.persons_port import PersonIndex
from indexer.store.port import AuditLog
from models.access.policy import require
from models.access.principal import Duty, Principal

OPERATOR = Principal("", frozenset())
"""Whoever runs commands on the machine itself."""


@dataclass(slots=True)
class PersonKeeping:
    """For operators; each act is audited."""

    index: PersonIndex
    audit: AuditLog
    clock: Callable[[], datetime]
    via: str = "http"

    def behind(self) -> int:
        """Return how many documents cannot be found by all of their people yet."""
        return self.index.behind()

    def rebuild(self, principal: Principal, progress: Callable[[int], None], *, anew: bool = False) -> int:
        """Make the tokens that are missing or out of date, all if ``anew``; return of how many documents.

        Raises:
            Forbidden: an account without the duty to operate.
        """
        with self._maintaining(principal, "persons_rebuild"):
            if anew:
                self.index.remake()
            return self.index.catch_up(progress)

    def rotate_key(self, principal: Principal, progress: Callable[[int], None]) -> int:
        """Put every document under new keys and forget the old ones; return the number of the keys.

        Everybody is found all the while. One that was interrupted is gone on with, not begun again.

        Raises:
            Forbidden: an account without the duty to operate.
        """
        with self._maintaining(principal, "persons_rotate"):
            epoch = self.index.rotate()
            self.index.catch_up(progress)
            return epoch

    @contextmanager
    def _maintaining(self, principal: Principal, action: str) -> Iterator[None]:
        now = self.clock()
        if principal.subject:
            require(principal, Duty.OPERATE, now)
        with audited(self.audit, principal, via=self.via, action=action, about="", at=now):
            yield
