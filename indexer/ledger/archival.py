"""Use case: old entries are written to a signed file, checked there, and only then taken out of the ledger.

The chain and the tree go on; documents and their disposal are not concerned: no entry holds a word of one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from indexer.auditing import audited
from indexer.ledger.offline_verifier import Mismatch, check_file
from indexer.ledger.reading import CheckedLog
from indexer.ledger.shown import Value, exported, known_checkpoints
from indexer.store.ledger_archives import Cut, MovedFile
from indexer.store.ledger_port import Ledger
from models.access.policy import require
from models.access.principal import Duty, Principal
from models.errors import ArtifactTampered, Conflict, InvalidInput, StoreUnavailable
from models.ledger.checkpoints import Checkpoint
from models.ledger.merkle import TILE, sm3
from models.ledger.retention import movable_before

MoveOut = Callable[[int, MovedFile, datetime], Cut]
"""(size, file, now): sign the cut and delete the entries in one transaction."""


@dataclass(slots=True)
class LedgerArchival:
    """``keep_months``: what the office keeps; the law's six months hold whatever it says."""

    ledger: Ledger
    audit: CheckedLog
    move_out: MoveOut
    folder: Path
    clock: Callable[[], datetime]
    keep_months: int
    via: str = "cli"

    def archive(self, before: datetime, principal: Principal) -> Cut:
        """Move out whole tiles of entries older than ``before``.

        Raises:
            Forbidden: no duty to read the ledger. InvalidInput: ``before`` is within the time to be kept.
            Conflict: no whole tile is that old. ArtifactTampered: the ledger does not fit its seals.
        """
        now = self.clock()
        with audited(
            self.audit, principal, via=self.via, action="audit_archive", about=before.isoformat(), at=now
        ):
            if principal.subject:
                require(principal, Duty.READ_AUDIT, now)
            limit = movable_before(now, self.keep_months)
            if before > limit:
                raise InvalidInput(
                    f"台账须保存 {self.keep_months} 个月以上，只能移出 {limit:%Y-%m-%d} 以前的，"
                    "没有移出任何一条。"
                )
            found = self.audit.check()
            if found is not None:
                raise ArtifactTampered(f"台账在第 {found.seq} 条处不一致（{found.says}），没有移出任何一条。")
            until = self._last_whole(before)
            first = self.ledger.moved_out() + 1
            path = self.folder / f"ledger-{first:09}-{until.size:09}.jsonl"
            begin = self.ledger.beginning(first - 1)
            digest = _written(path, exported(self.ledger, begin, until, now.isoformat(timespec="seconds")))
            self._check(path)
            return self.move_out(until.size, MovedFile(path.name, digest), now)

    def _last_whole(self, before: datetime) -> Checkpoint:
        """Return the checkpoint over the last whole tile of which every entry is old enough."""
        last = self.ledger.seq_at(before)
        size, gone = last - last % TILE, self.ledger.moved_out()
        for checkpoint in known_checkpoints(self.ledger, down_to=size):
            if checkpoint.size == size > gone:
                return checkpoint
        raise Conflict(f"没有可移出的：每次移出 {TILE} 条的整数倍，更早的不足此数。")

    def _check(self, path: Path) -> None:
        try:
            check_file(path, bytes.fromhex(self.ledger.public_key))
        except (Mismatch, OSError) as error:
            raise StoreUnavailable("移出的文件核对不符，没有移出任何一条，请检查磁盘后重试。") from error


def _written(path: Path, lines: Iterable[Value]) -> str:
    """Write the lines, make them last, and return the SM3 of the file in hex."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        return sm3(path.read_bytes()).hex()
    except OSError as error:
        raise StoreUnavailable("移出的文件无法写入，没有移出任何一条，请检查磁盘与权限。") from error
