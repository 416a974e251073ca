"""Use case: people who log in elsewhere: their tokens as bearer tokens, and their log-in here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.admission import Demands, Owed, Visitor, lacks_second_factor, shut_out
from api.authentication import purpose_for
from api.oidc.configuration import Provider
from api.oidc.fetching import Fetcher
from api.oidc.keys import KeySet
from api.oidc.verification import claims_of, issuer_of
from api.webhooks.addresses import AddressRule
from api.webhooks.sender import tls_trusting
from indexer.store.identity_port import CredentialStore
from indexer.store.port import Account, AccountStore
from models.errors import DependencyFailed, Unauthenticated

_UNKNOWN = "这个身份没有对应的可用账号，请联系安全管理员。"


@dataclass(frozen=True, slots=True)
class Trusted:
    """A provider with what its tokens are checked by."""

    provider: Provider
    keys: KeySet
    fetcher: Fetcher


@dataclass(frozen=True, slots=True)
class Identified:
    """The account a provider vouches for; ``second_factor``: it says that one was shown."""

    account: Account
    second_factor: bool


@dataclass(frozen=True, slots=True)
class Providers:
    """The providers this archive trusts, none by default."""

    trusted: Mapping[str, Trusted]
    """By issuer."""
    accounts: AccountStore
    credentials: CredentialStore
    demands: Demands
    clock: Callable[[], datetime]

    @classmethod
    def of(
        cls,
        given: tuple[Provider, ...],
        accounts: AccountStore,
        credentials: CredentialStore,
        demands: Demands,
        clock: Callable[[], datetime],
    ) -> Providers:
        trusted = {provider.issuer: _trusted(provider) for provider in given}
        return cls(trusted, accounts, credentials, demands, clock)

    def issued(self, token: str) -> bool:
        """Whether a token says it is of one of these providers."""
        return bool(self.trusted) and issuer_of(token) in self.trusted

    def visitor_of(self, token: str) -> Visitor:
        """Return who comes with an access token of a provider.

        Raises:
            Unauthenticated: the token does not stand, or its subject has no usable account here.
            DependencyFailed: the provider's keys cannot be had.
        """
        trusted = self.trusted[issuer_of(token)]
        claims = claims_of(token, trusted.provider, trusted.keys, trusted.provider.audience)
        found = self.identified(trusted.provider, claims)
        principal = found.account.principal
        lacks = lacks_second_factor(principal, self.demands, shown=found.second_factor)
        owed = (Owed.SECOND_FACTOR,) if lacks else ()
        return Visitor(replace(principal, purpose=purpose_for(found.account, None)), None, owed)

    def identified(self, provider: Provider, claims: Mapping[str, Any]) -> Identified:
        """Return the account that verified claims stand for, as the provider's table says.

        Raises:
            Unauthenticated: the table names none, the account is closed, or its log-ins were ended since.
        """
        subject = claims.get(provider.subject_claim)
        name = provider.accounts.get(subject) if isinstance(subject, str) else None
        if name is None and provider.account_from_claim and isinstance(subject, str):
            name = subject
        account = self.accounts.account(name) if name else None
        now = self.clock()
        if account is None or shut_out(account, now):
            raise Unauthenticated(_UNKNOWN)
        since = self.credentials.credentials(account.principal.subject).not_before
        if since is not None and datetime.fromtimestamp(int(claims["iat"]), UTC) < since:
            raise Unauthenticated("登录已失效，请重新登录。")
        ways = claims.get("amr")
        shown = isinstance(ways, list) and any(way in provider.second_factor_amr for way in ways)
        return Identified(account, shown)


def _trusted(provider: Provider) -> Trusted:
    rule = AddressRule(provider.networks, provider.http_on_loopback)
    fetcher = Fetcher(rule, tls=tls_trusting(provider.ca_file))
    file, url = provider.jwks_file, provider.jwks_url or ""
    load = (lambda: _read(file)) if file is not None else (lambda: fetcher.fetch(url))
    return Trusted(provider, KeySet(load, time.monotonic), fetcher)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DependencyFailed("身份提供方的公钥文件读不出来，请联系系统管理员。") from error
