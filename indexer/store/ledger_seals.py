"""What only the holder of the master key can write: seals of entries and of the end, and secrets."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.store.sealing import Sealer
from models.ledger.checkpoints import LedgerKey


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the ledger: last entry, how many checkpoints there are, and where it once did not fit.

    ``broken``: the first position before which entries had gone when the ledger was written on, 0 for never.
    It stays for good, so that writing on hides nothing.
    """

    seq: int
    digest: str
    checkpoints: int
    broken: int = 0


class LedgerSeals:
    """Keyed hashes (HMAC-SM3, hex), each use its own, and the signing key."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self.key = LedgerKey(sealer.ledger_key)

    def question(self, text: str) -> str:
        return self._sealer.keyed_hash(text, "query")

    def secret(self, seq: int) -> str:
        """Return the secret that the salts of an entry follow from."""
        return self._sealer.keyed_hash(str(seq), "ledger-secret")

    def entry(self, seq: int, digest: str) -> str:
        return self._sealer.keyed_hash(f"{seq}:{digest}", "ledger-entry")

    def head(self, head: Head) -> str:
        return self._sealer.keyed_hash(
            f"{head.seq}:{head.digest}:{head.checkpoints}:{head.broken}", "ledger-head"
        )

    def first_head(self, seq: int, digest: str) -> str:
        """Return the seal of the end as it was written before schema 0009."""
        return self._sealer.keyed_hash(f"{seq}:{digest}", "audit")

    def witness(self, seq: int, digest: str) -> str:
        return self._sealer.keyed_hash(f"{seq}:{digest}", "ledger-witness")

    def pseudonym(self, account: str, about: str) -> str:
        """Return 8 hex digits that stand for an account in receipts about the same documents."""
        return self._sealer.keyed_hash(f"{about}\x00{account}", "ledger-pseudonym")[:8]
