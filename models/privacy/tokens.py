"""Tokens in place of values: the same for one value throughout an archive, different in every other."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes, hmac

from models.privacy.checksums import compact
from models.text.normalisation import normalise

_KEY_BYTES = 32
_TOKEN_DIGITS = 12


class Tokeniser:
    """HMAC-SM3 (GB/T 15852.2, GB/T 32905-2016) under the key of one archive.

    A plain hash could be undone by trying all numbers; without the key nothing can be tried.
    """

    def __init__(self, key: bytes) -> None:
        """Take the ``key`` of the archive, 32 bytes at least.

        Raises:
            ValueError: the key is shorter.
        """
        if len(key) < _KEY_BYTES:
            raise ValueError("key of 32 bytes needed")
        self._key = key

    def token(self, label: str, value: str) -> str:
        """Return 〔label-digits〕; blanks, dashes, width and letter case of ``value`` make no difference."""
        mac = hmac.HMAC(self._key, hashes.SM3())
        mac.update(f"{label}\x00{compact(normalise(value))}".encode("utf-8", "surrogatepass"))
        return f"〔{label}-{mac.finalize().hex()[:_TOKEN_DIGITS]}〕"
