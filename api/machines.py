"""Use case: tokens of machine accounts: made by an administrator, shown once, for few duties, until a day."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from indexer.store.identifiers import new_id
from indexer.store.machines_port import MachineToken, TokenStore
from indexer.store.port import Account, AccountStore
from indexer.store.sealing import Sealer
from models.access.principal import Duty, Principal, Role
from models.errors import InvalidInput, NotVisible, Unauthenticated

PREFIX = "cdm_"
"""Tells a machine token from an access token (JWT), and from whatever else a scanner for leaks finds."""

MACHINE_DUTIES = (Duty.CLASSIFY, Duty.DEPOSIT, Duty.DETECT)
"""All a token can be for; searching and reading are not among them, whatever its account may do."""

MAX_DAYS = 366
_SECRET_BYTES = 32
_FORM = re.compile(rf"{PREFIX}[\w-]{{43}}", re.ASCII)
_USE = "machine-token"
_MARK_USED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """The only moment at which the text of a token is known."""

    text: str
    token: MachineToken


@dataclass(frozen=True, slots=True)
class MachineTokens:
    """Issues, revokes and reads the tokens of machine accounts."""

    accounts: AccountStore
    store: TokenStore
    sealer: Sealer
    clock: Callable[[], datetime]

    def issue(
        self, subject: str, duties: frozenset[Duty], *, days: int, label: str = "", by: str = ""
    ) -> IssuedToken:
        """Return a new token of a machine account, for ``days`` days.

        Raises:
            InvalidInput: the account is none of a machine, or a duty is none that a token can be for.
        """
        account = machine_account(self.accounts, subject)
        unheld = duties - account.principal.duties
        if not duties or unheld or not duties <= frozenset(MACHINE_DUTIES):
            raise InvalidInput(f"令牌的用途只能是 {'、'.join(MACHINE_DUTIES)} 中的一项或几项。")
        if not 1 <= days <= MAX_DAYS:
            raise InvalidInput(f"有效期应为 1 到 {MAX_DAYS} 天。")
        now = self.clock()
        token = MachineToken(new_id(), subject, label, duties, by, now, now + timedelta(days=days))
        text = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        self.store.keep(token, self.sealer.keyed_hash(text, _USE))
        return IssuedToken(text, token)

    def revoke(self, token_id: str) -> MachineToken:
        """End a token at once: it is looked up in every request."""
        return self.store.revoke(token_id, self.clock())

    def principal_of(self, text: str) -> Principal:
        """Return the token's account as it stands now, limited to the token's duties.

        Raises:
            Unauthenticated: not a token, expired, revoked, or its account is closed or no machine any more.
        """
        refused = Unauthenticated("令牌无效、已过期或已撤销，请联系安全管理员。")
        now = self.clock()
        token = self.store.by_key(self.sealer.keyed_hash(text, _USE)) if _FORM.fullmatch(text) else None
        if token is None or not token.holds_at(now):
            raise refused
        account = self.accounts.account(token.subject)
        if account is None or not _is_open_machine(account, now):
            raise refused
        if token.last_used_at is None or token.last_used_at + _MARK_USED_EVERY <= now:
            self.store.used(token.token_id, now)
        return replace(account.principal, limited_to=token.duties)


def machine_account(accounts: AccountStore, subject: str) -> Account:
    """Return the account of a machine: one with the role intake alone.

    Raises:
        NotVisible: there is no such account. InvalidInput: it is a person's, or disabled.
    """
    account = accounts.account(subject)
    if account is None:
        raise NotVisible("没有这个账号，请先用 chadang user add 名称 --role intake --no-login 建立。")
    if account.principal.roles != {Role.INTAKE}:
        raise InvalidInput("只有岗位为 intake（收件系统）的账号才能有机器令牌和通知地址。")
    if account.disabled:
        raise InvalidInput("账号已停用，请先建立可用的账号。")
    return account


def _is_open_machine(account: Account, now: datetime) -> bool:
    expires_at = account.principal.expires_at
    expired = expires_at is not None and expires_at <= now
    return account.principal.roles == {Role.INTAKE} and not account.disabled and not expired
