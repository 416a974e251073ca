"""Use case: local accounts: made, given another post, closed; passwords changed by their owner or reset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from api.authentication import LockOut, authenticate
from api.hashing import hash_password, verify
from api.second_factor import SecondFactors
from indexer.store.identity_port import CredentialStore, SessionStore
from indexer.store.port import Account, AccountStore
from models.access.passwords import password_rule
from models.access.principal import Principal, Role, check_compatible, role_rules
from models.errors import Conflict, Forbidden, InvalidInput, NotVisible


@dataclass(frozen=True, slots=True)
class Accounts:
    """``by`` is who acts, '' for whoever operates the machine; whether they may is asked by the caller."""

    accounts: AccountStore
    credentials: CredentialStore
    sessions: SessionStore
    second_factors: SecondFactors
    clock: Callable[[], datetime]

    def add(self, principal: Principal, password: str | None, *, must_change: bool = False) -> Account:
        """Make an account; ``password`` None means that it cannot log in.

        Raises:
            Conflict: the name is taken. InvalidInput: an easy password, or roles that exclude each other.
        """
        check_compatible(principal.roles)
        name = principal.subject
        if self.accounts.account(name) is not None:
            raise Conflict("已有同名账号，请换一个名称。")
        account = Account(principal, None if password is None else hash_password(password, name))
        self.accounts.add_account(account)
        if account.password_hash is not None and must_change:
            self.credentials.set_password(name, account.password_hash, self.clock(), must_change=True)
        return account

    def change_password(self, name: str, old: str, new: str, lock_out: LockOut) -> Account:
        """Replace a password by its owner; sessions opened with the old one end.

        Raises:
            Unauthenticated: the old password is wrong, which counts towards the lock-out.
            InvalidInput: the new one is easy, or was used lately.
        """
        now = self.clock()
        authenticate(self.accounts, name, old, now, lock_out)
        self._replace(name, new, now, must_change=False)
        return self._account(name)

    def reset_password(self, name: str, password: str, by: str = "") -> None:
        """Give an account a password that its owner has to change at the next log-in; a lock is opened.

        Raises:
            Forbidden: it is one's own. InvalidInput: an easy or recent password. NotVisible: no account.
        """
        self._refuse_own(name, by, "重置本人的口令；请登录后自行修改")
        self._replace(name, password, self.clock(), must_change=True)

    def set_roles(self, name: str, roles: frozenset[Role], by: str = "") -> None:
        """Give an account another post; its sessions end.

        Its purpose stays where the new post has it, its clearance up to that post's; line and regions stay.

        Raises:
            Forbidden: it is one's own. InvalidInput: roles that exclude each other (三员分立).
            Conflict: the last usable 安全管理员 would be gone.
        """
        self._refuse_own(name, by, "修改本人的岗位")
        account = self._account(name)
        allowed = [p for role in Role if role in roles for p in role_rules()[role].purposes]
        if not allowed:
            raise InvalidInput("账号至少要有一个岗位。")
        kept = account.principal.purpose
        most = max(role_rules()[role].clearance for role in roles)
        purpose, clearance = kept if kept in allowed else allowed[0], min(account.principal.clearance, most)
        self.accounts.set_roles(name, roles, purpose, clearance)
        self.sessions.end_all(name, self.clock())

    def set_disabled(self, name: str, by: str = "", *, disabled: bool) -> None:
        """Close or open an account; closing ends its sessions."""
        self._refuse_own(name, by, "停用或启用本人的账号")
        self.accounts.set_disabled(name, disabled=disabled)
        if disabled:
            self.sessions.end_all(name, self.clock())

    def reset_second_factor(self, name: str, by: str = "") -> None:
        """Take the second factor of an account away; its sessions end."""
        self._refuse_own(name, by, "重置本人的动态验证码")
        self._account(name)
        self.second_factors.reset(name)
        self.sessions.end_all(name, self.clock())

    def end_sessions(self, name: str) -> int:
        """End all sessions of an account at once, and refuse tokens of other providers from before now."""
        self._account(name)
        return self.sessions.end_all(name, self.clock())

    def _replace(self, name: str, password: str, now: datetime, *, must_change: bool) -> None:
        account = self._account(name)
        new_hash = hash_password(password, name)
        count = password_rule().history
        past = self.credentials.past_hashes(name, count)
        if any(verify(old, password) for old in (account.password_hash, *past) if old is not None):
            raise InvalidInput(f"新口令不能与当前或最近 {count} 次用过的口令相同，请换一个。")
        self.credentials.set_password(name, new_hash, now, must_change=must_change)
        self.sessions.end_all(name, now)

    def _account(self, name: str) -> Account:
        account = self.accounts.account(name)
        if account is None:
            raise NotVisible("没有这个账号，请核对名称。")
        return account

    @staticmethod
    def _refuse_own(name: str, by: str, what: str) -> None:
        if by and name == by:
            raise Forbidden(f"不能{what}，请由另一位安全管理员办理。")
