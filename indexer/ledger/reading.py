"""Use case: the ledger read, proven, verified and exported. Whoever looks at it is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from indexer.auditing import audited
from indexer.ledger.shown import Value, checkpoint_line, exported, known_checkpoints, whole_of
from indexer.store.ledger_port import Beginning, Ledger, Recorded, Wanted
from indexer.store.port import AuditLog
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import InvalidInput, NotVisible
from models.ledger.checkpoints import Checkpoint

MAX_LISTED = 500
_EMPTY = "台账还是空的，没有可签署的内容。"


class Misfit(Protocol):
    """The first entry that does not fit, and what about it."""

    @property
    def seq(self) -> int: ...

    @property
    def says(self) -> str: ...


class CheckedLog(AuditLog, Protocol):
    def check(self, against: tuple[Checkpoint, ...] = ()) -> Misfit | None:
        """Return the first thing that does not fit, also against checkpoints kept elsewhere."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """``next`` continues to earlier entries; None at the first."""

    entries: tuple[Recorded, ...]
    next: int | None


@dataclass(slots=True)
class LedgerReading:
    """For accounts with the duty to read the ledger, and for the operator of the machine (no name)."""

    ledger: Ledger
    audit: CheckedLog
    clock: Callable[[], datetime]
    via: str = "http"

    def page(self, wanted: Wanted, before: int | None, limit: int, principal: Principal) -> Page:
        """Return entries, the latest first.

        Raises:
            Forbidden: no duty to read the ledger. InvalidInput: ``limit`` is not 1 to `MAX_LISTED`.
        """
        if not 1 <= limit <= MAX_LISTED:
            raise InvalidInput(f"一次最多列出 {MAX_LISTED} 条。")
        with self._reading("audit_read", _told(wanted), principal):
            found = self.ledger.page(wanted, before, limit + 1)
        more = found[limit - 1].entry.seq if len(found) > limit else None
        return Page(tuple(found[:limit]), more)

    def one(self, seq: int, principal: Principal) -> Recorded:
        """Return one entry; NotVisible where there is none or it was moved out."""
        with self._reading("audit_read", str(seq), principal):
            return self.ledger.one(seq)

    def proof(self, seq: int, principal: Principal) -> Value:
        """Return an entry with its inclusion proof in a signed checkpoint, checkable by itself."""
        with self._reading("audit_proof", str(seq), principal) as now:
            recorded = self.ledger.one(seq)
            checkpoint = self._signed(now)
            (path,) = self.ledger.inclusion([seq], checkpoint.size)
        return self._headed("chadang-proof/1") | {
            "checkpoint": checkpoint.note,
            "entry": whole_of(recorded),
            "path": path,
        }

    def checkpoints(self, before: int | None, limit: int, principal: Principal) -> list[Checkpoint]:
        """Return signed checkpoints, the latest first."""
        with self._reading("audit_read", "checkpoints", principal):
            return self.ledger.checkpoints(before, limit)

    def checkpoint(self, principal: Principal) -> Checkpoint:
        """Sign the ledger as it stands, this act included.

        Raises:
            ArtifactTampered: it does not fit its seals.
        """
        with self._reading("audit_checkpoint", "", principal) as now:
            pass
        return self._signed(now)

    def consistency(self, old: Checkpoint, principal: Principal) -> Value:
        """Prove that today's ledger begins with the one that ``old`` was signed over."""
        with self._reading("audit_proof", f"{old.number}", principal) as now:
            new = self._signed(now)
            path = self.ledger.consistency(old.size, new.size)
        return self._headed("chadang-consistency/1") | {"old": old.note, "new": new.note, "path": path}

    def consistency_from(self, number: int, principal: Principal) -> Value:
        """Prove the same of a checkpoint by its number; NotVisible where there is none."""
        found = self.ledger.checkpoints(number + 1, 1)
        if not found or found[0].number != number:
            with self._reading("audit_proof", f"{number}", principal):
                raise NotVisible("没有这个检查点。")
        return self.consistency(found[0], principal)

    def verify(self, against: tuple[Checkpoint, ...], principal: Principal) -> Misfit | None:
        """Return the first thing that does not fit; a whole ledger is signed, a damaged one left as it is."""
        now = self.clock()
        self._require(principal, now)
        found = self.audit.check(against)
        if found is None:
            with self._reading("audit_verify", "", principal):
                pass
            self._signed(now)
        return found

    def export(self, since: datetime | None, principal: Principal) -> Iterator[Value]:
        """Yield the lines of an export from ``since`` on; the last one signed covers this export too."""
        with self._reading("audit_export", since.isoformat() if since else "", principal) as now:
            pass
        until, first = self._signed(now), self.ledger.moved_out()
        begin: Beginning = self.ledger.beginning(self.ledger.seq_at(since) if since else first)
        yield from exported(self.ledger, begin, until, now.isoformat(timespec="seconds"))

    def export_checkpoints(self, since: datetime | None, principal: Principal) -> Iterator[Value]:
        """Yield all checkpoints, oldest first, after one over the ledger as it stands."""
        with self._reading("audit_export", "checkpoints", principal) as now:
            pass
        self._signed(now)
        for checkpoint in reversed(known_checkpoints(self.ledger, down_to=0)):
            if since is None or checkpoint.at >= since:
                yield checkpoint_line(checkpoint)

    def _signed(self, now: datetime) -> Checkpoint:
        made = self.ledger.checkpoint(now)
        if made is None:
            raise NotVisible(_EMPTY)
        return made

    def _headed(self, form: str) -> Value:
        return {"format": form, "origin": self.ledger.origin, "public_key": self.ledger.public_key}

    def _require(self, principal: Principal, now: datetime) -> None:
        if principal.subject:
            require(principal, Duty.READ_AUDIT, now)

    @contextmanager
    def _reading(self, action: str, about: str, principal: Principal) -> Iterator[datetime]:
        now = self.clock()
        with audited(self.audit, principal, via=self.via, action=action, about=about, at=now):
            self._require(principal, now)
            yield now


def _told(wanted: Wanted) -> str:
    """Return what was looked for, to be recorded as a keyed hash."""
    period: Sequence[object] = (wanted.since, wanted.until)
    return "\x00".join(map(str, (wanted.account, wanted.action, *wanted.doc_ids, *period)))
