"""Signatures of notices: HMAC-SHA256 (RFC 2104, FIPS 180-4) over timestamp and body.

Header ``X-Chadang-Signature: t=<seconds since 1970, UTC>,v1=<hex>``; what is signed is the timestamp, a full
stop and the body, byte for byte. Every attempt is signed anew, so a receiver refuses what is old.
"""

from __future__ import annotations

import hmac
import re

HEADER = "X-Chadang-Signature"
REPLAY_WINDOW_S = 300
MIN_SECRET_CHARACTERS = 32

_FORM = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})", re.ASCII)


def signature_of(secret: bytes, body: bytes, at_s: int) -> str:
    """Return the value of the header for a body sent at ``at_s`` (seconds since 1970, UTC)."""
    return f"t={at_s},v1={_digest(secret, body, at_s)}"


def is_authentic(
    secret: bytes, header: str, body: bytes, now_s: int, window_s: int = REPLAY_WINDOW_S
) -> bool:
    """Whether ``header`` was made with ``secret`` for this very body within ``window_s`` of ``now_s``."""
    found = _FORM.fullmatch(header)
    if found is None or abs(now_s - int(found[1])) > window_s:
        return False
    return hmac.compare_digest(found[2], _digest(secret, body, int(found[1])))


def _digest(secret: bytes, body: bytes, at_s: int) -> str:
    return hmac.new(secret, b"%d." % at_s + body, "sha256").hexdigest()
