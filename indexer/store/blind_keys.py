"""Tokens of the blind person index: keyed hashes under keys of one archive, one epoch, one use and one salt.

A token is ``SM4-E(bucket key, HMAC-SM3(use key, value)[:16])``. The hash is computed once a value, the block
cipher once a value and bucket, all values of a bucket in one call: a question asked over a province of
sixty buckets costs hashes by the piece, not by the piece and bucket. A pseudorandom function under a
pseudorandom permutation of an independent key is one again, so equal values of two buckets are unrelated
without the keys.

HMAC: RFC 2104 over SM3 (GB/T 32905-2016); SM4: GB/T 32907-2016; keys: HKDF (RFC 5869) of the master key and
a random salt.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from indexer.store.sealing import Sealer
from models.privacy.blind_index import Use

TOKEN_BYTES = 16
SALT_BYTES = 32
_SM4_KEY_BYTES = 16


def asked_mark(sealer: Sealer, use: Use, key: str) -> str:
    """Return the keyed hash under which the ledger says that a person was asked for; no token is like it."""
    return sealer.keyed_hash(f"{use}\x00{key}", "asked-person")


class BlindKeys:
    """The keys of one epoch; ``bucket`` (lines and 地市) keeps equal values apart in different places."""

    def __init__(self, sealer: Sealer, salt: bytes) -> None:
        self._sealer = sealer
        self._salt = salt
        self._begun = lru_cache(maxsize=len(Use))(self._begin)
        self._cipher = lru_cache(maxsize=4096)(self._cipher_of)

    def token(self, use: Use, bucket: str, key: str) -> bytes:
        """Return the token, 16 bytes: what is stored, and what is looked up."""
        return self.salted(bucket, self.hashed(use, key))

    def hashed(self, use: Use, key: str) -> bytes:
        """Return the hash of a value, 16 bytes: equal in every bucket, and never stored."""
        mac = self._begun(use).copy()
        mac.update(key.encode("utf-8", "surrogatepass"))
        return mac.finalize()[:TOKEN_BYTES]

    def salted(self, bucket: str, hashed: bytes) -> bytes:
        """Return the tokens in a bucket of values `hashed` one after the other, 16 bytes each."""
        # ECB is right here: each block is a keyed hash, and equal ones shall come out equal.
        return self._cipher(bucket).encryptor().update(hashed)

    def _begin(self, use: Use) -> hmac.HMAC:
        return hmac.HMAC(self._sealer.person_key(self._salt, f"hash\x00{use}"), hashes.SM3())

    def _cipher_of(self, bucket: str) -> Cipher[modes.ECB]:
        key = self._sealer.person_key(self._salt, f"salt\x00{bucket}")[:_SM4_KEY_BYTES]
        return Cipher(algorithms.SM4(key), modes.ECB())  # noqa: S305 - see `salted`
