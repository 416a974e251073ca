"""A mark beside the database: the last entry written from this folder.

Whoever puts the database back to an earlier state, seals and all, does not thereby put back this file. It
is no proof against somebody who can write to the whole state folder: that takes a checkpoint kept elsewhere.
"""

from __future__ import annotations

import hmac
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from indexer.store.ledger_seals import LedgerSeals

_log = logging.getLogger("chadang.ledger")


@dataclass(frozen=True, slots=True)
class Mark:
    seq: int
    digest: str


class Witness:
    """One line in one file: number, digest and their keyed hash."""

    def __init__(self, path: Path, seals: LedgerSeals) -> None:
        self.path = path
        self._seals = seals

    def note(self, seq: int, digest: str) -> None:
        """Move the mark on to a later entry; an earlier one leaves it, and an unreadable mark stays."""
        try:
            known = self.read()
            if known is not None and known.seq >= seq:
                return
            self._write(self._line(seq, digest))
        except ValueError:
            _log.error("ledger ALARM: the mark beside the database is none of ours")
        except OSError:
            _log.warning("the mark beside the database could not be written")

    def read(self) -> Mark | None:
        """Return the mark, None where there is none yet; ValueError where it was changed."""
        try:
            line = self.path.read_bytes()
        except FileNotFoundError:
            return None
        number, digest, _ = line.decode("ascii").split(" ")
        seq = int(number)
        if not hmac.compare_digest(line, self._line(seq, digest)):
            raise ValueError("not our seal")
        return Mark(seq, digest)

    def _line(self, seq: int, digest: str) -> bytes:
        return f"{seq:020} {digest} {self._seals.witness(seq, digest)}\n".encode("ascii")

    def _write(self, line: bytes) -> None:
        """Write over the line, always of one length: cutting the file first costs milliseconds."""
        flags = os.O_WRONLY | os.O_CREAT
        try:
            descriptor = os.open(self.path, flags, 0o600)
        except FileNotFoundError:
            self.path.parent.mkdir(exist_ok=True)
            descriptor = os.open(self.path, flags, 0o600)
        try:
            os.pwrite(descriptor, line, 0)
        finally:
            os.close(descriptor)
