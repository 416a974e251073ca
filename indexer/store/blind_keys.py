"""Tokens of the blind person index: HMAC-SM3 under keys of one archive, one epoch, one use and one salt.

HMAC: RFC 2104 over SM3 (GB/T 32905-2016); keys: HKDF (RFC 5869) of the master key and a random salt.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives import hashes, hmac

from indexer.store.sealing import Sealer
from models.privacy.blind_index import Use

TOKEN_BYTES = 16
SALT_BYTES = 32


class BlindKeys:
    """The keys of one epoch; ``bucket`` (lines and 地市) keeps equal values apart in different places."""

    def __init__(self, sealer: Sealer, salt: bytes) -> None:
        self._sealer = sealer
        self._salt = salt
        self._begun = lru_cache(maxsize=4096)(self._begin)

    def token(self, use: Use, bucket: str, key: str) -> bytes:
        """Return the token, 16 bytes: what is stored, and what is looked up."""
        mac = self._begun(use, bucket).copy()
        mac.update(key.encode("utf-8", "surrogatepass"))
        return mac.finalize()[:TOKEN_BYTES]

    def _begin(self, use: Use, bucket: str) -> hmac.HMAC:
        return hmac.HMAC(self._sealer.person_key(self._salt, f"{use}\x00{bucket}"), hashes.SM3())
