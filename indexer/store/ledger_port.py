"""The ledger as its readers see it: pages, proofs, checkpoints, and moving old entries out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.ledger.checkpoints import Checkpoint
from models.ledger.entries import Entry


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry with its digest and the secret that opens it (both hex)."""

    entry: Entry
    digest: str
    secret: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; empty fields ask for nothing. ``since`` is included, ``until`` is not, both UTC."""

    account: str = ""
    action: str = ""
    doc_ids: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    after: int = 0
    """Only entries above this number."""
    asked: tuple[str, ...] = ()
    """Keyed hashes of what was asked for: with ``doc_ids``, entries that match either."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The tree before the first entry of an export: ``tops`` and ``head`` in hex."""

    size: int
    head: str
    tops: tuple[str, ...]


class Ledger(Protocol):
    """Reads raise ArtifactTampered where what they need does not fit its seals."""

    @property
    def origin(self) -> str:
        """The name that stands in checkpoints."""
        ...

    @property
    def public_key(self) -> str:
        """The key that signs checkpoints and receipts, hex."""
        ...

    def sign(self, body: bytes) -> str:
        """Return the signature in hex."""
        ...

    def page(self, wanted: Wanted, before: int | None, limit: int) -> list[Recorded]:
        """Return the latest ``limit`` entries below ``before``, the latest first."""
        ...

    def all(self, wanted: Wanted, until: int) -> Iterator[Recorded]:
        """Yield every entry up to and with ``until``, ascending."""
        ...

    def one(self, seq: int) -> Recorded:
        """Return one entry; NotVisible where there is none or it was moved out."""
        ...

    def checkpoint(self, at: datetime) -> Checkpoint | None:
        """Sign the ledger as it stands; None for an empty one."""
        ...

    def checkpoints(self, before: int | None, limit: int) -> list[Checkpoint]:
        """Return checkpoints with a number below ``before``, the latest first."""
        ...

    def inclusion(self, seqs: Sequence[int], size: int) -> list[list[str]]:
        """Return the paths (hex) that prove entries in the tree of ``size``."""
        ...

    def consistency(self, old: int, size: int) -> list[str]: ...

    def seq_at(self, moment: datetime) -> int:
        """Return the last entry before ``moment``; 0 where there is none, never less than was moved out."""
        ...

    def beginning(self, size: int) -> Beginning: ...

    def moved_out(self) -> int:
        """Return how many entries at the front lie in files by now."""
        ...

    def pseudonym(self, account: str, about: str) -> str: ...
