"""Use case: another master key, without rewriting what it protects; and how the keys stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from indexer.auditing import audited
from indexer.durable import Presence, only_writer
from indexer.store.key_ring import Epoch, KeyRing
from indexer.store.port import AuditLog
from indexer.store.sealing import Sealer
from models.access.policy import require
from models.access.principal import Duty, Principal


class Rewrappable(Protocol):
    """Holds wrapped keys: columns of the database, or files."""

    def rewrap(self, sealer: Sealer, done: Callable[[int], None]) -> None: ...

    def verify(self, sealer: Sealer) -> int: ...

    def epochs(self) -> Counter[int]: ...


class Columns(Rewrappable, Protocol):
    def require_complete(self) -> None: ...


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """``wrapped``: how many keys of content each epoch wraps (0: unreadable). ``settled``: nothing left."""

    epochs: tuple[Epoch, ...]
    wrapped: dict[int, int]
    settled: bool


@dataclass(frozen=True, slots=True)
class Rotated:
    """``epoch`` is the new one; ``keys`` opened under it; ``left_to_do``: for the operator, or ''."""

    epoch: int
    keys: int
    left_to_do: str


@dataclass(slots=True)
class KeyRotation:
    """Rotates the master key while nobody else uses the archive.

    Killed at any moment, the archive opens with whatever keys the source then holds, and the next run goes
    on. The old key is destroyed last, after every key was opened under the new one.
    """

    ring: KeyRing
    columns: Columns
    files: tuple[Rewrappable, ...]
    audit: AuditLog
    presence: Presence
    folder: Path
    clock: Callable[[], datetime]
    via: str = "cli"

    def status(self) -> KeyStatus:
        """Return epochs and what they wrap."""
        wrapped: Counter[int] = Counter()
        for holder in (self.columns, *self.files):
            wrapped.update(holder.epochs())
        return KeyStatus(tuple(self.ring.epochs()), dict(sorted(wrapped.items())), self.ring.is_settled())

    def rotate(self, by: Principal, done: Callable[[int], None] = lambda _: None) -> Rotated:
        """Wrap every key under another master key, or finish a rotation that was interrupted.

        ``done`` is told how many keys were wrapped since it was last called. ``by`` without a name is the
        operator of the machine.

        Raises:
            Forbidden: no duty to manage accounts and keys. Conflict: the archive is in use.
            ArtifactTampered: a key does not open; the old master key stays.
        """
        now = self.clock()
        with (
            audited(self.audit, by, via=self.via, action="keys_rotate", about="", at=now),
            only_writer(self.folder),
            self.presence.alone(),
        ):
            if by.subject:
                require(by, Duty.MANAGE_ACCOUNTS, now)
            self.columns.require_complete()
            if not self.ring.is_under_way():
                self.ring.begin_next()
            return self._finish(done)

    def _finish(self, done: Callable[[int], None]) -> Rotated:
        sealer = self.ring.sealer()
        holders: tuple[Rewrappable, ...] = (self.columns, *self.files)
        for holder in holders:
            holder.rewrap(sealer, done)
        only_new = self.ring.active_sealer()
        keys = sum(holder.verify(only_new) for holder in holders)
        self.ring.end_retiring()
        return Rotated(sealer.epoch, keys, self.ring.settle_source())
