"""Log-ins as the use cases see them: sessions, and what is known of an account's ways to log in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in. ``method``: password or oidc; ``second_factor``: one was shown. Times are UTC."""

    session_id: str
    subject: str
    method: str
    second_factor: bool
    purpose: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def open_at(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Credentials:
    """``password_set_at``: or when the account was made. ``second_factor``: one is confirmed.

    ``not_before``: log-ins from before that moment count no more.
    """

    password_set_at: datetime | None = None
    must_change: bool = False
    not_before: datetime | None = None
    second_factor: bool = False


@dataclass(frozen=True, slots=True)
class TotpSecret:
    """A secret, and the latest time step whose code was used (-1: none)."""

    secret: bytes
    last_step: int


class SessionStore(Protocol):
    def begin(self, session: Session, most: int) -> None:
        """Keep a new session; of more than ``most`` open ones of the account the oldest end."""
        ...

    def opened(self, session_id: str) -> tuple[Session, Credentials] | None:
        """Return a session, ended or not, and the credentials of its account, of one moment."""
        ...

    def sessions(self, subject: str, now: datetime) -> list[Session]:
        """Return the open sessions of an account, the oldest first."""
        ...

    def seen(self, session_id: str, at: datetime) -> None: ...

    def strengthen(self, session_id: str) -> None:
        """Record that a second factor was shown in this session."""
        ...

    def end(self, session_id: str, subject: str, at: datetime) -> None:
        """End an account's own session; NotVisible where it has none of this id. Twice changes nothing."""
        ...

    def end_all(self, subject: str, at: datetime, but: str = "") -> int:
        """End all open sessions of an account except ``but``; return how many.

        Without ``but`` log-ins from before ``at`` count no more, those of other providers included.
        """
        ...


class CredentialStore(Protocol):
    def credentials(self, subject: str) -> Credentials: ...

    def past_hashes(self, subject: str, count: int) -> list[str]:
        """Return the hashes of the last ``count`` replaced passwords, the latest first."""
        ...

    def set_password(self, subject: str, password_hash: str, at: datetime, *, must_change: bool) -> None:
        """Replace the password and open a lock; the old hash is kept. NotVisible: no account."""
        ...

    def totp(self, subject: str) -> TotpSecret | None:
        """Return the confirmed secret, None where there is none."""
        ...

    def pending_totp(self, subject: str) -> bytes | None: ...

    def propose_totp(self, subject: str, secret: bytes) -> None:
        """Keep a secret that counts only once it is confirmed; the confirmed one stays until then."""
        ...

    def confirm_totp(self, subject: str, step: int, recovery_keys: Iterable[str]) -> None:
        """Make the pending secret the one that counts, with new recovery codes; ``step`` is used up."""
        ...

    def forget_totp(self, subject: str) -> None: ...

    def use_step(self, subject: str, step: int) -> bool:
        """Use up a time step; False where this or a later one was used, by whichever request came first."""
        ...

    def has_recovery(self, subject: str, code_key: str) -> bool:
        """Whether the account has this code and has not used it."""
        ...

    def use_recovery(self, subject: str, code_key: str, at: datetime) -> bool:
        """Use up a recovery code; False where there is none of it left."""
        ...
