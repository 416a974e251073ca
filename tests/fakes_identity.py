"""Accounts and sessions in dictionaries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher

from indexer.store.identity_port import Credentials, Session
from indexer.store.port import Account
from models.access.principal import Role
from models.archive.levels import AccessLevel
from models.errors import NotVisible


@cache
def quick_hash(password: str) -> str:
    """A hash that takes no time: for tests of what is counted and kept, not of what a guess costs."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


class DictAccounts:
    """Accounts in a dictionary; obeys the `AccountStore` port."""

    def __init__(self, *accounts: Account) -> None:
        self.by_name = {account.principal.subject: account for account in accounts}

    def add_account(self, account: Account) -> None:
        self.by_name[account.principal.subject] = account

    def account(self, name: str) -> Account | None:
        return self.by_name.get(name)

    def accounts(self) -> list[Account]:
        return list(self.by_name.values())

    def record_failure(self, name: str, *, failures: int, locked_until: datetime | None) -> None:
        self.by_name[name] = replace(self.by_name[name], failures=failures, locked_until=locked_until)

    def set_disabled(self, name: str, *, disabled: bool) -> None:
        self.by_name[name] = replace(self.by_name[name], disabled=disabled)

    def set_roles(self, name: str, roles: frozenset[Role], purpose: str, clearance: AccessLevel) -> None:
        account = self.by_name[name]
        moved = replace(account.principal, roles=roles, purpose=purpose, clearance=clearance)
        self.by_name[name] = replace(account, principal=moved)


class MemorySessions:
    """Sessions in a dictionary; obeys the `SessionStore` port."""

    def __init__(self) -> None:
        self.by_id: dict[str, Session] = {}
        self.credentials: dict[str, Credentials] = {}

    def begin(self, session: Session, most: int) -> None:
        still = self.sessions(session.subject, session.created_at)
        for each in still[: max(0, len(still) + 1 - most)]:
            self.by_id[each.session_id] = replace(each, ended_at=session.created_at)
        self.by_id[session.session_id] = session

    def opened(self, session_id: str) -> tuple[Session, Credentials] | None:
        session = self.by_id.get(session_id)
        return None if session is None else (session, self._credentials(session.subject))

    def sessions(self, subject: str, now: datetime) -> list[Session]:
        still = [s for s in self.by_id.values() if s.subject == subject and s.open_at(now)]
        return sorted(still, key=lambda s: (s.created_at, s.session_id))

    def seen(self, session_id: str, at: datetime) -> None:
        self.by_id[session_id] = replace(self.by_id[session_id], seen_at=at)

    def strengthen(self, session_id: str) -> None:
        self.by_id[session_id] = replace(self.by_id[session_id], second_factor=True)

    def end(self, session_id: str, subject: str, at: datetime) -> None:
        session = self.by_id.get(session_id)
        if session is None or session.subject != subject:
            raise NotVisible
        self.by_id[session_id] = replace(session, ended_at=session.ended_at or at)

    def end_all(self, subject: str, at: datetime, but: str = "") -> int:
        still = [s for s in self.sessions(subject, at) if s.session_id != but]
        for session in still:
            self.by_id[session.session_id] = replace(session, ended_at=at)
        if not but:
            self.credentials[subject] = replace(self._credentials(subject), not_before=at)
        return len(still)

    def _credentials(self, subject: str) -> Credentials:
        return self.credentials.get(subject, Credentials())
