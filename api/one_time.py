"""One-time codes by the clock (TOTP, RFC 6238) and recovery codes."""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

STEP_S = 30
DIGITS = 6
DRIFT_STEPS = 1
"""Codes of one step before and after count too: RFC 6238 §5.2 asks for no more than that."""

SECRET_BYTES = 20
RECOVERY_CODES = 10
_ISSUER = "chadang"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else
_HALF = 5


def new_secret() -> bytes:
    """Return 160 random bits, the length of the hash (RFC 4226 §4, R6)."""
    return secrets.token_bytes(SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    """Return the six digits of a time step (seconds since 1970 over 30). SHA-1 is what every app knows."""
    return HOTP(secret, DIGITS, SHA1()).generate(step).decode("ascii")  # noqa: S303 - RFC 6238 §1.2


def fitting_step(secret: bytes, code: str, at_s: float, after: int = -1) -> int | None:
    """Return the time step of a code, among those within drift and later than ``after``, else None."""
    now, found = int(at_s // STEP_S), None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if step > max(after, -1) and hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            found = step
    return found


def shown_secret(secret: bytes) -> str:
    return base64.b32encode(secret).decode("ascii").rstrip("=")


def enrolment_uri(secret: bytes, account: str) -> str:
    """Return what authenticator apps read from a QR code (otpauth, Key Uri Format)."""
    label = quote(f"{_ISSUER}:{account}", safe="")
    return f"otpauth://totp/{label}?" + urlencode(
        {"secret": shown_secret(secret), "issuer": _ISSUER, "digits": DIGITS, "period": STEP_S}
    )


def new_recovery_codes() -> tuple[str, ...]:
    """Return ten codes of 49 random bits each, as they are shown."""
    return tuple("-".join(_half() for _ in range(2)) for _ in range(RECOVERY_CODES))


def plain_recovery(code: str) -> str:
    """Return a recovery code as it is compared: small letters, no dash, no blanks."""
    return "".join(code.split()).replace("-", "").casefold()


def _half() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_HALF))
