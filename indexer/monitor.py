"""The reference monitor: the store's own word, at the last moment, on whether a document may be shown.

The index and the visible set were made a moment ago; policy, grants, account and facts may have changed
since. Whatever the store does not permit now is dropped and counted. A drop that no change explains means
that index and store disagree: that one is an alarm. Neither counts nor log lines name anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from threading import Lock

from indexer.store.port import DocumentStore
from models.access.policy import reach_of
from models.access.principal import Principal
from models.access.scope import Predicate

_log = logging.getLogger("chadang.monitor")


class Cause(StrEnum):
    """Why a hit was dropped."""

    CHANGED = "changed"
    """Account, policy, grants or facts changed while the question was being answered, or a term ran out."""
    REPLACED = "replaced"
    """Its chunk was made anew meanwhile."""
    UNEXPLAINED = "unexplained"
    """Nothing changed: the index offered what the store never permitted."""


@dataclass(slots=True)
class Tally:
    """How many hits were checked and dropped since the process began; safe to share between threads."""

    checked: int = 0
    dropped: dict[Cause, int] = field(default_factory=lambda: dict.fromkeys(Cause, 0))
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, checked: int, cause: Cause, dropped: int) -> None:
        with self._lock:
            self.checked += checked
            self.dropped[cause] += dropped

    @property
    def all_dropped(self) -> int:
        return sum(self.dropped.values())


@dataclass(frozen=True, slots=True)
class Since:
    """When and with which facts documents were looked for; ``epoch`` None: longer ago, on another page."""

    at: datetime
    epoch: int | None


@dataclass(slots=True)
class ReferenceMonitor:
    """Asks the store, not the index; one for all searches of a process."""

    store: DocumentStore
    clock: Callable[[], datetime]
    tally: Tally = field(default_factory=Tally)

    def permitted(
        self, doc_ids: Collection[str], principal: Principal, within: Predicate, since: Since
    ) -> frozenset[str]:
        """Return those that the principal may see now and that lie ``within``.

        ``since`` only tells a drop that something explains from one that nothing does.
        """
        now = self.clock()
        allowed = self.store.permitted(doc_ids, principal, now, within)
        lost = len(set(doc_ids) - allowed)
        cause = self._cause(principal, since, now) if lost else Cause.CHANGED
        self.tally.add(len(doc_ids), cause, lost)
        if cause is Cause.UNEXPLAINED:
            _log.error(
                "reference monitor ALARM: index and store disagree, %d of %d dropped", lost, len(doc_ids)
            )
        elif lost:
            _log.warning("reference monitor: %d of %d dropped after a change", lost, len(doc_ids))
        return allowed

    def replaced(self) -> None:
        """Count a hit whose chunk is gone."""
        self.tally.add(0, Cause.REPLACED, 1)

    def _cause(self, principal: Principal, since: Since, now: datetime) -> Cause:
        then, today = reach_of(principal, since.at), reach_of(self.store.standing(principal), now)
        same = then == today and self.store.facts_epoch() == since.epoch
        return Cause.UNEXPLAINED if same else Cause.CHANGED
