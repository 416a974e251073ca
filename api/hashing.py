"""Passwords as argon2id hashes."""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from models.access.passwords import check_password, password_rule

_hasher = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=2, type=Type.ID)
"""RFC 9106 §4, second recommended option (64 MiB, 3 passes), with the lanes of a small machine."""

_hashing = BoundedSemaphore(4)
"""Passwords checked at once: each takes 64 MiB, and a flood of log-ins must not take the memory."""


def hash_password(password: str, account: str = "") -> str:
    """Return the argon2id hash of a new password of ``account``.

    Raises:
        InvalidInput: the password is too easy or too long.
    """
    check_password(password, account)
    with _hashing:
        return _hasher.hash(password)


def verify(password_hash: str, password: str) -> bool:
    """Whether ``password`` is the one that was hashed; an unreadable hash fits nothing."""
    with _hashing:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


@cache
def nobodys_hash() -> str:
    """A hash that costs as much as a real one and fits no password anyone can send."""
    return _hasher.hash("\x00" * (password_rule().most_characters + 1))
