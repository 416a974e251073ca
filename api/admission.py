"""Who is let in, and what they owe first: a new password, a second factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from indexer.store.identity_port import Credentials, Session
from indexer.store.port import Account
from models.access.principal import Principal, check_compatible
from models.access.roles import needs_second_factor
from models.errors import InvalidInput, PasswordChangeOwed, SecondFactorOwed


class Owed(StrEnum):
    PASSWORD = "change_password"  # noqa: S105 - a step, not a secret
    SECOND_FACTOR = "second_factor"


@dataclass(frozen=True, slots=True)
class Demands:
    """What the operator asks of accounts. ``password_days`` 0: a password does not age."""

    second_factor: bool
    password_days: int = 0


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes with a request. ``session`` None: a machine's token, or one of an outside provider."""

    principal: Principal
    session: Session | None = None
    owed: tuple[Owed, ...] = ()

    def admitted(self) -> Principal:
        """Return the principal of a visitor who owes nothing.

        Raises:
            PasswordChangeOwed, SecondFactorOwed: until then nothing but that is answered.
        """
        if Owed.PASSWORD in self.owed:
            raise PasswordChangeOwed("请先修改口令（POST /v1/me/password），再做其他操作。")
        if Owed.SECOND_FACTOR in self.owed:
            raise SecondFactorOwed("本岗位须用动态验证码登录，请先启用（POST /v1/me/totp），再做其他操作。")
        return self.principal


def shut_out(account: Account, now: datetime) -> bool:
    """Whether no session or token of the account counts: disabled, ended, or its roles exclude each other."""
    expires_at = account.principal.expires_at
    if account.disabled or (expires_at is not None and expires_at <= now):
        return True
    try:
        check_compatible(account.principal.roles)
    except InvalidInput:  # the row was changed past the program: nobody is two of the 三员
        return True
    return False


def owed_by(
    account: Account, credentials: Credentials, session: Session, demands: Demands, now: datetime
) -> tuple[Owed, ...]:
    """Return what a session owes. A password that was not used (log-in elsewhere) does not age."""
    owed = []
    if session.method == "password" and _is_stale(credentials, demands, now):
        owed.append(Owed.PASSWORD)
    if lacks_second_factor(account.principal, demands, shown=session.second_factor):
        owed.append(Owed.SECOND_FACTOR)
    return tuple(owed)


def lacks_second_factor(principal: Principal, demands: Demands, *, shown: bool) -> bool:
    return demands.second_factor and not shown and needs_second_factor(principal.roles)


def _is_stale(credentials: Credentials, demands: Demands, now: datetime) -> bool:
    set_at = credentials.password_set_at
    if credentials.must_change:
        return True
    return (
        demands.password_days > 0
        and set_at is not None
        and now - set_at > timedelta(days=demands.password_days)
    )
