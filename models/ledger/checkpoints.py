"""Checkpoints: what the archive signs of the ledger, as a note that can be printed.

The form is a signed note with the lines of a transparency-log checkpoint (C2SP signed-note and
tlog-checkpoint, v1.0.0): origin, size, root in base64; then own lines. The root is of SM3, which the line
``hash SM3`` says; signatures are Ed25519 (RFC 8032).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_DASH = "\u2014 "
_ED25519 = b"\x01"
_LINES = 7


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The ledger at one size; ``root`` and ``head`` (the digest of the last entry) in hex, ``at`` in UTC."""

    number: int
    size: int
    root: str
    head: str
    at: datetime
    note: str
    """The signed text."""


class LedgerKey:
    """The archive's signing key for checkpoints and receipts, with the name that stands in notes."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()
        self.origin = f"chadang-ledger-{hashlib.sha256(self.public).hexdigest()[:16]}"

    @property
    def public_hex(self) -> str:
        return self.public.hex()

    def sign(self, body: bytes) -> bytes:
        return self._key.sign(body)

    def checkpoint(self, number: int, size: int, root: bytes, head: str, at: datetime) -> Checkpoint:
        """Return the signed checkpoint; times count in whole seconds."""
        moment = at.astimezone(UTC).replace(microsecond=0)
        lines = [
            self.origin,
            str(size),
            base64.b64encode(root).decode(),
            f"head {head}",
            f"time {moment.isoformat()}",
            f"number {number}",
            "hash SM3",
        ]
        text = "\n".join(lines) + "\n"
        signed = base64.b64encode(key_id(self.origin, self.public) + self.sign(text.encode())).decode()
        return Checkpoint(number, size, root.hex(), head, moment, f"{text}\n{_DASH}{self.origin} {signed}\n")


def key_id(origin: str, public: bytes) -> bytes:
    """Return the 4 bytes that name a key in a signed note."""
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + public).digest()[:4]


def read_note(note: str, public: bytes) -> Checkpoint:
    """Return what a note says.

    Raises:
        ValueError: it is no checkpoint, or was not signed with the key of ``public`` (32 bytes).
    """
    text, _, signatures = note.replace("\r\n", "\n").partition("\n\n")
    lines = text.split("\n")
    if len(lines) != _LINES or lines[6] != "hash SM3":
        raise ValueError("no checkpoint")
    _check_signature(text + "\n", signatures, lines[0], public)
    size, number = _number(lines[1]), _number(_after("number ", lines[5]))
    at = datetime.fromisoformat(_after("time ", lines[4]))
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error as error:
        raise ValueError("no root") from error
    return Checkpoint(number, size, root.hex(), _after("head ", lines[3]), at, note)


def _check_signature(text: str, signatures: str, origin: str, public: bytes) -> None:
    wanted = key_id(origin, public)
    for line in signatures.splitlines():
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            continue
        if line.startswith(_DASH) and name == origin and raw[:4] == wanted:
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
            except InvalidSignature:
                continue
            return
    raise ValueError("not signed by this key")


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise ValueError(word)
    return line.removeprefix(word)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("no number")
    return int(text)
