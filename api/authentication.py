"""Who is asking: local accounts with passwords and second factors, and for which purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from api.hashing import hash_password, nobodys_hash, verify
from indexer.store.port import Account, AccountStore
from models.access.principal import Principal, Role, role_rules
from models.errors import Forbidden, Unauthenticated

__all__ = ["LockOut", "Prover", "authenticate", "hash_password", "purpose_for", "purposes_of", "verify"]

_REFUSED = "账号、口令或动态验证码不正确，或账号已暂时锁定；请核对后再试，或联系安全管理员。"

_LONGEST_LOCK = 16
_counting = Lock()
"""Attempts are counted one after another, so that guesses sent together all count."""


@dataclass(frozen=True, slots=True)
class LockOut:
    """After ``failures`` wrong passwords or codes in a row an account is closed for ``minutes``.

    As many again close it for twice as long, and so on up to sixteen times: else a code of six digits would
    be found within a year by who knows the password.
    """

    failures: int
    minutes: int


class Prover(Protocol):
    """What asks for a second factor; see `api.second_factor`."""

    def proof(self, name: str, code: str, now: datetime) -> Proof:
        """Return what a code amounts to for an account, which there need not be; nothing is used up."""
        ...

    def taken(self, name: str, proof: Proof, now: datetime) -> bool:
        """Use up the code of a proof that fits; False where another was first."""
        ...


@dataclass(frozen=True, slots=True)
class Proof:
    """``needed``: the account has a second factor. Fits where a time step or a recovery code does."""

    needed: bool = False
    step: int | None = None
    recovery_key: str | None = None


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Whose password it is, and whether a second factor was shown besides."""

    account: Account
    second_factor: bool = False


def authenticate(
    accounts: AccountStore,
    name: str,
    password: str,
    now: datetime,
    lock_out: LockOut,
    *,
    prover: Prover | None = None,
    code: str = "",
) -> Authenticated:
    """Return the account whose password, and second factor where it has one, this is.

    Every attempt hashes once and looks the code up, and an unknown, locked, disabled or password-less account
    is answered like a wrong password, and so is a wrong code. It is counted before anything is looked at.

    Raises:
        Unauthenticated: one answer for every reason.
    """
    with _counting:
        account = accounts.account(name)
        password_hash = _usable_hash(account, now)
        if account is not None and password_hash is not None:
            _count_attempt(accounts, account, now, lock_out)
    proof = prover.proof(name, code, now) if prover else Proof()
    fits = verify(password_hash or nobodys_hash(), password)
    if account is None or password_hash is None or not fits:
        raise Unauthenticated(_REFUSED)
    if prover is not None and proof.needed and not prover.taken(name, proof, now):
        raise Unauthenticated(_REFUSED)
    accounts.record_failure(name, failures=0, locked_until=None)
    return Authenticated(account, proof.needed)


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


def _usable_hash(account: Account | None, now: datetime) -> str | None:
    """Return the hash to check against, None where the account may not log in at ``now``."""
    if account is None or account.disabled:
        return None
    if account.locked_until is not None and account.locked_until > now:
        return None
    expires_at = account.principal.expires_at
    return None if expires_at is not None and expires_at <= now else account.password_hash


def _count_attempt(accounts: AccountStore, account: Account, now: datetime, lock_out: LockOut) -> None:
    """Record one more attempt since the last success; every ``lock_out.failures`` close the account."""
    failures = account.failures + 1
    locks, rest = divmod(failures, lock_out.failures)
    minutes = lock_out.minutes * min(2 ** (locks - 1), _LONGEST_LOCK) if rest == 0 else 0
    locked_until = now + timedelta(minutes=minutes) if minutes else None
    accounts.record_failure(account.principal.subject, failures=failures, locked_until=locked_until)
