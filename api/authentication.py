"""Who is asking: local accounts with argon2id passwords, and the access tokens they are given."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore, Lock

import jwt
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from indexer.store.identifiers import new_id
from indexer.store.port import Account, AccountStore
from models.access.principal import Principal, Role, role_rules
from models.errors import Forbidden, InvalidInput, Unauthenticated

MIN_PASSWORD_CHARACTERS = 10
MAX_PASSWORD_CHARACTERS = 256
_ISSUER = "chadang"
_AUDIENCE = "chadang-api"
_ALGORITHM = "HS256"
_CLAIMS = ("iss", "aud", "sub", "iat", "exp", "jti", "purpose", "pwd")

_hasher = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=2, type=Type.ID)
"""RFC 9106 §4, second recommended option (64 MiB, 3 passes), with the lanes of a small machine."""

_hashing = BoundedSemaphore(4)
"""Passwords checked at once: each takes 64 MiB, and a flood of log-ins must not take the memory."""

_counting = Lock()
"""Attempts are counted one after another, so that guesses sent together all count."""


@dataclass(frozen=True, slots=True)
class LockOut:
    """After ``failures`` wrong passwords in a row an account is closed for ``minutes``."""

    failures: int
    minutes: int


def hash_password(password: str) -> str:
    """Return the argon2id hash of a new password.

    Raises:
        InvalidInput: the password is too easy or too long.
    """
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS or password.isdigit():
        raise InvalidInput(
            f"口令应有 {MIN_PASSWORD_CHARACTERS} 到 {MAX_PASSWORD_CHARACTERS} 个字符，且不能全是数字。"
        )
    with _hashing:
        return _hasher.hash(password)


def verify(password_hash: str, password: str) -> bool:
    """Whether ``password`` is the one that was hashed; an unreadable hash fits nothing."""
    with _hashing:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def authenticate(
    accounts: AccountStore, name: str, password: str, now: datetime, lock_out: LockOut
) -> Account:
    """Return the account whose password this is.

    Every attempt hashes once, and an unknown, locked, disabled or password-less account is
    answered like a wrong password. The attempt is counted before the password is looked at.

    Raises:
        Unauthenticated: one answer for every reason.
    """
    with _counting:
        account = accounts.account(name)
        password_hash = _usable_hash(account, now)
        if account is not None and password_hash is not None:
            _count_attempt(accounts, account, now, lock_out)
    fits = verify(password_hash or _nobodys_hash(), password)
    if account is None or password_hash is None or not fits:
        raise Unauthenticated("账号或口令不正确，或账号已暂时锁定；请核对后再试，或联系安全管理员。")
    accounts.record_failure(name, failures=0, locked_until=None)
    return account


def purpose_for(account: Account, wanted: str | None) -> str:
    """Return the purpose of a session: the one wanted, else the account's own, else its role's first.

    Raises:
        Forbidden: none of the account's roles has this purpose.
    """
    allowed = purposes_of(account.principal)
    if wanted is not None:
        if wanted not in allowed:
            raise Forbidden("当前岗位没有这一用途，请从岗位允许的用途中选择。")
        return wanted
    if account.principal.purpose in allowed:
        return account.principal.purpose
    return allowed[0] if allowed else ""


def purposes_of(principal: Principal) -> tuple[str, ...]:
    """Return the purposes of all roles, each once, in the order of the role table."""
    rules = [role_rules()[role] for role in Role if role in principal.roles]
    return tuple(dict.fromkeys(purpose for rule in rules for purpose in rule.purposes))


@dataclass(frozen=True, slots=True)
class AccessToken:
    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issues and reads access tokens (JWT, RFC 7519, signed HS256); nothing else is accepted."""

    accounts: AccountStore
    key: bytes
    life: timedelta
    clock: Callable[[], datetime]

    def issue(self, account: Account, purpose: str) -> AccessToken:
        now = self.clock()
        expires_at = (now + self.life).replace(microsecond=0)
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": account.principal.subject,
            "iat": now,
            "exp": expires_at,
            "jti": new_id(),
            "purpose": purpose,
            "pwd": self._password_mark(account),
        }
        return AccessToken(jwt.encode(claims, self.key, algorithm=_ALGORITHM), expires_at)

    def principal_of(self, token: str) -> Principal:
        """Return the principal as the account stands now, with the purpose of the token.

        The account is read each time: disabling it, or a new password, ends its tokens at once.

        Raises:
            Unauthenticated: the token is not ours, was altered, has expired, or its account is closed.
        """
        refused = Unauthenticated("登录已失效，请重新登录。")
        try:
            claims = jwt.decode(
                token,
                self.key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options={"require": list(_CLAIMS)},
            )
        except jwt.PyJWTError:
            raise refused from None
        account = self.accounts.account(claims["sub"])
        if account is None or account.disabled or account.password_hash is None:
            raise refused
        if not hmac.compare_digest(claims["pwd"], self._password_mark(account)):
            raise refused
        if claims["purpose"] and claims["purpose"] not in purposes_of(account.principal):
            raise refused
        return replace(account.principal, purpose=claims["purpose"])

    def _password_mark(self, account: Account) -> str:
        """A keyed mark of the password hash: changes with the password, says nothing about it."""
        return hmac.new(self.key, (account.password_hash or "").encode(), "sha256").hexdigest()[:32]


@cache
def _nobodys_hash() -> str:
    """A hash that costs as much as a real one and fits no password anyone can send."""
    return _hasher.hash("\x00" * (MAX_PASSWORD_CHARACTERS + 1))


def _usable_hash(account: Account | None, now: datetime) -> str | None:
    """Return the hash to check against, None where the account may not log in at ``now``."""
    if account is None or account.disabled:
        return None
    if account.locked_until is not None and account.locked_until > now:
        return None
    expires_at = account.principal.expires_at
    return None if expires_at is not None and expires_at <= now else account.password_hash


def _count_attempt(accounts: AccountStore, account: Account, now: datetime, lock_out: LockOut) -> None:
    """Record one more attempt; a lock that has run out starts the count anew."""
    failures = 1 if account.locked_until is not None else account.failures + 1
    locked_until = now + timedelta(minutes=lock_out.minutes) if failures >= lock_out.failures else None
    accounts.record_failure(account.principal.subject, failures=failures, locked_until=locked_until)
